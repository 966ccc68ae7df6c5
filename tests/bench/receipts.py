"""Visitors who check receipts, ten at once, beside a bidder who opens a page: one web process, 50,000 bids
stored."""

import hashlib
import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing

from django.db import connection

from bidding.domain.gate.closing import ensure_closed
from bidding.models import Bid
from tests.bench.measured import Measured
from tests.bench.served import Browser, served
from tests.bidding.market import CLOSE, at, market
from tests.support.ballots import place

BIDS, CHECKED, AT_ONCE, PAGES = 50_000, 5_000, 10, 40
ADDRESS = "/bidding/receipts/check/"


def rows() -> Iterator[Measured]:
    """A check alone; then the bidder's page while ten are asked for at once, with the page alone as its
    peer."""
    here = market()
    place(here)
    many_bids(here, BIDS)
    with at(CLOSE):
        ensure_closed(here.competition, CLOSE)
    bidder = market()
    place(bidder)
    data = json.dumps({"receipts": [_receipt(number) for number in range(CHECKED)]}).encode()
    with served(workers=1) as port:
        page = f"/bidding/competitions/{bidder.competition.pk}/"
        browser = Browser(port, bidder.north.user_id)
        alone = _pages(browser, page)
        _check(port, data)
        status, seconds = _check(port, data)
        assert status == 200
        yield Measured("receipts", f"{CHECKED:,} digests of {BIDS:,} bids checked", seconds)
        answers: list[tuple[int, float]] = []
        visitors = [
            threading.Thread(target=lambda: answers.append(_check(port, data)), daemon=True)
            for _ in range(AT_ONCE - 2)
        ]
        for visitor in visitors:
            visitor.start()
        beside = _pages(browser, page)
        for visitor in visitors:
            visitor.join()
    done = [seconds for status, seconds in answers if status == 200]
    told = f"{len(done)} of {len(visitors)} checks answered, {len(visitors) - len(done)} told to try again"
    yield Measured("receipts", f"a bidder's page beside them, p95; {told}", beside, "the page alone", alone)


def many_bids(here, count: int) -> None:
    """So many bids in the books, as copies of the one that there is: each with a digest of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'bidding_bid'")
        columns = [name for (name,) in cursor.fetchall()]
        own = {
            "id": "gen_random_uuid()",
            "split": "(number %% 30000 + 2)",
            "ballot_id": "ballot_id",
            "window_id": "(%s::uuid[])[number / 30000 + 1]",
            "digest": "encode(sha256(convert_to(number::text, 'UTF8')), 'hex')",
        }
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(own.get(name, f'"{name}"') for name in columns)
        cursor.execute(
            f"INSERT INTO bidding_bid ({names}) SELECT {values} FROM bidding_bid, generate_series(1, %s) number "
            "WHERE bidding_bid.id = %s",
            [
                [window.pk for window in here.windows],
                count,
                Bid.objects.get(ballot__competition=here.competition).pk,
            ],
        )
        cursor.execute("ANALYZE bidding_bid")


def _receipt(number: int) -> dict[str, object]:
    digest = hashlib.sha256(str(number + 1).encode()).hexdigest()
    content = {
        "window": "Winter/Evening",
        "capacity_mw": "1",
        "assets": ["N1", "N2"],
        "recorded_at": "2026-01-21",
    }
    return {"digest": digest, "content": content, "nonce": "0" * 64}


def _pages(browser: Browser, page: str) -> float:
    """The 95th percentile of the page's answers in seconds."""
    times = []
    for _ in range(PAGES):
        began = time.perf_counter()
        status, _, _ = browser.get(page)
        times.append(time.perf_counter() - began)
        assert status == 200
    return sorted(times)[int(PAGES * 0.95)]


def _check(port: int, data: bytes) -> tuple[int, float]:
    """Status and seconds of a visitor's check, the form fetched before."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as visitor:
        visitor.request("GET", ADDRESS)
        form = visitor.getresponse()
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', form.read())
        cookie = (form.getheader("Set-Cookie") or "").split(";")[0]
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
        + (token[1] if token else b"")
        + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="receipts"; filename="receipts.json"\r\n\r\n'
        + data
        + b"\r\n--b--\r\n"
    )
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as visitor:
        headers = {"Cookie": cookie, "Content-Type": "multipart/form-data; boundary=b"}
        began = time.perf_counter()
        visitor.request("POST", ADDRESS, parts, headers)
        answer = visitor.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began
