"""A desk's market beside the demo's: one more provider with 5,000 assets in 50 competitions, 36 contracts that are called
every other day, and 300 windows to bid in. For looking at pages at the size at which people work in them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry

from accounts.models import Member
from bidding.domain.ballots.limits import BidTerms
from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.decisions.confirmation import confirm_results
from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.domain.decisions.proposals import seen_now
from bidding.domain.gate.closing import ensure_closed
from competitions.domain.queries import operator_competitions
from competitions.enums import AssetCategory, AssetStatus
from competitions.models import Competition
from competitions.workbooks.specs import COMPETITION_FILE
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.dates import day_in_ref, utc_stamp
from marketplace.workbooks.write import write_template
from operations.domain.dispatch_plan import issue_plan
from operations.domain.dispatching import acknowledge_dispatch
from operations.models import Dispatch
from qualification.domain.entries.entering import enter
from qualification.models import Asset
from qualification.workbooks.specs import ASSETS
from rehearsal.demo.competitions import ACTIVE_DEFICIT, EVERY_DAY, DemoCompetition, DemoWindow
from rehearsal.demo.files import accept, competition_sheets
from rehearsal.demo.operator import ZONE
from rehearsal.demo.service import READINGS
from rehearsal.round.cast import register_provider
from rehearsal.round.uploads import hand_in_bytes

Step = tuple[datetime, Callable[[], None]]
At = Callable[[int, int], datetime]
CODE, NAME = "QUAYSIDE", "Quayside Aggregation Ltd"
ASSETS_IN_AREA, COMPETITIONS, AREAS_OF_ONE = 100, 50, 3
SERVING, TO_DECIDE, IN_BIDDING = 36, 6, 6
"""How many of the competitions stand where; the rest qualify."""
PERIODS, WINDOWS_A_PERIOD = 12, 25
CALLED_DAYS, METERED_CONTRACTS, METERED_DAYS = 28, 5, 45
ASSET_MW = Decimal("0.030")
CALLED_HOUR = 17
READINGS_HEADER = "Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh),Quality"
HOUR, DAY, HALF_HOUR = timedelta(hours=1), timedelta(days=1), timedelta(minutes=30)


def desk_steps(
    operator: Callable[[], Member], cast: dict[str, Member], areas: Path, at: At, password: str, now: datetime
) -> Iterator[Step]:
    """What the desk did until ``now``, each step with its instant; ``cast`` are the providers by code."""
    shapes = _areas(areas)
    told = desk_competitions(list(shapes))
    yield at(-94, 9), lambda: _bring_competitions(operator(), told, at)
    yield at(-94, 10), lambda: _bring_assets(cast, shapes, password)
    for place, each in enumerate(told):
        yield from _story_of(operator, cast, each, place, at)
    for days in range(-CALLED_DAYS, 1):
        yield min(at(days, 9), now), _calling(operator, cast, at(days, 0).astimezone(ZONE).date() + DAY)
    first_of_month = at(1 - now.astimezone(ZONE).day, 0)
    yield first_of_month + 8 * HOUR, lambda: _bring_readings(cast[CODE], at(-METERED_DAYS, 0), first_of_month)
    yield now, lambda: _bring_readings(cast[CODE], first_of_month, at(0, 0))


def desk_competitions(areas: list[str]) -> list[DemoCompetition]:
    """Fifty competitions over neighbouring areas; three of them have three hundred windows."""
    return [_competition(number, areas) for number in range(COMPETITIONS)]


def _competition(number: int, areas: list[str]) -> DemoCompetition:
    if number < SERVING:
        days, serves = (-90, -88, -70, -66, -50), -38
    elif number < SERVING + TO_DECIDE:
        days, serves = (-60, -50, -30, -25, -1), 30
    elif number < SERVING + TO_DECIDE + IN_BIDDING:
        days, serves = (-40, -35, -12, -8, 6), 40
    else:
        days, serves = (-20, -15, 8, 12, 20), 60
    publish, qualification_open, qualification_close, bidding_open, bidding_close = days
    is_long = number in (SERVING, SERVING + TO_DECIDE, COMPETITIONS - 1)
    return DemoCompetition(
        ref=f"NRN26_DESK_{number + 1:02}",
        name=f"Local peak {number + 1}, {areas[number].capitalize()}",
        description="One of the many needs that a desk has an eye on.",
        areas=tuple(areas[(number + step) % COMPETITIONS] for step in range(AREAS_OF_ONE)),
        publish=publish,
        qualification_open=qualification_open,
        qualification_close=qualification_close,
        bidding_open=bidding_open,
        bidding_close=bidding_close,
        service_in=serves,
        weeks=1 if is_long else 12,
        periods=PERIODS if is_long else 1,
        windows=_windows() if is_long else (_window("Any time", "00:00", "00:00"),),
        header={**ACTIVE_DEFICIT, "competition_type": "availability_utilisation"},
    )


def _windows() -> tuple[DemoWindow, ...]:
    """Twenty-five windows of an hour: every hour of all days, and one of Sundays alone."""
    hours = [
        _window(f"{hour:02}:00 to {hour + 1:02}:00", f"{hour:02}:00", f"{(hour + 1) % 24:02}:00")
        for hour in range(24)
    ]
    return (*hours, _window("Sunday noon", "11:30", "13:30", frozenset({6})))


def _window(name: str, start: str, end: str, days: frozenset[int] = EVERY_DAY) -> DemoWindow:
    return DemoWindow(name, days, start, end, Decimal(3), dispatch_estimate=10, dispatch_hours=1)


def _areas(path: Path) -> dict[str, shapely.Geometry]:
    """Fifty of the operator's areas by name."""
    told = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = {each["properties"]["primary"]: shapely.geometry.shape(each["geometry"]) for each in told}
    return {name: shapes[name] for name in sorted(shapes)[:COMPETITIONS]}


def _bring_competitions(operator: Member, told: list[DemoCompetition], at: At) -> None:
    content = write_template(COMPETITION_FILE, competition_sheets(at, told), zone=ZONE)
    kind = "competitions.competition_file"
    accept(hand_in_bytes(by=operator, kind=kind, name="competitions.xlsx", data=content))


def _bring_assets(cast: dict[str, Member], shapes: Mapping[str, shapely.Geometry], password: str) -> None:
    cast[CODE] = register_provider(CODE, NAME, email=f"desk@{CODE.lower()}.example", password=password)
    chance = np.random.default_rng(26)
    rows = [
        _asset(place, number, *_spot(shape, chance))
        for place, shape in enumerate(shapes.values())
        for number in range(ASSETS_IN_AREA)
    ]
    content = write_template(ASSETS, {"Assets": rows}, zone=ZONE)
    accept(hand_in_bytes(by=cast[CODE], kind="qualification.assets", name="assets.xlsx", data=content))


def _spot(shape: shapely.Geometry, chance: np.random.Generator) -> tuple[float, float]:
    """A place inside the shape: longitude and latitude."""
    left, bottom, right, top = shape.bounds
    while True:
        spot = (chance.uniform(left, right), chance.uniform(bottom, top))
        if shape.contains(shapely.Point(spot)):
            return spot


def _asset(area: int, number: int, longitude: float, latitude: float) -> Mapping[str, Any]:
    return {
        "ref": _ref(area, number),
        "name": f"Home battery {number + 1} of street {area + 1}",
        "group": f"STREET-{area + 1:02}",
        "status": AssetStatus.OPERATIONAL.value,
        "category": AssetCategory.STORAGE.value,
        "asset_type": "Battery",
        "voltage_kv": Decimal("0.4"),
        "latitude": round(Decimal(latitude), 6),
        "longitude": round(Decimal(longitude), 6),
        "generation_turn_up_mw": ASSET_MW,
        "generation_turn_down_mw": ASSET_MW,
        "response_time": timedelta(seconds=30),
        "maximum_run_time": timedelta(hours=2),
    }


def _ref(area: int, number: int) -> str:
    return f"Q{area + 1:02}-{number + 1:03}"


def _story_of(
    operator: Callable[[], Member], cast: dict[str, Member], told: DemoCompetition, place: int, at: At
) -> Iterator[Step]:
    if told.qualification_close < 0:
        yield at(told.qualification_close - 1, 10), lambda: _enter(operator(), cast[CODE], told)
    if told.bidding_open is None or told.bidding_close is None or told.bidding_close >= 0:
        return
    yield at(told.bidding_open + 1, 11), lambda: _bid(operator(), cast[CODE], told, place)
    if place < SERVING:
        yield at(told.bidding_close + 1, 10), lambda: _decide(operator(), told)


def _of(operator: Member, told: DemoCompetition) -> Competition:
    return operator_competitions(operator).get(ref=told.ref)


def _enter(operator: Member, seller: Member, told: DemoCompetition) -> None:
    enter(by=seller, competition=_of(operator, told), now=clock.now())


def _bid(operator: Member, seller: Member, told: DemoCompetition, place: int) -> None:
    """A ballot of the hundred assets of one area, in every window."""
    competition = _of(operator, told)
    refs = [_ref(place, number) for number in range(ASSETS_IN_AREA)]
    assets = Asset.objects.filter(provider=seller.organisation, ref__in=refs)
    bids = [
        BidTerms(
            window_id=window.pk,
            capacity_mw=Decimal("2.5"),
            maximum_run_time=timedelta(hours=2),
            availability_price=Decimal("6.00") + place,
            utilisation_price=Decimal("150.00") + number,
        )
        for number, window in enumerate(competition.windows.all())
    ]
    submit_ballot(
        by=seller,
        competition=competition,
        label="1",
        asset_ids=list(assets.values_list("pk", flat=True)),
        bids=bids,
        now=clock.now(),
    )


def _decide(operator: Member, told: DemoCompetition) -> None:
    competition = _of(operator, told)
    ensure_closed(competition, clock.now())
    decide_as_recommended(by=operator, competition=competition, now=clock.now())
    confirm_results(by=operator, competition=competition, seen=seen_now(competition), now=clock.now())


def _calling(operator: Callable[[], Member], cast: dict[str, Member], day: date) -> Callable[[], None]:
    return lambda: _call(operator(), cast[CODE], day)


def _call(operator: Member, seller: Member, day: date) -> None:
    """Every other contract of the desk for an hour of this day; all are acknowledged but tomorrow's."""
    contracts = _contracts(seller)[day.toordinal() % 2 :: 2]
    start = datetime.combine(day, time(CALLED_HOUR), ZONE).astimezone(UTC)
    plan = f"P{day_in_ref(day)}"
    calls = [(each.pk, Decimal("1.5")) for each in contracts]
    issue_plan(by=operator, calls=calls, start=start, end=start + HOUR, ref=plan, now=clock.now())
    if start < clock.now() + DAY - HOUR * 20:
        return
    for dispatch in Dispatch.objects.filter(ref__startswith=f"{plan}-", contract__in=contracts):
        acknowledge_dispatch(by=seller, dispatch_id=dispatch.pk, now=clock.now())


def _contracts(seller: Member) -> list[Contract]:
    return list(Contract.objects.filter(seller=seller.organisation).order_by("competition__ref"))


def _bring_readings(seller: Member, first: datetime, last: datetime) -> None:
    """Half-hours of the units of a few contracts: batteries that idle, and send most of what is asked for when called."""
    for contract in _contracts(seller)[:METERED_CONTRACTS]:
        starts = Dispatch.objects.filter(contract=contract).values_list("start", flat=True)
        called = {each.astimezone(ZONE).date() for each in starts}
        refs = ContractedAsset.objects.filter(contract=contract).values_list("asset_ref", flat=True)
        rows = list(_rows(refs, first, last, called))
        if rows:
            content = "\n".join([READINGS_HEADER, *rows]).encode()
            accept(hand_in_bytes(by=seller, kind=READINGS, name="readings.csv", data=content))


def _rows(refs: Iterable[str], first: datetime, last: datetime, called: set[date]) -> Iterator[str]:
    starts = [first + number * HALF_HOUR for number in range((last - first) // HALF_HOUR)]
    for place, ref in enumerate(refs):
        for number, at in enumerate(starts):
            local = at.astimezone(ZONE)
            is_called = local.hour == CALLED_HOUR and local.date() in called
            kwh = "6.4" if is_called else f"0.{(place * 7 + number) % 90 + 10}"
            yield f"{ref},{utc_stamp(at)},30,0,{kwh},A"
