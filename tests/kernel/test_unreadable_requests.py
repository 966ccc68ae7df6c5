"""What no text can hold is refused before any page meets it, wherever in a request it stands."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from marketplace.jobs.publishing import run_jobs_inline
from tests import walk
from tests.bidding import market as bidding
from tests.support.walking import BACKEND, refusals_unlogged, rendered

pytestmark = pytest.mark.django_db

ADDRESSES = walk.addresses()
LONG_NUMBER = "9" * 5_000
NAMES = (
    "page",
    "q",
    "search",
    "round",
    "state",
    "from",
    "competition",
    "day",
    "next",
    "empty",
    "window",
    "order",
)


@pytest.fixture(scope="module")
def market(module_database):
    of = bidding.market()
    people = walk.cast(of)
    with run_jobs_inline():
        return SimpleNamespace(people=people, samples=walk.samples(of))


@pytest.fixture
def scene(market):
    with run_jobs_inline(), refusals_unlogged(), rendered(is_read=True), bidding.at(bidding.BIDDING):
        yield market


def urls_of(scene, kind=None):
    """Every address; where a kind of organisation is named, only what its members see, and what everybody sees once."""
    for address in ADDRESSES:
        if kind and address.access and address.access.kind not in (None, kind):
            continue  # not found, whatever the query says
        if kind == "fsp" and address.access and address.access.level == "public":
            continue  # opened by the operator
        try:
            yield reverse(
                address.name, kwargs=scene.samples[address.name].arguments if address.arguments else {}
            )
        except (KeyError, NoReverseMatch):
            continue


def browser_of(user):
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


REFUSAL = "400.html"


def refused(response):
    """By the page for it, where pages are not made by its name; under the API by a problem."""
    if response.headers["Content-Type"] == "application/problem+json":
        return response.status_code == 400
    told = response.content.decode()
    return response.status_code == 400 and ("could not be understood" in told or told == REFUSAL)


def test_every_address_refuses_a_nul_in_path_query_form_and_cookie(scene):
    """By nobody, and where most is read by a member too: it is refused before anybody is looked at."""
    nobody, member = browser_of(None), browser_of(scene.people["buyer"])
    taken, asked = [], 0
    with rendered(is_read=False):
        for url in urls_of(scene):
            asked += 1
            answers = {
                "path": nobody.get(f"{url}%00"),
                "query": nobody.get(f"{url}?" + "&".join(f"{name}=a%00b" for name in NAMES)),
                "member's query": member.get(f"{url}?" + "&".join(f"{name}=a%00b" for name in NAMES)),
                "name": nobody.get(f"{url}?%00=1"),
                "form": nobody.post(url, {"reason": "a\0b", "competition": "a\0b"}),
                "member's form": member.post(url, {"reason": "a\0b", "competition": "a\0b"}),
                "form's name": nobody.post(url, {"a\0b": "1"}),
                "posted query": nobody.post(f"{url}?round=%00"),
            }
            taken += [(url, where, each.status_code) for where, each in answers.items() if not refused(each)]
    assert asked > 100
    assert taken == []


def test_a_nul_in_a_segment_of_a_path_is_refused_also_where_files_are_served(scene):
    browser = browser_of(None)
    for url in (
        "/static/%00",
        "/static/css/%00site.css",
        "/competitions/%00/",
        "/operators/%00/",
        "/%00",
        "/x/%00/y",
    ):
        assert refused(browser.get(url)), url


def test_a_nul_in_a_cookie_is_refused(scene):
    for name in ("sessionid", "csrftoken", "other"):
        browser = browser_of(None)
        assert refused(browser.get("/", headers={"cookie": f'{name}="a\\000b"'})), name


def test_half_a_character_pair_is_text_to_nobody(scene):
    browser = browser_of(scene.people["buyer"])
    for url in (
        "/competitions/?q=%ED%A0%80",
        "/competitions/%ED%A0%80/",
        "/competitions/%FF/",
        "/bidding/decisions/?page=%C0%80",
    ):
        assert browser.get(url).status_code in {200, 301, 404}, url


@pytest.mark.slow
@pytest.mark.parametrize(("who", "kind"), [("buyer", "so"), ("bidder", "fsp")])
def test_numbers_and_words_of_any_length_in_a_query_break_no_page(scene, who, kind):
    browser = browser_of(scene.people[who])
    broken = []
    for url in urls_of(scene, kind):
        for value in (LONG_NUMBER, "٣", "1e999999999"):
            response = browser.get(url, dict.fromkeys(NAMES, value))
            if response.status_code >= 500 and response.status_code != 503:
                broken.append((url, value[:12], response.status_code))
    assert broken == []


def test_the_address_of_a_competition_that_nobody_could_have_typed_is_not_found(scene):
    assert browser_of(None).get(f"/competitions/{'x' * 5000}/").status_code == 404
