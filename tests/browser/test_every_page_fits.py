"""Every page of a market with one of everything, opened once and looked at in each width: nothing is cut or laid over
another, nothing weighs too much, asks another host, complains, or moves for who wants no motion; and axe finds nothing
in any page as anybody sees it."""

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponseBase
from django.urls import reverse

from marketplace.jobs.publishing import run_jobs_inline
from tests import walk
from tests.bidding import market as bidding
from tests.browser.fitting import WIDTHS, misfits
from tests.browser.looks import COLOURS, findings
from tests.support.long_names import lengthen
from tests.support.walking import Clients, refusals_unlogged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
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


def held() -> datetime:
    """The clock of these pages: an instant at which bids are taken."""
    return bidding.BIDDING


@pytest.fixture(params=["short", "long"])
def pages(request, transactional_db, settings) -> Iterator[list[tuple[str, str, str]]]:
    """Who opens which page by which session: each page by the first of the people who may."""
    with _opened(settings, PEOPLE, lengthened=request.param == "long") as (addresses, people, clients):
        yield [
            (who, url, clients.session_of(people[who]))
            for address, sample, url in addresses
            for who in (PEOPLE if address.name in OTHERS_TOO else [_reader(address, sample)])
            if _is_page(clients.of(people[who]).get(url))
        ]


@pytest.fixture
def pages_of_everybody(transactional_db, settings) -> Iterator[list[tuple[str, str, str]]]:
    """The same by everybody of the cast, but for pages that another was shown word for word."""
    with _opened(settings, EVERYBODY) as (addresses, people, clients):
        found = []
        for _, _, url in addresses:
            shown: set[bytes] = set()
            for who in EVERYBODY:
                answer = clients.of(people[who]).get(url)
                if _is_page(answer) and (words := _alike(answer.content)) not in shown:
                    shown.add(words)
                    found.append((who, url, clients.session_of(people[who])))
        yield found


Opened = tuple[list[tuple[walk.Address, walk.Sample | None, str]], dict, Clients]


@contextmanager
def _opened(settings, who: Sequence[str], *, lengthened: bool = False) -> Iterator[Opened]:
    """A market at an instant at which bids are taken: its addresses, its people, and their clients."""
    settings.CLOCK = f"{__name__}.held"
    clients = Clients()
    with run_jobs_inline(), refusals_unlogged():
        of = bidding.market()
        people = walk.cast(of)
        samples = walk.samples(of)
        if lengthened:
            samples = lengthen(of, samples)
        for each in who:
            if people[each] is not None:
                clients.sign_in(people[each])
        yield list(_addresses(samples)), people, clients


def _addresses(samples: Mapping[str, walk.Sample]) -> Iterator[tuple[walk.Address, walk.Sample | None, str]]:
    for address in walk.addresses():
        if address.foreign is None and not any(word in address.name for word in LEAVES):
            sample = samples.get(address.name)
            yield address, sample, reverse(address.name, kwargs=sample.arguments if sample else {})


def _alike(content: bytes) -> bytes:
    """What a page shows, without what is another at each request or says who is signed in."""
    main = content[content.index(b"<main") : content.rindex(b"</main>")]
    return re.sub(rb'value="[A-Za-z0-9]{64}"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', b"", main)


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


def test_axe_finds_nothing_in_any_page_as_anybody_sees_it(
    pages_of_everybody, chromium, live_server, settings
):
    settings.WHITENOISE_USE_FINDERS = True
    faults: list[str] = []
    seen: set[str] = set()
    with chromium.new_context(
        base_url=live_server.url, viewport=DESK, reduced_motion="reduce", color_scheme="light"
    ) as context:
        page = context.new_page()
        for who, url, session in pages_of_everybody:
            context.clear_cookies()
            if session:
                context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            page.goto(url)
            page.wait_for_function("!document.querySelector('.htmx-request')")
            found = findings(page)
            if url not in seen:
                page.emulate_media(color_scheme="dark")
                found += [f"dark: {each}" for each in findings(page, asked=COLOURS)]
                page.emulate_media(color_scheme="light")
                seen.add(url)
            faults += [f"{who}, {url}: {each}" for each in found]
    assert len(pages_of_everybody) >= 2 * FEWEST
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
