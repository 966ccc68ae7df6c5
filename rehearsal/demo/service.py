"""The service of the demo's first round, which runs now: availability, dispatches, meter readings.

The readings are made up: a shape for each kind of site, raised while it was called, with one gap. They are no measurements.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db.models import QuerySet

from accounts.models import Member
from contracts.domain.lifecycle import sign_contract
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.dates import utc_stamp
from operations.domain.accepting import Answer, answer_waiting, waiting_for
from operations.domain.dispatching import acknowledge_dispatch, decline_dispatch
from operations.domain.issuing import issue_dispatch
from operations.domain.metered_groups import meter_as_one
from operations.domain.missing import notify_unavailability
from operations.domain.promising import DayDeclared, declare_days
from operations.enums import UnavailabilityReason
from operations.models import Dispatch
from qualification.models import Asset, AssetGroup
from rehearsal.demo.competitions import RUNNING_REF
from rehearsal.demo.files import CHARGER_GROUP, CHARGER_MW, accept
from rehearsal.demo.operator import ZONE
from rehearsal.round.uploads import hand_in_bytes

Step = tuple[datetime, Callable[[], None]]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
WEEKS_BACK = 5
READ_FROM = -56
"""The day, counted from today, from which readings are there; baselines look back so far."""
HALF_HOUR = timedelta(minutes=30)
GAP = (timedelta(days=9, hours=3), timedelta(days=9))
KILOWATT, WATT_HOUR = Decimal("0.001"), Decimal("0.001")
READINGS = "operations.readings"
Row = tuple[str, datetime, Decimal]
"""Ref of the asset, start of the half-hour, kW sent out."""


@dataclass(frozen=True)
class Site:
    """What has readings of its own: an asset, or a fleet metered as one; ``kw`` is what it can add."""

    ref: str
    kind: str
    kw: float


@dataclass(frozen=True)
class Call:
    """A dispatch of the demo: of whom, how long before now it starts and for how long, and what was delivered."""

    ref: str
    seller: str
    days: int
    hour: int
    minutes: int
    mw: Decimal
    delivered: Decimal
    declined: str = ""


CALLS = (
    Call("D-1001", "HARBOUR", -24, 17, 120, Decimal("1.2"), Decimal("1.02")),
    Call("D-1002", "FELLSIDE", -24, 17, 120, Decimal("0.8"), Decimal("0.95")),
    Call("D-1003", "HARBOUR", -17, 16, 60, Decimal("1.5"), Decimal("0.64")),
    Call("D-1004", "FELLSIDE", -13, 18, 90, Decimal("1"), Decimal(1)),
    Call("D-1005", "FELLSIDE", -8, 17, 60, Decimal("1"), Decimal(0), "The engine is out for repair."),
    Call("D-1006", "HARBOUR", -6, 17, 90, Decimal("1"), Decimal("0.97")),
    Call("D-1007", "HARBOUR", -3, 18, 60, Decimal("1.4"), Decimal("0.88")),
)


def service_steps(
    operator: Callable[[], Member], sellers: dict[str, Member], now: datetime
) -> Iterator[Step]:
    """What happened in the service until ``now``, each with its instant; what lies ahead is not told."""
    today = now.astimezone(ZONE).date()
    monday = today - timedelta(days=today.weekday())
    for weeks in range(-WEEKS_BACK, 2):
        first = monday + weeks * WEEK
        yield from _week(operator, sellers, first, now)
    yield _at(today - 41 * DAY, 9), lambda: _sign(operator())
    metered = today + (READ_FROM - 1) * DAY
    yield _at(metered, 9), lambda: _meter_chargers(sellers["HARBOUR"], metered)
    for call in calls_of(today):
        yield from _called(operator, sellers, call, today)
    yield _at(today - 4 * DAY, 11), lambda: _notify_outage(sellers["FELLSIDE"], today - 4 * DAY)
    yield from _around_now(operator, sellers, now)
    yield from _readings_of_last_month(sellers, today)
    yield now, lambda: bring_readings(sellers, today)


def calls_of(today: date) -> tuple[Call, ...]:
    """The dispatches of the demo: two on the last morning of last month, the others in the weeks before today."""
    last = -today.day
    return (
        Call("D-0991", "HARBOUR", last, 10, 60, Decimal("1.1"), Decimal("0.873")),
        Call("D-0992", "FELLSIDE", last, 10, 120, Decimal("0.9"), Decimal("0.96")),
        *CALLS,
    )


def _readings_of_last_month(sellers: dict[str, Member], today: date) -> Iterator[Step]:
    """They come on the first of this month; of Fellside's dispatch half an hour comes a day later."""
    first = today.replace(day=1)
    late = _at(first - DAY, 10) + HALF_HOUR
    until = _at(first, 0)
    yield _at(first, 7), lambda: bring_readings(sellers, today, lambda at: at < until, late)
    yield (
        _at(first + DAY, 8),
        lambda: bring_readings({"FELLSIDE": sellers["FELLSIDE"]}, today, lambda at: at == late),
    )


def _week(
    operator: Callable[[], Member], sellers: dict[str, Member], first: date, now: datetime
) -> Iterator[Step]:
    """Declared on the Tuesday before, answered on the Thursday before, as far as these have come."""
    declared, answered = _at(first - timedelta(days=6), 10), _at(first - timedelta(days=4), 9)
    is_next = first > now.astimezone(ZONE).date()
    if declared <= now:
        for code in ("HARBOUR", "FELLSIDE"):
            yield declared, _declaring(sellers, code, first)
    elif is_next:
        yield now, _declaring(sellers, "HARBOUR", first)
    if answered <= now:
        yield answered, lambda: _answer(operator())


def _declaring(sellers: dict[str, Member], code: str, first: date) -> Callable[[], None]:
    return lambda: _declare(sellers[code], first)


def _declare(seller: Member, first: date) -> None:
    for contract in running_contracts().filter(seller=seller.organisation):
        service = [first + number * DAY for number in range(7)]
        days = [
            DayDeclared(contract.pk, day, contract.capacity_mw)
            for day in service
            if contract.first_day <= day < contract.end_day
        ]
        declare_days(by=seller, days=days, now=clock.now())


def _answer(operator: Member) -> None:
    if waiting_for(operator, clock.now()):
        answer_waiting(by=operator, what=Answer.ALL, now=clock.now())


def running_contracts() -> QuerySet[Contract]:
    """The contracts whose service runs now, in a fixed order."""
    return Contract.objects.filter(competition__ref=RUNNING_REF).order_by("seller__code")


def _called(
    operator: Callable[[], Member], sellers: dict[str, Member], call: Call, today: date
) -> Iterator[Step]:
    start = _at(today + call.days * DAY, call.hour)
    end = start + timedelta(minutes=call.minutes)
    issued = start - timedelta(hours=3)
    yield issued, lambda: _issue(operator(), sellers[call.seller], call.ref, call.mw, start, end)
    yield issued + timedelta(minutes=4), lambda: _answer_call(sellers[call.seller], call)


def _issue(operator: Member, seller: Member, ref: str, mw: Decimal, start: datetime, end: datetime) -> None:
    contract = running_contracts().filter(seller=seller.organisation).first()
    if contract is None:
        return
    issue_dispatch(
        by=operator,
        contract_id=contract.pk,
        mw=min(mw, contract.capacity_mw),
        start=start,
        end=end,
        ref=ref,
        reason="Load above the firm rating is forecast.",
        now=clock.now(),
    )


def _answer_call(seller: Member, call: Call) -> None:
    dispatch = Dispatch.objects.filter(ref=call.ref, contract__seller=seller.organisation).first()
    if dispatch is None:
        return
    if call.declined:
        decline_dispatch(by=seller, dispatch_id=dispatch.pk, reason=call.declined, now=clock.now())
    else:
        acknowledge_dispatch(by=seller, dispatch_id=dispatch.pk, now=clock.now())


def _notify_outage(seller: Member, day: date) -> None:
    for contract in running_contracts().filter(seller=seller.organisation):
        notify_unavailability(
            by=seller,
            contract_id=contract.pk,
            start=_at(day, 12),
            end=_at(day, 18),
            mw=(contract.capacity_mw / 2).quantize(KILOWATT, rounding=ROUND_DOWN),
            reason=UnavailabilityReason.OUTAGE,
            now=clock.now(),
        )


def _around_now(operator: Callable[[], Member], sellers: dict[str, Member], now: datetime) -> Iterator[Step]:
    """One dispatch that runs, one acknowledged for tomorrow, and one that waits for its answer."""
    harbour, fellside = "HARBOUR", "FELLSIDE"
    minute = now.replace(second=0, microsecond=0)
    midnight = _at(minute.astimezone(ZONE).date(), 0)
    running = Call("D-1010", harbour, 0, 0, 0, Decimal("0.9"), Decimal(1))
    begun = max(midnight, minute - timedelta(minutes=60))
    until = min(midnight_after(minute), minute + timedelta(minutes=90))
    issued = begun - timedelta(minutes=20)
    yield issued, lambda: _issue(operator(), sellers[harbour], running.ref, running.mw, begun, until)
    yield issued + timedelta(minutes=5), lambda: _answer_call(sellers[harbour], running)
    ahead = Call("D-1011", harbour, 1, 17, 60, Decimal("1.2"), Decimal(1))
    tomorrow = _at(minute.astimezone(ZONE).date() + DAY, 17)
    told = minute - timedelta(minutes=15)
    yield told, lambda: _issue(operator(), sellers[harbour], ahead.ref, ahead.mw, tomorrow, tomorrow + HOUR)
    yield told + timedelta(minutes=6), lambda: _answer_call(sellers[harbour], ahead)
    later = minute + timedelta(hours=3)
    if midnight_after(later) < later + HOUR:
        later = midnight_after(later)
    asked = minute - timedelta(minutes=2)
    yield asked, lambda: _issue(operator(), sellers[fellside], "D-1012", Decimal("0.7"), later, later + HOUR)


def midnight_after(instant: datetime) -> datetime:
    """The next local midnight."""
    return _at(instant.astimezone(ZONE).date() + DAY, 0)


def _sign(operator: Member) -> None:
    for contract in running_contracts():
        sign_contract(by=operator, contract=contract, now=clock.now())


def _meter_chargers(seller: Member, day: date) -> None:
    group = AssetGroup.objects.get(provider=seller.organisation, ref=CHARGER_GROUP)
    meter_as_one(by=seller, group_id=group.pk, from_day=day, now=clock.now())


def bring_readings(
    sellers: dict[str, Member],
    today: date,
    wanted: Callable[[datetime], bool] = lambda at: True,
    late: datetime | None = None,
) -> None:
    """Upload each provider's half-hours that are wanted; of Fellside's the late one is left out."""
    for code, seller in sellers.items():
        sites = serving_sites(seller)
        if sites:
            calls = [each for each in calls_of(today) if each.seller == code]
            left_out = late if code == "FELLSIDE" else None
            rows = [each for each in readings(sites, calls, today) if wanted(each[1]) and each[1] != left_out]
            accept(hand_in_bytes(by=seller, kind=READINGS, name="readings.csv", data=readings_csv(rows)))


def serving_sites(seller: Member) -> list[Site]:
    """What serves now, by ref."""
    contracts = running_contracts().filter(seller=seller.organisation)
    served = ContractedAsset.objects.filter(contract__in=contracts).values("asset_id")
    assets = Asset.objects.filter(pk__in=served).select_related("asset_type", "group").order_by("ref")
    fleet = [each for each in assets if each.group is not None and each.group.ref == CHARGER_GROUP]
    sites = [
        Site(each.ref, each.asset_type.name, float(each.generation_turn_up_mw or 0) * 1000)
        for each in assets
        if each not in fleet
    ]
    if fleet:
        sites.append(Site(CHARGER_GROUP, fleet[0].asset_type.name, float(len(fleet) * CHARGER_MW) * 1000))
    return sites


def readings(sites: Sequence[Site], calls: Sequence[Call], today: date) -> Iterator[Row]:
    """Half-hours of each site from ``READ_FROM`` until today, in UTC; the first site misses some."""
    first, last = _at(today + READ_FROM * DAY, 0), _at(today, 0)
    gap = (last - GAP[0], last - GAP[1])
    able = sum(each.kw for each in sites)
    for place, site in enumerate(sites):
        share = Decimal(str(round(site.kw / able, 6)))
        at = first
        while at < last:
            if place or not gap[0] <= at < gap[1]:
                yield (site.ref, at, usual_kw(site, at) + share * raised_kw(calls, at, today))
            at += HALF_HOUR


def usual_kw(site: Site, at: datetime) -> Decimal:
    """What the site would send out without a call, less what it takes: a bell by day for sun, an evening of charging for
    cars, a slow swing for others, and a little noise."""
    local = at.astimezone(ZONE)
    hour = local.hour + local.minute / 60
    day = local.toordinal()
    swing = math.sin(day * 1.7 + len(site.ref)) * 0.15 + math.sin(day * 37.0 + hour * 5.1) * 0.02
    if site.kind == "Solar":
        shape = 0.4 * max(0.0, math.sin((hour - 7) / 11 * math.pi)) if 7 < hour < 18 else 0.0
    elif site.kind == "EV Charging":
        shape = -1.1 * math.exp(-(((hour - 18.5) / 2.5) ** 2)) - 0.05
    else:
        shape = 0.2 + 0.05 * math.sin((hour - 9) / 24 * 2 * math.pi)
    return Decimal(str(round(site.kw * shape * (1 + swing), 3)))


def raised_kw(calls: Sequence[Call], at: datetime, today: date) -> Decimal:
    """What a call adds to all sites of its contract together."""
    added = Decimal(0)
    for call in calls:
        start = _at(today + call.days * DAY, call.hour)
        if start <= at < start + timedelta(minutes=call.minutes):
            added += call.mw * call.delivered * 1000
    return added


def readings_csv(rows: Iterable[Row]) -> bytes:
    """Meter data in the standard form."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)", "Quality"])
    for ref, at, kw in rows:
        kwh = (kw / 2).quantize(WATT_HOUR)
        writer.writerow([ref, utc_stamp(at), 30, max(-kwh, Decimal(0)), max(kwh, Decimal(0)), "A"])
    return text.getvalue().encode()


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)
