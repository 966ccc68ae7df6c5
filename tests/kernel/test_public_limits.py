"""What everybody may open is limited by address, and never takes the threads that members need."""

import threading

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.jobs.publishing import run_jobs_inline
from marketplace.web import rate_limits
from marketplace.web.access import Access
from tests import walk
from tests.accounts.people import own_cache
from tests.bidding import market as bidding
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
PUBLIC = [each for each in walk.addresses() if each.access == Access("public")]
MOST_QUERIES = 12


@pytest.fixture
def scene(settings):
    settings.CACHES = own_cache()
    of = bidding.market()
    with run_jobs_inline():
        samples = walk.samples(of)
        with bidding.at(bidding.BIDDING):
            yield of, samples


POSTED_ALONE = {"api:token"}
"""Nothing is read there; how often it may be posted to is limited by itself (tests/api)."""


def urls(samples):
    for address in PUBLIC:
        if address.name not in walk.NOT_THERE | POSTED_ALONE:
            yield reverse(address.name, kwargs=samples[address.name].arguments if address.arguments else {})


def limit(settings, rate):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"public": rate}


def test_every_public_address_is_limited_by_address_and_members_are_not(scene, settings):
    of, samples = scene
    limit(settings, "0/60")
    member = Client()
    member.force_login(of.north.user)
    addresses = list(urls(samples))
    assert len(addresses) > 15
    assert {Client().get(url).status_code for url in addresses} == {429}
    assert 429 not in {member.get(url).status_code for url in addresses}


def test_the_limit_is_counted_for_each_address_and_a_proxy_of_ones_own_is_believed(settings):
    settings.CACHES = own_cache()
    limit(settings, "2/60")
    page = reverse("accounts:operators")

    def opened(**headers):
        return Client().get(page, **headers).status_code

    assert [opened(REMOTE_ADDR="192.0.2.1") for _ in range(3)] == [200, 200, 429]
    assert opened(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.9") == 429  # nobody's word is taken
    assert opened(REMOTE_ADDR="192.0.2.2") == 200
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert opened(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 192.0.2.9") == 200


@pytest.mark.parametrize(
    ("seen", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_an_address_of_the_newer_kind_counts_with_its_whole_network(seen, counted):
    assert rate_limits.client_address(RequestFactory().get("/", REMOTE_ADDR=seen)) == counted


def test_while_the_cache_is_away_pages_open_all_the_same(settings):
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///nowhere.sock",
        }
    }
    limit(settings, "1/60")
    assert [Client().get(reverse("accounts:operators")).status_code for _ in range(2)] == [200, 200]


def test_heavy_work_for_visitors_leaves_threads_and_members_are_served_all_the_same(scene, monkeypatch):
    of, _ = scene
    monkeypatch.setattr(rate_limits, "_heavy", threading.BoundedSemaphore(1))
    monkeypatch.setattr(rate_limits, "PATIENCE", 0)
    heavy = [
        reverse("competitions:map"),
        reverse("competitions:competition_map", args=[of.competition.ref]),
        reverse("accounts:operating_area", args=[of.buyer.organisation.code]),
        reverse("market_data:file", args=["historic-bids.csv"]),
    ]
    member = Client()
    member.force_login(of.north.user)
    with rate_limits._heavy:
        assert [Client().get(url).status_code for url in heavy] == [503] * 4
        assert 503 not in [member.get(url).status_code for url in heavy]
        assert Client().get(reverse("competitions:list")).status_code == 200
    assert 503 not in [Client().get(url).status_code for url in heavy]


def test_a_few_visitors_wait_a_moment_for_room_and_no_more_of_them(monkeypatch):
    monkeypatch.setattr(rate_limits, "_heavy", threading.BoundedSemaphore(1))
    monkeypatch.setattr(rate_limits, "_waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(rate_limits, "PATIENCE", 30)
    found = {}

    def ask(who):
        found[who] = rate_limits._acquired_soon()

    assert rate_limits._acquired_soon()
    second = threading.Thread(target=ask, args=["second"])
    second.start()
    while rate_limits._waiting._value:
        assert second.is_alive()
    ask("third")
    assert found == {"third": False}, "the second waits, the third is sent away"
    rate_limits._heavy.release()
    second.join(30)
    assert found == {"third": False, "second": True}


def test_public_pages_ask_the_database_a_few_times_however_much_there_is(scene):
    of, samples = scene
    asked = {}
    for _ in range(2):
        for url in urls(samples):
            browser = Client()
            browser.get(url)
            with CaptureQueriesContext(connection) as queries:
                browser.get(url)
            asked.setdefault(url, []).append(len(queries))
        for _ in range(3):
            base.competition(of.buyer.organisation)
            base.operator()
    assert {
        url: counts for url, counts in asked.items() if max(counts) > MOST_QUERIES or counts[0] != counts[1]
    } == {}
