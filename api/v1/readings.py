"""Meter data: sent by the provider, read by both parties of a contract that counts on the unit."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from django.db.models import Q
from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from accounts.models import Member
from api.auth import Declared
from api.codes import code_of_sentence
from api.operations import reads, writes
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import DayTold, Instant, Line, Number, Shown, Told
from competitions.domain.payment import rounded
from marketplace import clock
from marketplace.jobs.kinds import JobContext, Plan
from operations import rules
from operations.domain.measuring import Measured, measured_of_member
from operations.domain.meterfiles.cells import MOST_KWH
from operations.domain.meterfiles.collected import NOT_TOLD, Collected
from operations.domain.meterfiles.taking import Taken
from operations.domain.meterfiles.words import BOTH
from operations.domain.performance import PeriodResult
from operations.domain.reading_days import ReadingDay
from operations.domain.series import MICRO, Quality, instant_of, minute_of
from operations.domain.stored_readings import days_of
from operations.domain.units import units_of
from operations.enums import INTERVALS, DispatchKind
from operations.models import DeliveryUnit
from operations.workbooks import readings_file

router = Router(tags=["Meter data"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER
MOST_READINGS = 10_000
MOST_DAYS = 31
QUALITIES = {"actual": Quality.ACTUAL, "estimated": Quality.ESTIMATED, "missing": Quality.MISSING}
WORDS = {value: word for word, value in QUALITIES.items()}


class ReadingTold(Told):
    """What a meter counted in an interval."""

    unit: Annotated[
        Line, Field(min_length=1, max_length=64, description="Ref of an asset or group, or a meter ID.")
    ]
    start: Instant
    minutes: int = Field(description="1, 5, 10, 15 or 30; the interval begins at a multiple of it.")
    import_kwh: Number
    export_kwh: Number
    quality: Annotated[str, Field(pattern="^(actual|estimated|missing)$")] = "actual"


class ReadingsTold(Told):
    """Up to 10,000 readings."""

    readings: list[ReadingTold] = Field(min_length=1, max_length=MOST_READINGS)


class DayTaken(Shown):
    """What became of a unit's day."""

    unit_and_day: str
    outcome: str = Field(description="created, updated, unchanged or refused")
    note: str


class ReadingsTaken(Shown):
    """What became of the readings: days that were taken, and each reading that was refused."""

    days: list[DayTaken]
    errors: list[dict[str, str]]
    warnings: list[str]


class ReadingShape(Shown):
    """What holds of an interval now."""

    unit: str
    provider: str
    start: Instant
    minutes: int
    import_kwh: Number | None
    export_kwh: Number | None
    quality: str


class Readings(Shown):
    """Readings in the order of units and time. ``next``: send it as ``since`` for what follows."""

    items: list[ReadingShape]
    next: Instant | None


class ReadingsAsked(Told):
    """Which unit and which time, up to 31 days."""

    unit: Annotated[Line, Field(min_length=1, max_length=64)]
    since: Instant
    until: Instant


class PeriodShape(Shown):
    """One settlement period of a dispatch, kWh; sums of the units that count."""

    start: Instant
    minutes: int
    requested_kwh: Number
    baseline_kwh: Number
    metered_kwh: Number
    flexibility_kwh: Number
    delivered_kwh: Number
    deficiency_kwh: Number
    is_complete: bool


class PerformanceShape(Shown):
    """What a dispatch delivered."""

    dispatch_id: str
    dispatch_ref: str
    contract_id: str
    kind: DispatchKind
    requested_kwh: Number
    delivered_kwh: Number
    deficiency_kwh: Number
    performance_percent: Number
    complete_periods: int
    units: list[str]
    periods: list[PeriodShape]


class Performances(Shown):
    """In the order of issue."""

    items: list[PerformanceShape]


class DaysAsked(Told):
    """Which local days, up to 31."""

    first: DayTold
    last: DayTold


@writes(
    router,
    "POST",
    "/readings",
    Declared(Scope.METERING_WRITE, FSP, Role.OPERATIONS),
    returns=ReadingsTaken,
)
def post_readings(request: ProgramRequest, body: ReadingsTold) -> ReadingsTaken:
    """Send readings. Each is taken or refused by itself; what was told before stays beside it.

    Sending the same again changes nothing.
    """
    context, plan = plan_of(request.member, body.readings)
    readings_file.apply(context, plan)
    outcomes = {"create": "created", "update": "updated", "unchanged": "unchanged", "refuse": "refused"}
    errors = [
        {
            "pointer": f"/readings/{each.row}" if each.row is not None else "/readings",
            "code": code_of_sentence(each.message) or "reading_refused",
            "detail": each.message,
        }
        for each in plan.problems
        if each.level == "error"
    ]
    return ReadingsTaken(
        days=[
            DayTaken(unit_and_day=each.unit, outcome=outcomes[each.action], note=each.note)
            for each in plan.changes
            if each.action != "refuse" or "," in each.unit
        ],
        errors=errors,
        warnings=[each.message for each in plan.problems if each.level == "warning"],
    )


def plan_of(member: Member, told: Sequence[ReadingTold]) -> tuple[JobContext[Member], Plan]:
    """What readings would do, each taken or refused by itself, and as whom. Raises ``NotAllowed``."""
    rules.check_may_tell_readings(member)
    collected = Collected(rows=len(told))
    for place, each in enumerate(told):
        _collect(collected, each, place)
    context: JobContext[Member] = JobContext(
        job_id=uuid.UUID(int=0), member=member, params={}, now=clock.now()
    )
    taken = Taken("", collected.told(), collected.problems, collected.rows)
    return context, readings_file.plan_of(context, taken)


def _collect(collected: Collected, told: ReadingTold, place: int) -> None:
    start = minute_of(told.start)
    if told.minutes not in INTERVALS or start % told.minutes or told.start.second or told.start.microsecond:
        collected.refuse(
            place, "start", str(told.minutes), "The interval is not on a grid of 1, 5, 10, 15 or 30 minutes."
        )
        return
    energies = [_micro(each) for each in (told.import_kwh, told.export_kwh)]
    if any(each is None for each in energies):
        sentence = "kWh are 0 or more, below 1,000,000,000, with up to six decimals."
        collected.refuse(place, "import_kwh", "", sentence)
        return
    imported, exported = (each or 0 for each in energies)
    collected.add(told.unit, BOTH, start, told.minutes, (imported, exported), QUALITIES[told.quality], place)


def _micro(kwh: Decimal) -> int | None:
    micro = kwh * MICRO
    return int(micro) if 0 <= kwh < MOST_KWH and micro == int(micro) else None


@reads(router, "/readings", Declared(Scope.METERING_WRITE, role=Role.OPERATIONS), returns=Readings)
def readings(request: ProgramRequest, asked: Query[ReadingsAsked]) -> Readings:
    """What holds of a unit's intervals now, later readings over earlier ones; up to 10,000 at a time."""
    _check_span(asked.since, asked.until)
    named = Q(asset__ref__iexact=asked.unit) | Q(group__ref__iexact=asked.unit)
    units = {each.pk: each for each in units_of(request.member).filter(named)}
    last_day = (asked.until - timedelta(microseconds=1)).date()
    held = days_of(list(units), asked.since.date(), last_day)
    found = sorted(
        (
            (reading.start, units[pk].ref, reading)
            for pk, days in held.items()
            for parts in days.values()
            for part in parts
            for reading in _of_day(units[pk], part)
            if asked.since <= reading.start < asked.until
        ),
        key=lambda each: each[:2],
    )
    shown = [each for _, _, each in found[:MOST_READINGS]]
    return Readings(items=shown, next=found[MOST_READINGS][0] if len(found) > MOST_READINGS else None)


def _of_day(unit: DeliveryUnit, part: ReadingDay) -> list[ReadingShape]:
    starts, quality = part.starts.tolist(), part.quality.tolist()
    flows = [
        [
            None if code == NOT_TOLD else energy
            for energy, code in zip(flow.energy.tolist(), flow.quality.tolist(), strict=True)
        ]
        for flow in (part.imported, part.exported)
    ]
    return [
        ReadingShape(
            unit=unit.ref,
            provider=unit.provider.name,
            start=instant_of(start),
            minutes=part.minutes,
            import_kwh=_kwh(flows[0][place]),
            export_kwh=_kwh(flows[1][place]),
            quality=WORDS[Quality(quality[place])],
        )
        for place, start in enumerate(starts)
        if quality[place] != NOT_TOLD
    ]


def _kwh(micro: int | None) -> Decimal | None:
    return None if micro is None else Decimal(micro) / MICRO


@reads(
    router,
    "/performance",
    Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS, is_heavy=True),
    returns=Performances,
)
def performance(request: ProgramRequest, asked: Query[DaysAsked]) -> Performances:
    """What the dispatches that began in these days delivered, period by period, with what is known now."""
    if not timedelta(0) <= asked.last - asked.first < timedelta(days=MOST_DAYS):
        raise of_request("body_invalid", f"Ask for 1 to {MOST_DAYS} days: last is not before first.")
    measured = measured_of_member(request.member, asked.first, asked.last, clock.now())
    return Performances(items=[_performance(each) for each in measured])


def _performance(of: Measured) -> PerformanceShape:
    told = of.performance
    return PerformanceShape(
        dispatch_id=str(of.dispatch.pk),
        dispatch_ref=of.dispatch.ref,
        contract_id=str(of.dispatch.contract_id),
        kind=DispatchKind(of.dispatch.kind),
        requested_kwh=rounded(told.requested, 3),
        delivered_kwh=rounded(told.delivered, 3),
        deficiency_kwh=rounded(told.deficiency, 3),
        performance_percent=rounded(told.share * 100, 1),
        complete_periods=told.complete_periods,
        units=sorted(of.units),
        periods=[_period(each) for each in told.periods],
    )


def _period(of: PeriodResult) -> PeriodShape:
    return PeriodShape(
        start=of.start,
        minutes=of.minutes,
        requested_kwh=rounded(of.requested, 3),
        baseline_kwh=rounded(of.baseline, 3),
        metered_kwh=rounded(of.metered, 3),
        flexibility_kwh=rounded(of.flexibility, 3),
        delivered_kwh=rounded(of.delivered, 3),
        deficiency_kwh=rounded(of.deficiency, 3),
        is_complete=of.complete,
    )


def _check_span(since: datetime, until: datetime) -> None:
    if not timedelta(0) < until - since <= timedelta(days=MOST_DAYS):
        raise of_request("body_invalid", f"Ask for up to {MOST_DAYS} days: until is after since.")
