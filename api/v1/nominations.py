"""Nominated baselines: what a provider expects of its units, and late ones that an operator lets count."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from accounts.models import Member
from api.auth import Declared
from api.codes import code_of_sentence
from api.operations import reads, writes
from api.paging import Listed, Page, listed
from api.problems import Fault, Problem, of_request
from api.requests import ProgramRequest
from api.shapes import ClockTold, Day, Instant, Line, Lines, Number, Shown, Told
from marketplace import clock
from marketplace.dates import time_text
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.declare import Problem as FileProblem
from marketplace.workbooks.reading import read_cells
from operations import rules
from operations.domain.late_nominations import accept_late, late_days_of
from operations.domain.nominating import nominate, nominations_seen_by, weeks_seen_by
from operations.models import DatedNomination, WeekNomination
from operations.workbooks.baseline_files import DAYS, NOMINATED, NOMINATION_FILE, WEEK, plan_nominations

router = Router(tags=["Nominations"])
SO, FSP = OrganisationKind.SYSTEM_OPERATOR, OrganisationKind.FLEX_SERVICE_PROVIDER
READ = Declared(Scope.METERING_WRITE, role=Role.OPERATIONS)
TELL = Declared(Scope.METERING_WRITE, FSP, Role.OPERATIONS)
RUN = Declared(Scope.METERING_WRITE, SO, Role.OPERATIONS)
MOST_VALUES = 10_000
FIRST_ROW = 2
DAY_NAMES = {number: name for name, number in DAYS.items()}
PARTS = {NOMINATED.name: "periods", WEEK.name: "week"}
Unit = Annotated[
    Line, Field(min_length=1, max_length=64, description="Ref of an asset, or of a group metered as one.")
]


class PeriodTold(Told):
    """What a unit is expected to do in a settlement period, net kW: export positive."""

    unit: Unit
    start: Instant
    kw: Number


class HalfHourTold(Told):
    """The same for a local half-hour of each week, until another value replaces it."""

    unit: Unit
    weekday: int = Field(ge=0, le=6, description="From Monday, 0.")
    start: ClockTold
    kw: Number


class NominationsTold(Told):
    """Single periods, half-hours of the week, or both; all are taken, or none."""

    periods: list[PeriodTold] = Field(default_factory=list, max_length=MOST_VALUES)
    week: list[HalfHourTold] = Field(default_factory=list, max_length=MOST_VALUES)


class NominationsTaken(Shown):
    """How many values are new; what is stored alike is kept as it is."""

    periods: int
    week: int
    warnings: list[str]


class NominationShape(Shown):
    """A value of a period. Of several the last that came before its deadline counts, and one that was let count."""

    unit: str
    provider: str
    start: Instant
    kw: Number
    submitted_at: Instant
    accepted_late: bool


class HalfHourShape(Shown):
    """A value of a local half-hour of the week, Monday is 0."""

    unit: str
    provider: str
    weekday: int
    start: ClockTold
    kw: Number
    submitted_at: Instant


class LateShape(Shown):
    """A unit's values of a day that came too late for a contract; ``nominations`` are sent back to let them count."""

    unit: str
    provider: str
    contract_id: str
    day: Day
    due: Instant
    submitted_at: Instant
    nominations: list[int]


class LateTold(Told):
    """Which nominations of one unit count although they came too late, and why."""

    nominations: list[int] = Field(min_length=1, max_length=MOST_VALUES)
    reason: Annotated[Lines, Field(max_length=1000)]


class CountedShape(Shown):
    """How many now count."""

    counted: int


class NominationFilter(Page):
    """Which values."""

    unit: Line | None = None
    since: Instant | None = Field(None, description="Periods that start at or after it.")
    until: Instant | None = Field(None, description="Periods that start before it.")
    updated_since: Instant | None = Field(None, description="Values that came at or after it.")


@reads(router, "/nominations", READ, returns=Listed[NominationShape])
def nominations(request: ProgramRequest, asked: Query[NominationFilter]) -> Listed[NominationShape]:
    """The values of single periods of one's units, or of those of one's contracts, as they came."""
    rows: QuerySet[DatedNomination] = nominations_seen_by(request.member, unit=asked.unit or "")
    if asked.since:
        rows = rows.filter(period_start__gte=asked.since)
    if asked.until:
        rows = rows.filter(period_start__lt=asked.until)
    if asked.updated_since:
        rows = rows.filter(submitted_at__gte=asked.updated_since)
    return listed(rows, asked, ("pk",), lambda shown: [_shape(each) for each in shown])


@reads(router, "/nominations/week", READ, returns=Listed[HalfHourShape])
def week_nominations(request: ProgramRequest, asked: Query[Page]) -> Listed[HalfHourShape]:
    """The values of half-hours of the week, as they came."""
    rows: QuerySet[WeekNomination] = weeks_seen_by(request.member)
    return listed(rows, asked, ("pk",), lambda shown: [_half_hour(each) for each in shown])


@writes(router, "POST", "/nominations", TELL, returns=NominationsTaken)
def post_nominations(request: ProgramRequest, body: NominationsTold) -> NominationsTaken:
    """Say what units are expected to do. What comes after its deadline counts only where the operator lets it.

    Sending the same again changes nothing.
    """
    return take_nominations(request.member, body)


def take_nominations(by: Member, body: NominationsTold) -> NominationsTaken:
    """Keep what was nominated, all of it or nothing. Raises :class:`Problem`, ``Refused`` and ``NotAllowed``."""
    rules.check_may_tell_readings(by)
    if not body.periods and not body.week:
        raise of_request("body_invalid", "Send periods, week, or both.")
    now = clock.now()
    context: JobContext[Member] = JobContext(uuid.UUID(int=0), by, {}, now)
    reading = read_cells(_cells(body), NOMINATION_FILE, zone=by.organisation.zone)
    plan = plan_nominations(context, reading)
    errors = [_fault(each) for each in plan.problems if each.level == "error"]
    if errors:
        sentences = " ".join(dict.fromkeys(each.detail for each in errors))
        raise Problem(422, errors[0].code, sentences, errors=errors)
    told = plan.payload
    nominate(by=by, dated=told.dated, weekly=told.weekly, now=now)
    return NominationsTaken(
        periods=len(told.dated), week=len(told.weekly), warnings=[each.message for each in plan.problems]
    )


@reads(router, "/nominations/late", RUN, returns=Listed[LateShape])
def late_nominations(request: ProgramRequest) -> Listed[LateShape]:
    """What came too late for one's contracts and nobody let count, by unit and day."""
    told = [
        LateShape(
            unit=each.unit.ref,
            provider=each.unit.provider.name,
            contract_id=str(each.contract.pk),
            day=each.day,
            due=each.due,
            submitted_at=each.submitted_at,
            nominations=[one.pk for one in each.nominations],
        )
        for each in late_days_of(request.member, clock.now())
    ]
    return Listed(items=told, next=None)


@writes(router, "POST", "/nominations/late", RUN, returns=CountedShape)
def accept_late_nominations(request: ProgramRequest, body: LateTold) -> CountedShape:
    """Let nominations of one unit count although they came too late."""
    now, named = clock.now(), set(body.nominations)
    found = [
        each for late in late_days_of(request.member, now) for each in late.nominations if each.pk in named
    ]
    accept_late(by=request.member, nominations=found, reason=body.reason, now=now)
    return CountedShape(counted=len(found))


def _cells(body: NominationsTold) -> dict[str, list[dict[str, str]]]:
    return {
        NOMINATED.name: [
            {"asset": each.unit, "start": _utc(each.start), "kw": f"{each.kw:f}"} for each in body.periods
        ],
        WEEK.name: [
            {
                "asset": each.unit,
                "day": DAY_NAMES[each.weekday],
                "start": time_text(each.start),
                "kw": f"{each.kw:f}",
            }
            for each in body.week
        ],
    }


def _utc(instant: datetime) -> str:
    return str(NOMINATED.by_key["start"].kind.write(instant))


FIELDS: dict[str, Any] = {"asset": "unit", "day": "weekday"}


def _fault(problem: FileProblem) -> Fault:
    sheet = NOMINATED if problem.sheet == NOMINATED.name else WEEK
    column = next((each for each in sheet.columns if each.header == problem.column), None)
    key = FIELDS.get(column.key, column.key) if column is not None else ""
    place = f"/{PARTS.get(problem.sheet, '')}"
    if problem.row is not None:
        place = f"{place}/{problem.row - FIRST_ROW}"
    code = code_of_sentence(problem.message) or f"nomination_{key or 'refused'}"
    return Fault(f"{place}/{key}" if key else place, code, problem.message, problem.value)


def _shape(of: DatedNomination) -> NominationShape:
    return NominationShape(
        unit=of.unit.ref,
        provider=of.unit.provider.name,
        start=of.period_start,
        kw=of.kw,
        submitted_at=of.submitted_at,
        accepted_late=of.was_accepted,  # type: ignore[attr-defined]
    )


def _half_hour(of: WeekNomination) -> HalfHourShape:
    return HalfHourShape(
        unit=of.unit.ref,
        provider=of.unit.provider.name,
        weekday=of.weekday,
        start=of.start,
        kw=of.kw,
        submitted_at=of.submitted_at,
    )
