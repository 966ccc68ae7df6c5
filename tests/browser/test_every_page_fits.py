"""The pages of a market with one of everything, opened once: nothing cut at any width, no more weight than allowed."""

import gzip
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.jobs.publishing import run_jobs_inline
from tests import walk
from tests.bidding import market as bidding
from tests.browser.looks import WIDTHS, faults_at
from tests.support.walking import BACKEND

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PAGES = {
    "nobody": (
        "competitions:list", "competitions:competition", "accounts:operators", "accounts:operator_profile",
        "how_it_works", "account_login", "account_signup", "bidding:receipt_check",
    ),
    "buyer": (
        "accounts:home", "competitions:rounds", "competitions:round", "competitions:list",
        "competitions:competition", "competitions:competition_windows", "competitions:competition_assets",
        "competitions:competition_bids", "competitions:areas", "competitions:dps_list", "competitions:start",
        "qualification:dps_applications", "qualification:dps_application", "qualification:dps_set_up",
        "qualification:qualified", "qualification:competition_assets", "qualification:why",
        "bidding:decisions", "bidding:desk", "bidding:confirmed", "contracts:list", "jobs:history",
        "audit:entries", "accounts:team", "accounts:organisation", "accounts:profile_edit",
    ),
    "bidder": (
        "accounts:home", "competitions:competition", "qualification:entries", "bidding:list",
        "bidding:competition", "bidding:results", "qualification:assets", "qualification:asset",
        "qualification:new_asset", "qualification:groups", "qualification:group", "qualification:new_group",
        "qualification:planned_assets", "qualification:assets_map", "qualification:asset_qualification",
        "qualification:why", "qualification:dps_systems", "contracts:list", "notifications:list",
        "notifications:preferences", "mfa_index", "usersessions_list", "help", "accounts:team",
    ),
}  # fmt: skip
PLAIN, DRAWN = 250_000, 700_000
DRAWS = ("leaflet.js", "echarts")
AS_IT_IS = (".woff2", ".png", ".jpg", ".webp")


@pytest.fixture
def pages(transactional_db) -> Iterator[dict[str, tuple[str, list[str]]]]:
    """For each of the people: the session, empty for nobody, and the addresses to open."""
    with run_jobs_inline():
        of = bidding.market()
        people = walk.cast(of)
        samples = walk.samples(of)
        yield {
            who: (_session(people[who]), [_url(name, samples) for name in names])
            for who, names in PAGES.items()
        }


def _url(name, samples) -> str:
    return reverse(name, kwargs=samples[name].arguments if name in samples else {})


def _session(user) -> str:
    if user is None:
        return ""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client.cookies["sessionid"].value


def test_no_page_cuts_anything_weighs_too_much_asks_another_host_or_complains(
    pages, chromium, live_server, settings
):
    settings.WHITENOISE_USE_FINDERS = True
    faults: list[str] = []
    weights: dict[str, int] = {}
    for who, (session, urls) in pages.items():
        with chromium.new_context(
            base_url=live_server.url, viewport={"width": WIDTHS[0], "height": 800}
        ) as context:
            if session:
                context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            for url in urls:
                faults += [
                    f"{who}, {url}: {fault}" for fault in _looked_at(context, url, live_server.url, weights)
                ]
    assert faults == []


def _looked_at(context, url, host, weights) -> list[str]:
    page = context.new_page()
    answers, faults = [], []
    page.on("response", lambda answer: answers.append(answer))
    page.on("console", lambda line: faults.append(f"says {line.text}"))
    page.on("pageerror", lambda error: faults.append(f"breaks: {error}"))
    answer = page.goto(url, wait_until="networkidle")
    if answer.status != 200:
        faults.append(f"answers {answer.status}")
    faults += [
        f"asks {each.url}"
        for each in answers
        if urlsplit(each.url).netloc != urlsplit(host).netloc and not each.url.startswith(("data:", "blob:"))
    ]
    total = sum(_weight(each, weights) for each in answers)
    is_drawn = any(mark in each.url for each in answers for mark in DRAWS)
    if total > (DRAWN if is_drawn else PLAIN):
        faults.append(f"weighs {total:,} bytes")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        faults += faults_at(page, width)
    page.close()
    return faults


def _weight(answer, weights) -> int:
    """What is sent: compressed unless it is so already; a file counts once it is known."""
    if answer.url not in weights:
        try:
            body = answer.body()
        except Exception:  # a redirect has none
            body = b""
        weights[answer.url] = len(body if answer.url.endswith(AS_IT_IS) else gzip.compress(body, 6))
    return weights[answer.url]
