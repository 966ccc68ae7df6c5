"""Every list page of a large market, asked over HTTP of one worker."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member, Organisation, User
from bidding.enums import Decision, RejectionReason
from bidding.models import Ballot, Bid, Confirmation, GateClose
from competitions.models import Competition, ServiceWindow
from contracts.models import Contract
from marketplace import clock
from qualification.enums import EntryState
from qualification.models import Entry
from tests.bench.measured import Measured
from tests.bench.served import Browser, served
from tests.qualification import market

BIDS, BIDDERS, ASKED = 50_000, 5, 40
DAY = timedelta(days=1)
OF_PROVIDERS = (
    "accounts:home",
    "competitions:list",
    "qualification:assets",
    "qualification:assets_map",
    "qualification:planned_assets",
    "qualification:entries",
    "qualification:dps_systems",
    "bidding:list",
    "bidding:results",
    "qualification:portfolio",
    "contracts:list",
    "jobs:history",
    "audit:entries",
    "notifications:list",
    "accounts:team",
)
OF_OPERATORS = (
    "accounts:home",
    "competitions:list",
    "competitions:areas",
    "competitions:dps_list",
    "qualification:meter_lists",
    "qualification:dps_applications",
    "bidding:decisions",
    "bidding:confirmed",
    "bidding:regulator",
    "contracts:list",
    "jobs:history",
    "audit:entries",
    "notifications:list",
    "accounts:team",
)
OF_A_COMPETITION = ("qualification:competition_assets", "bidding:desk")


@dataclass
class Page:
    """A page as someone asks for it, with the median and the 95th percentile of its answers' times in seconds."""

    who: str
    name: str
    median: float
    p95: float


def rows() -> Iterator[Measured]:
    """The 95th percentile of each page, the slowest first; the peer is the same of /healthz."""
    operator, provider = _filled()
    decided = Competition.objects.filter(
        operator=operator.organisation, gate_close__isnull=False, confirmed_at=None
    )
    one = decided.order_by("ref")[0]
    with served(workers=1) as port:
        _, peer = _times(Browser(port, provider.user_id), "/healthz")
        pages = [
            Page(who, name, *_times(browser, reverse(name, args=args)))
            for who, browser, names, args in (
                ("provider", Browser(port, provider.user_id), OF_PROVIDERS, []),
                ("operator", Browser(port, operator.user_id), OF_OPERATORS, []),
                ("operator", Browser(port, operator.user_id), OF_A_COMPETITION, [one.pk]),
            )
            for name in names
        ]
    for page in sorted(pages, key=lambda each: -each.p95):
        yield Measured(
            "pages",
            f"{page.name} for a {page.who}, p95 of {ASKED}, median {page.median:.3f} s",
            page.p95,
            "/healthz",
            peer,
        )


def _times(browser: Browser, path: str) -> tuple[float, float]:
    """Median and 95th percentile; the first two answers, which load what the worker keeps, are left out."""
    times = []
    for _ in range(ASKED + 2):
        began = time.perf_counter()
        status, leads_to, _ = browser.get(path)
        times.append(time.perf_counter() - began)
        assert status == 200, f"{path}: {status} {leads_to}"
    told = sorted(times[2:])
    return told[ASKED // 2], told[int(ASKED * 0.95)]


def _filled() -> tuple[Member, Member]:
    """A member of the operator of all competitions and one of the provider of most assets, with bids in every phase."""
    now = clock.now()
    operator = Organisation.objects.annotate(number=Count("competitions")).order_by("-number")[0]
    owner = Organisation.objects.annotate(number=Count("assets")).order_by("-number")[0]
    competitions = list(Competition.objects.filter(operator=operator).order_by("created_at", "pk"))
    providers = [owner, *(market.provider() for _ in range(BIDDERS - 1))]
    for number, competition in enumerate(competitions):
        move(competition, number, now)
    Competition.objects.bulk_update(competitions, [*_dates(0, now), "confirmed_at"], batch_size=200)
    Entry.objects.bulk_create(
        Entry(competition=competition, provider=provider, state=EntryState.ENTERED, changed_at=now)
        for competition in competitions
        for provider in providers
    )
    bid_in_all(competitions, providers, now, bids=BIDS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return _member(operator), _member(owner)


def _member(of: Organisation) -> Member:
    user = User.objects.create(email=f"reader@{of.code.lower()}.example.org")
    return Member.objects.create(user=user, organisation=of, roles=list(Role.values))


def _dates(kind: int, now: datetime) -> dict[str, datetime]:
    """0: bidding is open, 1: qualification is open, else closed."""
    if kind == 1:
        days = {"qualification_open": -5, "qualification_close": 5, "bidding_open": 7, "bidding_close": 9}
    else:
        close = 2 if kind == 0 else -2
        days = {
            "qualification_open": -30,
            "qualification_close": -20,
            "bidding_open": -10,
            "bidding_close": close,
        }
    return {"publish_on": now - 31 * DAY} | {name: now + number * DAY for name, number in days.items()}


def move(competition: Competition, number: int, now: datetime) -> None:
    """Put the competition into the phase of its number: of five, bidding is open in one, qualification in one, one is
    closed and two are confirmed."""
    kind = number % 5
    for name, instant in _dates(kind, now).items():
        setattr(competition, name, instant)
    if kind > 2:
        competition.confirmed_at = now - DAY - timedelta(minutes=number)


def bid_in_all(
    competitions: list[Competition], providers: list[Organisation], now: datetime, *, bids: int
) -> None:
    """The same number of bids in every competition but those in which bidding has not opened."""
    windows = {window.competition_id: window for window in ServiceWindow.objects.select_related("period")}
    open_ones = [each for number, each in enumerate(competitions) if number % 5 != 1]
    splits = bids // (len(open_ones) * len(providers))
    ballots, placed = [], []
    for competition in open_ones:
        for provider in providers:
            ballot = Ballot(competition=competition, provider=provider, submitted_at=now, changed_at=now)
            ballots.append(ballot)
            placed += [_a_bid(ballot, windows[competition.pk], split, now) for split in range(1, splits + 1)]
    Ballot.objects.bulk_create(ballots, batch_size=2000)
    Bid.objects.bulk_create(placed, batch_size=2000)
    closed = [each for each in open_ones if each.bidding_close and each.bidding_close <= now]
    GateClose.objects.bulk_create(
        GateClose(
            competition=each, closed_at=each.bidding_close, bid_count=splits * len(providers), digest="0" * 64
        )
        for each in closed
    )
    confirmed = [each for each in closed if each.confirmed_at]
    Confirmation.objects.bulk_create(
        Confirmation(
            competition=each,
            confirmed_at=each.confirmed_at,
            confirmed_by_id=1,
            accepted_count=1,
            rejected_count=1,
            accepted_mw=1,
            expected_cost=1,
        )
        for each in confirmed
    )
    accepted = [bid for bid in placed if bid.decision == Decision.ACCEPTED]
    Contract.objects.bulk_create([_contract(bid) for bid in accepted], batch_size=2000)


def _a_bid(ballot: Ballot, window: ServiceWindow, split: int, now: datetime) -> Bid:
    bid = Bid(
        ballot=ballot,
        window=window,
        split=split,
        capacity_mw=Decimal(split) / 100,
        maximum_run_time=timedelta(hours=2),
        utilisation_price=Decimal(100 + split),
        nonce="0" * 64,
        digest=f"{split:064}",
        submitted_at=now,
    )
    if ballot.competition.confirmed_at:
        bid.decision = Decision.ACCEPTED if split % 2 else Decision.REJECTED
        bid.rejection_reason = "" if split % 2 else RejectionReason.VOLUME_NOT_NEEDED
        bid.decided_at, bid.decided_by_id = ballot.competition.confirmed_at, 1
    return bid


def _contract(bid: Bid) -> Contract:
    competition, window = bid.ballot.competition, bid.window
    return Contract(
        bid=bid,
        competition=competition,
        buyer_id=competition.operator_id,
        seller=bid.ballot.provider,
        period_name=window.period.name,
        window_name=window.name,
        first_day=window.period.first_day,
        end_day=window.period.last_day + DAY,
        weekdays=window.weekdays,
        public_holidays=window.public_holidays,
        start=window.start,
        end=window.end,
        available_minutes=window.available_minutes,
        capacity_mw=bid.capacity_mw,
        maximum_run_time=bid.maximum_run_time,
        utilisation_price=bid.utilisation_price,
        expected_cost=1,
        awarded_at=competition.confirmed_at,
    )
