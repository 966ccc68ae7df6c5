"""A provider with 10,000 bids of its own, its ballot of 300 windows and 5,000 assets, and the desk of a
competition with 2,000 bids in 200 windows: the processor time of each page."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from datetime import time as clock_time
from decimal import Decimal
from itertools import count
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.urls import reverse

from bidding.domain.gate.closing import ensure_closed
from bidding.models import Ballot, BallotAsset, Bid
from competitions.models import Competition, ServicePeriod, ServiceWindow
from qualification.models import Asset
from tests.bench.measured import Measured
from tests.bidding.market import AFTER, BIDDING, Market, at, enter
from tests.qualification import market as base

COMPETITIONS, BALLOTS, WINDOWS, ASSETS_EACH = 40, 10, 25, 200
GRID_WINDOWS, GRID_ASSETS, PERIODS, ASKED = 300, 5_000, 12, 3
DESK_BIDDERS, DESK_WINDOWS, DESK_PERIODS = 10, 200, 8
FORM = "application/x-www-form-urlencoded"


def rows() -> Iterator[Measured]:
    """Processor seconds of this process, which asks and answers: the median of some requests."""
    with at(BIDDING):
        here = _filled()
        grid = _grid(here)
        client = Client()
        client.force_login(here.north.user)
        busy = here.competition.pk
        peer = _processor(lambda: client.get("/healthz"))
        for name, work in _asked(client, busy, "10,000 own bids"):
            yield Measured("own bids", name, work, "/healthz", peer)
        for name, work in _asked(client, grid.pk, f"{GRID_WINDOWS} windows, {GRID_ASSETS:,} assets"):
            yield Measured("ballot grid", name, work, "/healthz", peer)
        for name, work in _lists(client, here.buyer, grid):
            yield Measured("pages", name, work, "/healthz", peer)
    desk = _desk(here)
    with at(AFTER):
        client.force_login(here.buyer.user)
        ensure_closed(desk, AFTER)
        for name, work in _decided(client, desk):
            yield Measured("decision desk", name, work, "/healthz", peer)


def _lists(client: Client, buyer, grid: Competition) -> Iterator[tuple[str, float]]:
    told = f"{GRID_ASSETS:,} assets, {COMPETITIONS + 1} competitions"
    for name in ("accounts:home", "competitions:list", "qualification:assets", "qualification:portfolio"):
        yield f"{name}; {told}", _processor(lambda: client.get(reverse(name)))  # noqa: B023
    verdicts = reverse("qualification:asset_qualification")
    yield f"asset qualification; {told}", _processor(lambda: client.get(verdicts))
    yield (
        "asset qualification as a file of 10,000 rows",
        _processor(lambda: client.get(f"{verdicts}?download=csv"), 1),
    )
    page = reverse("competitions:competition", args=[grid.ref])
    yield f"competition of {GRID_WINDOWS} windows; {told}", _processor(lambda: client.get(page))
    asker = Client()
    asker.force_login(buyer.user)
    why = reverse("qualification:competition_assets", args=[grid.pk])
    yield f"why, for the operator; {told}", _processor(lambda: asker.get(why))


def _decided(client: Client, desk: Competition) -> Iterator[tuple[str, float]]:
    told = f"{DESK_BIDDERS * DESK_WINDOWS:,} bids, {DESK_WINDOWS} windows"
    for name in ("desk", "confirm", "what_if", "merit_order", "changes"):
        url = reverse(f"bidding:{name}", args=[desk.pk])
        yield f"{name}; {told}", _processor(lambda: client.get(url))  # noqa: B023
    what_if, tried = reverse("bidding:what_if", args=[desk.pk]), count(70)
    yield (
        f"what if all windows required other MW; {told}",
        _processor(lambda: client.get(what_if, {"scale": next(tried)}, headers={"HX-Request": "true"})),
    )
    window, mw = desk.windows.order_by("position")[0], count(3)
    yield (
        f"what if one window required other MW; {told}",
        _processor(
            lambda: client.get(
                what_if,
                {"window": window.pk, f"mw-{window.pk}": next(mw)},
                headers={"HX-Request": "true"},
            )
        ),
    )


def _desk(here: Market) -> Competition:
    """A competition in which some providers bid once in every window."""
    made = _competition(
        here.buyer.organisation, here.north.organisation, DESK_PERIODS, DESK_WINDOWS // DESK_PERIODS
    )
    windows, draw = list(made.windows.all()), random.Random(1)
    ballots, bids = [], []
    for number in range(DESK_BIDDERS):
        bidder = base.provider(f"Bidder {number}")
        enter(made, bidder)
        ballot = Ballot(competition=made, provider=bidder, submitted_at=BIDDING, changed_at=BIDDING)
        ballots.append(ballot)
        for window in windows:
            bid = _bid(ballot, window)
            bid.capacity_mw = Decimal(draw.randint(50, 3000)) / 1000
            bid.utilisation_price = Decimal(draw.randint(1000, 40000)) / 100
            bids.append(bid)
    Ballot.objects.bulk_create(ballots)
    Bid.objects.bulk_create(bids, batch_size=2000)
    return made


def _asked(client: Client, competition, told: str) -> Iterator[tuple[str, float]]:
    new = reverse("bidding:new", args=[competition])
    yield f"list of bids; {told}", _processor(lambda: client.get(reverse("bidding:list")))
    yield (
        f"ballots; {told}",
        _processor(lambda: client.get(reverse("bidding:competition", args=[competition]))),
    )
    yield f"form; {told}", _processor(lambda: client.get(new))
    data = _typed(competition)
    yield (
        f"check; {told}",
        _processor(lambda: _post(client, "check_new", competition, data)),
    )
    yield f"draft kept; {told}", _processor(lambda: _post(client, "draft_new", competition, data))
    client.post(reverse("bidding:draft_new", args=[competition]), {"discard": "1"})
    numbers = iter(range(100, 10_000))

    def place():
        label = f"T{next(numbers)}"
        answer = _post(client, "place_new", competition, data | {"label": label})
        assert answer.status_code == 302, answer.content[:3000]
        Ballot.objects.filter(label=label).update(state="withdrawn", withdrawn_at=BIDDING)
        BallotAsset.objects.filter(ballot__label=label).update(is_live=False)

    yield f"place; {told}", _processor(place, 4)


def _post(client: Client, name: str, competition, data: dict[str, object]):
    """As a browser sends a form without files."""
    return client.post(reverse(f"bidding:{name}", args=[competition]), urlencode(data), content_type=FORM)


def _processor(work: Callable[[], object], times: int = ASKED) -> float:
    work()
    told = []
    for _ in range(times):
        began = time.process_time()
        work()
        told.append(time.process_time() - began)
    return sorted(told)[times // 2]


def _typed(competition) -> dict[str, object]:
    data: dict[str, object] = {"label": "77", "choice": "all"}
    windows = ServiceWindow.objects.filter(competition=competition).order_by("period__first_day", "position")
    for number, window in enumerate(windows):
        data[f"row-{number}-window"] = str(window.pk)
        data[f"row-{number}-capacity"] = "0.05"
        data[f"row-{number}-run_time"] = "2:00"
        data[f"row-{number}-utilisation_price"] = "185"
    return data


def _filled() -> Market:
    """The provider's bids: in each competition some ballots, of which those of one number hold the same
    assets everywhere."""
    buyer, seller = base.operator(), base.provider("North")
    assets = [
        base.an_asset(seller, ref=f"SITE-{n:05}", generation_turn_up_mw=Decimal("0.0010"))
        for n in range(GRID_ASSETS)
    ]
    Asset.objects.bulk_create(assets, batch_size=1000)
    made = [_competition(buyer, seller, 1, WINDOWS) for _ in range(COMPETITIONS)]
    ballots, bids, held = [], [], []
    for competition in made:
        windows = list(competition.windows.all())
        for number in range(BALLOTS):
            ballot = Ballot(
                competition=competition,
                provider=seller,
                label=str(number + 1),
                submitted_at=BIDDING,
                changed_at=BIDDING,
            )
            ballots.append(ballot)
            bids += [_bid(ballot, window) for window in windows]
            held += [
                BallotAsset(
                    ballot=ballot, competition=competition, asset=asset, capacity_mw=Decimal("0.0010")
                )
                for asset in assets[number * ASSETS_EACH : (number + 1) * ASSETS_EACH]
            ]
    for number, ballot in enumerate(ballots):
        ballot.assets_digest = f"set {number % BALLOTS}"
        ballot.asset_count, ballot.assets_mw = ASSETS_EACH, ASSETS_EACH * Decimal("0.0010")
    Ballot.objects.bulk_create(ballots)
    Bid.objects.bulk_create(bids, batch_size=2000)
    BallotAsset.objects.bulk_create(held, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Market(
        base.member(buyer),
        made[0],
        list(made[0].windows.all()),
        base.member(seller),
        base.member(base.provider("South")),
    )


def _grid(here: Market) -> Competition:
    return _competition(here.buyer.organisation, here.north.organisation, PERIODS, GRID_WINDOWS // PERIODS)


def _competition(buyer, seller, periods: int, windows: int) -> Competition:
    made = base.competition(buyer, minimum_mw=())
    made.periods.all().delete()
    for month in range(periods):
        first = date(2026, 2, 1) + timedelta(days=30 * month)
        period = ServicePeriod.objects.create(
            competition=made, name=f"Month {month + 1}", first_day=first, last_day=first + timedelta(days=29)
        )
        ServiceWindow.objects.bulk_create(
            ServiceWindow(
                competition=made,
                period=period,
                name=f"{['Mon', 'Tue', 'Wed', 'Thu', 'Fri'][number % 5]} {number // 5 * 2 + 6:02}",
                weekdays=[number % 5],
                start=clock_time(number // 5 * 2 + 6),
                end=clock_time(number // 5 * 2 + 8),
                capacity_required_mw=Decimal(8),
                minimum_aggregate_mw=Decimal("0.05"),
                available_minutes=480,
                dispatch_estimate=4,
                dispatch_duration=timedelta(hours=1),
                position=number,
            )
            for number in range(windows)
        )
    enter(made, seller)
    return made


def _bid(ballot: Ballot, window: ServiceWindow) -> Bid:
    return Bid(
        ballot=ballot,
        window=window,
        capacity_mw=Decimal("0.1"),
        maximum_run_time=timedelta(hours=2),
        utilisation_price=Decimal(185),
        nonce="0" * 64,
        digest="0" * 64,
        submitted_at=BIDDING,
    )
