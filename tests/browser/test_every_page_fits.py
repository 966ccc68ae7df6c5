"""Every page of a market with one of everything, opened once: nothing cut at any width, no more weight than allowed."""

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
from tests.support.walking import BACKEND, refusals_unlogged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PEOPLE = ("buyer", "bidder", "nobody")
LEAVES = ("logout", "end", "read", "open_notification", "stop_viewing", ".ics")
"""What ends a session, is no page, or leads away."""
PLAIN, DRAWN = 250_000, 700_000
DRAWS = ("leaflet.js", "echarts")
AS_IT_IS = (".woff2", ".png", ".jpg", ".webp")
FEWEST = 60


@pytest.fixture
def pages(transactional_db) -> Iterator[list[tuple[str, str, str]]]:
    """Who opens which page at which address: each page once, by the first of the people who may."""
    with run_jobs_inline(), refusals_unlogged():
        of = bidding.market()
        people = walk.cast(of)
        samples = walk.samples(of)
        found = []
        for address in walk.addresses():
            if address.foreign is None and not any(word in address.name for word in LEAVES):
                url = reverse(
                    address.name, kwargs=samples[address.name].arguments if address.arguments else {}
                )
                who = next((each for each in PEOPLE if _is_page(people[each], url)), None)
                if who is not None:
                    found.append((who, url, _session(people[who])))
        yield found


def _session(user) -> str:
    if user is None:
        return ""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client.cookies["sessionid"].value


def _is_page(user, url) -> bool:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    answer = client.get(url)
    is_whole = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    return is_whole and b"<h1" in answer.content


def test_no_page_cuts_anything_weighs_too_much_asks_another_host_or_complains(
    pages, chromium, live_server, settings
):
    settings.WHITENOISE_USE_FINDERS = True
    faults: list[str] = []
    weights: dict[str, int] = {}
    opened = set()
    for who in PEOPLE:
        with chromium.new_context(
            base_url=live_server.url, viewport={"width": WIDTHS[0], "height": 800}
        ) as context:
            for _, url, session in [each for each in pages if each[0] == who]:
                if session:
                    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
                faults += [
                    f"{who}, {url}: {fault}" for fault in _looked_at(context, url, live_server.url, weights)
                ]
                opened.add(url)
    assert len(opened) >= FEWEST
    assert faults == []


def _looked_at(context, url, host, weights) -> list[str]:
    page = context.new_page()
    answers, faults = [], []
    page.on("response", lambda answer: answers.append(answer))
    page.on("console", lambda line: faults.append(f"says {line.text}"))
    page.on("pageerror", lambda error: faults.append(f"breaks: {error}"))
    page.goto(url, wait_until="networkidle")
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
