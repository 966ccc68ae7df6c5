"""The availability file as an upload: each row is a stretch that is declared, answered or not there, taken or refused alone."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from accounts.models import Member
from contracts.models import Contract
from marketplace.dates import short_day_text, time_text
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan, counted
from marketplace.numbers import exact_text
from marketplace.workbooks.declare import Reading, Row, SheetReading
from marketplace.workbooks.reading import read
from marketplace.workbooks.stale import is_newer, stale_question, stale_warning
from operations.domain.accepting import Accepted, answer
from operations.domain.called import callable_for
from operations.domain.declaring import check_answer, check_declare, check_shorten, check_unavailability
from operations.domain.local_times import times_text
from operations.domain.missing import notices_seen_by, notify_unavailability, shorten_unavailability
from operations.domain.occurrences import Stretch
from operations.domain.promised import Said, accepted_at
from operations.domain.promising import DayDeclared, declare_days, stretch_of
from operations.domain.stretch_words import decimal_of, mw_text, stretch_text
from operations.domain.told import Promise, contracts_with_availability, promises_of
from operations.enums import UnavailabilityReason
from operations.models import Unavailability
from operations.workbooks.specs import AVAILABILITY, AVAILABILITY_FILE, UNAVAILABILITY

UNKNOWN = "None of your contracts with availability has this ID."


@dataclass
class Planned:
    """What the file would have done."""

    days: list[DayDeclared] = field(default_factory=list)
    answers: list[Accepted] = field(default_factory=list)
    notices: list[tuple[uuid.UUID, Row]] = field(default_factory=list)
    shortened: list[tuple[uuid.UUID, datetime]] = field(default_factory=list)


@dataclass
class _Check:
    """A check as it goes on: what is known, and what was found so far."""

    context: JobContext[Member]
    reading: Reading
    plan: Plan
    planned: Planned
    promises: Mapping[str, Promise]
    seen: dict[tuple[uuid.UUID, date], list[tuple[Stretch, Row]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    units: dict[tuple[str, int], str] = field(default_factory=dict)
    stale: int = 0

    @property
    def is_so(self) -> bool:
        return self.context.member.is_so

    def refuse(self, row: Row, key: str, sentence: str, unit: str) -> None:
        self.plan.problems.append(row.problem(key, sentence))
        self.change(row, unit, "refuse")

    def change(
        self, row: Row, unit: str, action: str, before: str = "", after: str = "", name: str = ""
    ) -> None:
        self.units[row.sheet, row.number] = unit
        fields = ((name, before, after),) if name else ()
        self.plan.changes.append(Change(unit, action, fields))  # type: ignore[arg-type]


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do: one change a row that says something, every problem at its place. Raises ``Unreadable``."""
    is_csv = context.filename.lower().endswith(".csv")
    reading = read(data, AVAILABILITY_FILE, zone=context.member.organisation.zone, is_csv=is_csv)
    sheets = [reading.sheets[each.name] for each in (AVAILABILITY, UNAVAILABILITY)]
    if not any(each.given for each in sheets):
        raise Refused("The file has neither a sheet Availability nor a sheet Unavailability.")
    planned = Planned()
    plan = Plan(problems=list(reading.problems), payload=planned)
    here = _Check(context, reading, plan, planned, _promises(context.member, sheets))
    total = sum(len(each.rows) for each in sheets)
    for row in counted(sheets[0].rows, total, context.progress):
        _check_stretch(here, row)
    notices = _notices(context.member) if sheets[1].rows else {}
    for row in counted(sheets[1].rows, total, context.progress, done=len(sheets[0].rows)):
        _check_notice(here, row, notices)
    thing = "answer" if here.is_so else "declaration"
    plan.confirm = stale_question(here.stale, thing)
    plan.problems.sort(key=lambda problem: (problem.sheet, problem.row or 0))
    plan.refuse_by_rows(here.units)
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Do what was planned. Raises ``Refused`` when a lock or an answer has come meanwhile."""
    planned: Planned = plan.payload
    declare_days(by=context.member, days=planned.days, now=context.now)
    answer(by=context.member, stretches=planned.answers, now=context.now)
    for contract_id, row in planned.notices:
        notify_unavailability(
            by=context.member,
            contract_id=contract_id,
            start=row["start"],
            end=row["end"],
            mw=row["mw"],
            reason=UnavailabilityReason(row["reason"]),
            now=context.now,
        )
    for notice_id, end in planned.shortened:
        shorten_unavailability(by=context.member, notice_id=notice_id, end=end, now=context.now)


def _promises(member: Member, sheets: Sequence[SheetReading]) -> dict[str, Promise]:
    """The member's contracts that the file names, by the text that names them, with what was said of their days."""
    texts = {row["contract_id"] for sheet in sheets for row in sheet.rows if row["contract_id"]}
    ids = {text: found for text in texts if (found := _uuid(text)) is not None}
    days = [row["day"] for row in sheets[0].rows if row["day"]]
    days += [row[key].date() for row in sheets[1].rows for key in ("start", "end") if row[key]]
    if not days or not ids:
        return {}
    contracts = list(contracts_with_availability(member).filter(pk__in=ids.values()))
    first = max(min(days), min((each.first_day for each in contracts), default=min(days)))
    last = min(max(days), max((each.end_day for each in contracts), default=max(days)))
    one = timedelta(days=1)
    known = {each.contract.pk: each for each in promises_of(contracts, first - one, max(first, last) + one)}
    return {text: known[key] for text, key in ids.items() if key in known}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _check_stretch(here: _Check, row: Row) -> None:
    key = "accepted" if here.is_so else "declared"
    unit = f"{AVAILABILITY.name}, row {row.number}"
    if row.bad:
        here.change(row, unit, "refuse")
        return
    promise = here.promises.get(row["contract_id"])
    if promise is None:
        here.refuse(row, "contract_id", UNKNOWN, unit)
        return
    if row[key] is None:
        here.change(row, unit, "unchanged")
        return
    contract, zone = promise.contract, promise.rules.zone
    told = DayDeclared(contract.pk, row["day"], row[key], row["start"], row["end"])
    try:
        asked = stretch_of(promise, told)
    except Refused as refusal:
        here.refuse(row, "day", refusal.sentence, unit)
        return
    day = f"{short_day_text(row['day'])}, {times_text(asked.start, asked.end, zone)}"
    unit = f"{_name(contract)}, {day}"
    here.units[row.sheet, row.number] = unit
    twice = next((other for one, other in here.seen[contract.pk, told.day] if _overlap(one, asked)), None)
    here.seen[contract.pk, told.day].append((asked, row))
    if twice is not None:
        here.refuse(row, "start", f"This covers time that row {twice.number} covers already.", unit)
        return
    _plan_stretch(here, row, promise, asked, told, key, unit)


def _plan_stretch(
    here: _Check, row: Row, promise: Promise, asked: Stretch, told: DayDeclared, key: str, unit: str
) -> None:
    said: Sequence[Said] = promise.told.answered if here.is_so else promise.told.declared
    touched = [each for each in said if _overlap(each, asked)]
    if _stands(said, asked):
        here.change(row, unit, "unchanged")
        return
    seen = callable_for(promise.contract, promise.terms, promise.occurrences)
    terms, now = promise.terms.declaration, here.context.now
    try:
        if here.is_so:
            check_answer(seen, terms, asked, promise.told.declared, now, promise.told.answered)
        else:
            check_declare(seen, terms, asked, now)
    except Refused as refusal:
        here.refuse(row, key, refusal.sentence, unit)
        return
    before = ", ".join(dict.fromkeys(mw_text(each.mw) for each in touched))
    action = "update" if touched else "create"
    here.change(
        row, unit, action, before, mw_text(asked.mw), "Accepted (MW)" if here.is_so else "Declared (MW)"
    )
    newest = max((each.at for each in touched), default=None)
    if newest is not None and is_newer(here.reading, newest):
        zone = here.context.member.organisation.zone
        thing = "answer" if here.is_so else "declaration"
        here.plan.problems.append(stale_warning(here.reading, row, key, set_at=newest, zone=zone))
        here.stale += bool(thing)
    if here.is_so:
        here.planned.answers.append(
            Accepted(promise.contract.pk, asked.start, asked.end, decimal_of(asked.mw))
        )
    else:
        here.planned.days.append(told)


def _stands(said: Sequence[Said], asked: Stretch) -> bool:
    """Whether the same MW were said for all of the time."""
    marks = sorted(
        {asked.start, *(at for each in said for at in (each.start, each.end) if asked.start < at < asked.end)}
    )
    for at in marks:
        last = next((each for each in reversed(said) if each.start <= at < each.end), None)
        if last is None or last.mw != asked.mw:
            return False
    return True


def _check_notice(here: _Check, row: Row, notices: Mapping[uuid.UUID, Sequence[Unavailability]]) -> None:
    unit = f"{UNAVAILABILITY.name}, row {row.number}"
    if row.bad:
        here.change(row, unit, "refuse")
        return
    promise = here.promises.get(row["contract_id"])
    if promise is None:
        here.refuse(row, "contract_id", UNKNOWN, unit)
        return
    contract, zone = promise.contract, promise.rules.zone
    start, end = row["start"], row["end"]
    unit = f"{_name(contract)}, {stretch_text(start, end, zone)}"
    alike = [
        each
        for each in notices.get(contract.pk, ())
        if (each.start, each.mw, each.reason) == (start, row["mw"], row["reason"])
    ]
    if any(each.end == end for each in alike):
        here.change(row, unit, "unchanged")
        return
    if here.is_so:
        here.refuse(row, "contract_id", "The provider notifies unavailability; you read it here.", unit)
        return
    longer = next((each for each in alike if each.end > end), None)
    asked = Stretch(start, end, Fraction(row["mw"]))
    try:
        if longer is not None:
            check_shorten(Stretch(start, longer.end, asked.mw), end, here.context.now)
            here.planned.shortened.append((longer.pk, end))
            here.change(row, unit, "update", _moment(longer.end, zone), _moment(end, zone), "End")
            return
        accepted = accepted_at(promise.occurrences, promise.rules, promise.told, here.context.now)
        seen = callable_for(contract, promise.terms, promise.occurrences)
        check_unavailability(seen, asked, accepted)
    except Refused as refusal:
        here.refuse(row, "start", refusal.sentence, unit)
        return
    here.planned.notices.append((contract.pk, row))
    here.change(row, unit, "create", "", exact_text(row["mw"]), "Available (MW)")


def _notices(member: Member) -> dict[uuid.UUID, list[Unavailability]]:
    found: dict[uuid.UUID, list[Unavailability]] = defaultdict(list)
    for each in notices_seen_by(member):
        found[each.contract_id].append(each)
    return found


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.date().isoformat()} {time_text(local.time())}"


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one.start < other.end and other.start < one.end


def _name(contract: Contract) -> str:
    return f"{contract.competition.ref} {contract.period_name}/{contract.window_name}"
