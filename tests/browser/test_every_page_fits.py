"""Every page of a market with one of everything, opened once and looked at in each width: nothing is cut or laid over
another, nothing weighs too much, asks another host, complains, or moves for who wants no motion; and axe finds nothing
in any page as anybody sees it."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponseBase
from django.urls import reverse

from marketplace.jobs.publishing import run_jobs_inline
from tests import walk
from tests.bidding import market as bidding
from tests.browser.fitting import misfits
from tests.browser.kinds import kinds_in
from tests.browser.looks import COLOURS, FINDINGS, findings
from tests.support.long_names import lengthen
from tests.support.walking import Clients, refusals_unlogged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow(190)]
PEOPLE = ("buyer", "bidder", "newcomer", "admin", "nobody")
EVERYBODY = (*PEOPLE, "buyer's teammate", "bidder's teammate", "rival", "other operator")
OTHERS_TOO = ("home", "competitions:list", "competitions:competition", "audit:list")
LEAVES = ("logout", "end", "open_notification", "stop_viewing", "calendar", "view_as")
"""What ends a session, is no page, or leads away."""
DESK = {"width": 1440, "height": 800}
PLAIN, DRAWN = 250_000, 700_000
DRAWS = ("leaflet.js", "echarts")
AS_IT_IS = (".woff2", ".png", ".jpg", ".webp")
FEWEST = 90
MOVES = """() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((one) => {
    const style = getComputedStyle(one);
    return [style.transitionDuration, style.animationDuration].some((each) => /[1-9]/.test(each));
}).length"""


GONE = "() => { document.documentElement.style.display = 'none'; }"
"""A page that was measured is not laid out once more for the width of the next."""
FETCHED = """() => new Promise((done, fail) => {
    const end = performance.now() + 20_000;
    const look = () => {
        if (!document.querySelector(".htmx-request")) { done(document.documentElement.dataset.bsTheme); }
        else if (performance.now() > end) { fail(new Error("Still fetches parts of the page.")); }
        else { setTimeout(look, 20); }
    };
    look();
})"""
"""In which theme the page is once what it fetches by itself has come."""


def held() -> datetime:
    """The clock of these pages: an instant at which bids are taken."""
    return bidding.BIDDING


@dataclass
class Shown:
    """A page as somebody sees it, by which session, and whether it is looked at in every width."""

    who: str
    url: str
    session: str
    is_measured: bool


@pytest.fixture
def pages_of_everybody(transactional_db, settings) -> Iterator[list[Shown]]:
    """Every page by everybody of the cast who sees something in it that none before was shown."""
    with _opened(settings) as (addresses, people, clients):
        found = []
        for address, sample, url in addresses:
            seen: set = set()
            for place, (who, html) in enumerate(_readers(address, sample, url, people, clients)):
                if not (kinds := kinds_in(html)) <= seen:
                    seen |= kinds
                    is_measured = place == 0 or (address.name in OTHERS_TOO and who in PEOPLE)
                    found.append(Shown(who, url, clients.session_of(people[who]), is_measured))
        yield found


@pytest.fixture
def long_pages(transactional_db, settings) -> Iterator[list[Shown]]:
    """The same market with long names: each page by the first who sees it, measured where it is theirs or everybody's."""
    with _opened(settings, lengthened=True) as (addresses, people, clients):
        yield [
            Shown(
                who,
                url,
                clients.session_of(people[who]),
                is_measured=address.access.level == "public" or who == _reader(address, sample),
            )
            for address, sample, url in addresses
            for who, _ in islice(_readers(address, sample, url, people, clients), 1)
        ]


def _readers(address, sample, url, people, clients) -> Iterator[tuple[str, str]]:
    """Who gets a page at the address, whose it is first, with the page."""
    first = _reader(address, sample)
    for who in sorted(EVERYBODY, key=lambda each: each != first):
        answer = clients.of(people[who]).get(url)
        if _is_page(answer):
            yield who, answer.content.decode()
        elif answer.status_code in (200, 405):
            return  # a file, or nothing that is opened, whoever asks


Opened = tuple[list[tuple[walk.Address, walk.Sample | None, str]], dict, Clients]


@contextmanager
def _opened(settings, *, lengthened: bool = False) -> Iterator[Opened]:
    """A market at an instant at which bids are taken: its addresses, its people, and their clients."""
    settings.CLOCK = f"{__name__}.held"
    clients = Clients()
    with run_jobs_inline(), refusals_unlogged():
        of = bidding.market()
        people = walk.cast(of)
        samples = walk.samples(of)
        if lengthened:
            samples = lengthen(of, samples)
        for each in EVERYBODY:
            if people[each] is not None:
                clients.sign_in(people[each])
        yield list(_addresses(samples)), people, clients


def _addresses(samples: Mapping[str, walk.Sample]) -> Iterator[tuple[walk.Address, walk.Sample | None, str]]:
    for address in walk.addresses():
        if address.foreign is None and not any(word in address.name for word in LEAVES):
            sample = samples.get(address.name)
            yield address, sample, reverse(address.name, kwargs=sample.arguments if sample else {})


def _reader(address: walk.Address, sample: walk.Sample | None) -> str:
    """Whose page it is by its declaration."""
    if sample is not None and sample.owner in PEOPLE:
        return str(sample.owner)
    if address.access.level in ("public", "admin"):
        return {"public": "nobody", "admin": "admin"}[address.access.level]
    return "bidder" if address.access.kind == "fsp" else "buyer"


def _is_page(answer: HttpResponseBase) -> bool:
    is_whole = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    return is_whole and not answer.streaming and b"<main" in answer.content


def test_no_page_is_at_fault_whoever_opens_it(pages_of_everybody, look_at):
    """With short names, in light: axe as everybody sees it, and in every width what is seen first."""
    faults = [fault for each in pages_of_everybody for fault in look_at(each, by_axe=FINDINGS)]
    assert faults == [], "\n".join(faults)
    assert sum(each.is_measured for each in pages_of_everybody) >= FEWEST
    assert len(pages_of_everybody) >= 1.5 * FEWEST
    assert {each.who for each in pages_of_everybody} >= set(PEOPLE)


@pytest.mark.parametrize("theme", ["dark"])
def test_no_page_is_at_fault_with_long_names_and_in_dark(long_pages, look_at):
    faults = [fault for each in long_pages for fault in look_at(each, by_axe=COLOURS)]
    assert len(long_pages) >= FEWEST
    assert faults == [], "\n".join(faults)


@pytest.fixture
def theme() -> str:
    """In which one the pages are opened."""
    return "light"


@pytest.fixture
def look_at(chromium, live_server, settings, theme):
    """What is at fault in a page as somebody sees it; each is opened once."""
    settings.WHITENOISE_USE_FINDERS = True
    weights: dict[str, int] = {}
    with chromium.new_context(
        base_url=live_server.url, viewport=DESK, reduced_motion="reduce", color_scheme=theme
    ) as context:
        page = context.new_page()
        heard: list[str] = []
        answers: list = []
        page.on("response", lambda answer: answers.append(answer))
        page.on("console", lambda line: heard.append(f"says {line.text}"))
        page.on("pageerror", lambda error: heard.append(f"breaks: {error}"))

        def looked(shown: Shown, *, by_axe) -> list[str]:
            context.clear_cookies()
            if shown.session:
                cookie = {"name": "sessionid", "value": shown.session, "url": live_server.url}
                context.add_cookies([cookie])
            if page.viewport_size != DESK:
                page.evaluate(GONE)
                page.set_viewport_size(DESK)
            heard.clear()
            answers.clear()
            page.goto(shown.url)
            assert page.evaluate(FETCHED) == theme
            found = findings(page, asked=by_axe)
            if shown.is_measured:
                found += [*_faults_of(page, answers, live_server.url, weights), *heard]
            return [f"{shown.who}, {shown.url}: {each}" for each in found]

        yield looked


def _faults_of(page, answers, host, weights) -> list[str]:
    faults = []
    hosts = {urlsplit(each.url).netloc for each in answers if each.url.startswith("http")}
    faults += [f"asks {each}" for each in hosts - {urlsplit(host).netloc}]
    total = sum(_weight(each, weights) for each in answers)
    is_drawn = any(mark in each.url for each in answers for mark in DRAWS)
    if total > (DRAWN if is_drawn else PLAIN):
        faults.append(f"weighs {total:,} bytes")
    if page.evaluate(MOVES):
        faults.append("moves although no motion is wanted")
    return faults + misfits(page)


def _weight(answer, weights) -> int:
    """What is sent: compressed unless it is so already; a file counts once it is known."""
    if answer.url not in weights:
        try:
            body = answer.body()
        except Exception:  # a redirect has none
            body = b""
        weights[answer.url] = len(body if answer.url.endswith(AS_IT_IS) else gzip.compress(body, 6))
    return weights[answer.url]
