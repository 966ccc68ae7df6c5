"""Every page of a market with one of everything, opened once and looked at in each width: nothing is cut or laid over
another, nothing weighs too much, asks another host, complains, or moves for who wants no motion."""

import gzip
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.jobs.publishing import run_jobs_inline
from tests import walk
from tests.bidding import market as bidding
from tests.browser.fitting import WIDTHS, misfits
from tests.support.long_names import lengthen
from tests.support.walking import Clients, refusals_unlogged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
PEOPLE = ("buyer", "bidder", "newcomer", "admin", "nobody")
OTHERS_TOO = ("home", "competitions:list", "competitions:competition", "audit:list")
LEAVES = ("logout", "end", "open_notification", "stop_viewing", "calendar", "view_as")
"""What ends a session, is no page, or leads away."""
PLAIN, DRAWN = 250_000, 700_000
DRAWS = ("leaflet.js", "echarts")
AS_IT_IS = (".woff2", ".png", ".jpg", ".webp")
FEWEST = 90
MOVES = """() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((one) => {
    const style = getComputedStyle(one);
    return [style.transitionDuration, style.animationDuration].some((each) => /[1-9]/.test(each));
}).length"""


def held() -> datetime:
    """The clock of these pages: an instant at which bids are taken."""
    return bidding.BIDDING


@pytest.fixture(params=["short", "long"])
def pages(request, transactional_db, settings) -> Iterator[list[tuple[str, str, str]]]:
    """Who opens which page by which session: each page by the first of the people who may."""
    settings.CLOCK = f"{__name__}.held"
    clients = Clients()
    with run_jobs_inline(), refusals_unlogged():
        of = bidding.market()
        people = walk.cast(of)
        samples = walk.samples(of)
        if request.param == "long":
            samples = lengthen(of, samples)
        for who in PEOPLE[:-1]:
            clients.sign_in(people[who])
        found = []
        for address in walk.addresses():
            if address.foreign is not None or any(word in address.name for word in LEAVES):
                continue
            sample = samples.get(address.name)
            url = reverse(address.name, kwargs=sample.arguments if sample else {})
            for who in PEOPLE if address.name in OTHERS_TOO else [_reader(address, sample)]:
                if _is_page(clients.of(people[who]), url):
                    found.append((who, url, clients.session_of(people[who])))
        yield sorted(found, key=lambda each: PEOPLE.index(each[0]))


def _reader(address: walk.Address, sample: walk.Sample | None) -> str:
    """Whose page it is by its declaration."""
    if sample is not None and sample.owner in PEOPLE:
        return str(sample.owner)
    if address.access.level in ("public", "admin"):
        return {"public": "nobody", "admin": "admin"}[address.access.level]
    return "bidder" if address.access.kind == "fsp" else "buyer"


def _is_page(client: Client, url: str) -> bool:
    answer = client.get(url)
    is_whole = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    return is_whole and not answer.streaming and b"<main" in answer.content


def test_no_page_cuts_anything_weighs_too_much_asks_another_host_or_complains(
    pages, chromium, live_server, settings
):
    settings.WHITENOISE_USE_FINDERS = True
    faults: list[str] = []
    weights: dict[str, int] = {}
    with chromium.new_context(
        base_url=live_server.url, viewport={"width": WIDTHS[0], "height": 800}, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        heard: list[str] = []
        answers: list = []
        page.on("response", lambda answer: answers.append(answer))
        page.on("console", lambda line: heard.append(f"says {line.text}"))
        page.on("pageerror", lambda error: heard.append(f"breaks: {error}"))
        for who, url, session in pages:
            context.clear_cookies()
            if session:
                context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            answers.clear()
            found = [*_faults_of(page, url, answers, live_server.url, weights), *heard]
            faults += [f"{who}, {url}: {each}" for each in found]
            heard.clear()
    assert len(pages) >= FEWEST
    assert faults == [], "\n".join(faults)


def _faults_of(page, url, answers, host, weights) -> list[str]:
    page.goto(url)
    page.wait_for_function("!document.querySelector('.htmx-request')")
    faults = []
    hosts = {urlsplit(each.url).netloc for each in answers if each.url.startswith("http")}
    faults += [f"asks {each}" for each in hosts - {urlsplit(host).netloc}]
    total = sum(_weight(each, weights) for each in answers)
    is_drawn = any(mark in each.url for each in answers for mark in DRAWS)
    if total > (DRAWN if is_drawn else PLAIN):
        faults.append(f"weighs {total:,} bytes")
    faults += misfits(page)
    if page.evaluate(MOVES):
        faults.append("moves although no motion is wanted")
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
