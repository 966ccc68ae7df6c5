"""50 providers change their ballots over HTTP as fast as they are answered, until the close refuses them."""

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import psycopg2
from django.db import connection
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member, User
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Bid, Receipt
from competitions.models import Competition, ServiceWindow
from marketplace import clock
from qualification.domain.verdicts.freeze import ensure_frozen
from tests.bench.measured import Measured, seconds
from tests.bench.served import Browser, served
from tests.bidding.market import enter
from tests.qualification import market

PROVIDERS, WINDOWS, LAST_SECONDS = 50, 5, 60


class Bidder(threading.Thread):
    """A provider who places its ballot with a new price again and again until it has been told that bidding
    is over."""

    def __init__(self, browser: Browser, competition: Competition, windows: list[ServiceWindow]) -> None:
        super().__init__()
        self.browser, self.windows = browser, windows
        self.path = reverse("bidding:place_new", args=[competition.pk])
        self.receipts = reverse("bidding:receipts", args=[competition.pk])
        self.competition_page = reverse("bidding:competition", args=[competition.pk])
        self.form = reverse("bidding:new", args=[competition.pk])
        self.times: list[float] = []
        self.accepted: list[int] = []
        self.refused = 0
        self.surprises: list[tuple[int, str]] = []

    def open_form(self) -> None:
        self.browser.get(self.form)

    def run(self) -> None:
        price = 0
        while not self.refused and not self.surprises:
            price += 1
            began = time.perf_counter()
            status, leads_to, _ = self.browser.post(self.path, self.ballot(price))
            self.times.append(time.perf_counter() - began)
            if leads_to == self.receipts:
                self.accepted.append(price)
            elif leads_to == self.competition_page:
                self.refused += 1
            else:
                self.surprises.append((status, leads_to))

    def ballot(self, price: int) -> dict[str, str]:
        fields = {"label": "1", "choice": "all"}
        for number, window in enumerate(self.windows):
            fields |= {
                f"row-{number}-window": str(window.pk),
                f"row-{number}-capacity": "1.5",
                f"row-{number}-run_time": "2:00",
                f"row-{number}-utilisation_price": f"{price}.00",
            }
        return fields


def rows() -> Iterator[Measured]:
    """Fails when a bid is lost or late. The peer inserts as many bare rows, one a transaction, over one
    connection."""
    competition, members = _market()
    windows = list(ServiceWindow.objects.filter(competition=competition).order_by("position"))
    with served(workers=2) as port:
        bidders = [Bidder(Browser(port, member.user_id), competition, windows) for member in members]
        _all([threading.Thread(target=bidder.open_form) for bidder in bidders])
        _open_until(competition, clock.now() + timedelta(seconds=LAST_SECONDS))
        took = seconds(lambda: _all(bidders))
    gate = ensure_closed(competition, clock.now())
    assert gate is not None
    _check(bidders, members, competition, gate.bid_count)
    times = sorted(each for bidder in bidders for each in bidder.times)
    ballots = sum(len(bidder.accepted) for bidder in bidders)
    p99 = times[int(len(times) * 0.99)]
    told = (
        f"{PROVIDERS} providers, {ballots:,} ballots of {WINDOWS} bids in {LAST_SECONDS} s,"
        f" none lost, none late, p50 {times[len(times) // 2]:.2f} s, p99 {p99:.2f} s"
    )
    yield Measured("gate close", told, took, "one INSERT a transaction", _peer(ballots * WINDOWS))


def _all(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _check(bidders: list[Bidder], members: list[Member], competition: Competition, sealed: int) -> None:
    """Each ballot that was accepted has its receipts, each refused one none, and what stands is the last
    accepted."""
    close = competition.bidding_close
    assert Receipt.objects.filter(competition=competition, recorded_at__gte=close).count() == 0
    standing = 0
    for bidder, member in zip(bidders, members, strict=True):
        assert not bidder.surprises, bidder.surprises
        assert bidder.refused == 1
        held = Receipt.objects.filter(competition=competition, provider=member.organisation_id)
        prices = [Decimal(each["utilisation_price"]) for each in held.values_list("content", flat=True)]
        assert sorted(prices) == sorted(Decimal(each) for each in bidder.accepted * WINDOWS), (
            "receipts lost or too many"
        )
        bids = Bid.objects.filter(ballot__competition=competition, ballot__provider=member.organisation_id)
        assert {bid.utilisation_price for bid in bids} == {Decimal(bidder.accepted[-1])}
        standing += len(bids)
    assert sealed == standing == PROVIDERS * WINDOWS


def _market() -> tuple[Competition, list[Member]]:
    now = clock.now()
    competition = market.competition(
        market.operator(),
        minimum_mw=("0.5",) * WINDOWS,
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(days=1),
        first_day=(now + timedelta(days=30)).date(),
    )
    members = []
    for number in range(PROVIDERS):
        provider = market.provider()
        for _ in range(3):
            market.asset(provider)
        enter(competition, provider)
        user = User.objects.create(email=f"bidder{number}@example.org")
        members.append(Member.objects.create(user=user, organisation=provider, roles=[Role.BIDS]))
    ensure_frozen(competition, now)
    return competition, members


def _open_until(competition: Competition, close) -> None:
    Competition.objects.filter(pk=competition.pk).update(bidding_close=close)
    competition.refresh_from_db()


def _peer(bids: int) -> float:
    """Seconds to insert as many bare rows, each committed by itself, over one connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_bid (id serial PRIMARY KEY, provider int, price numeric, at timestamptz)"
        )
        parameters = connection.get_connection_params()
    plain = psycopg2.connect(
        **{key: parameters[key] for key in ("dbname", "user", "host", "port") if key in parameters}
    )
    plain.autocommit = True

    def insert() -> None:
        with plain.cursor() as cursor:
            for number in range(bids):
                cursor.execute(
                    "INSERT INTO bench_bid (provider, price, at) VALUES (%s, 1, now())", [number % 50]
                )

    try:
        return seconds(insert)
    finally:
        plain.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_bid")
