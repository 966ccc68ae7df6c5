"""Issuing a version of a statement where something differs from the one before, in the caller's transaction.

What follows a final version is a correction: it says only what changed. Its lines count in the next statement of the
contract that is not final or, when none will come, in a version of the last one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from accounts.models import Member, Organisation
from competitions.domain.terms_fields import terms_of
from contracts.models import Contract
from marketplace import states
from marketplace.audit.chain import record
from marketplace.calendar import holidays_between, local_instant
from marketplace.dates import month_code
from settlement.domain.corrections import base_of, corrected_until, pending_for, target_of
from settlement.domain.differences import CARRIED, changed_amounts, differences, differs
from settlement.domain.results import Result, packed, result_of, unpacked
from settlement.domain.since import since_of
from settlement.domain.version_lines import copied_lines, correction_lines, month_lines
from settlement.domain.working_out import WorkedOut
from settlement.enums import AnswerKind, VersionKind, VersionState
from settlement.models import CarriedCorrection, DisputedLine, Statement, StatementLine, StatementVersion

DAY = timedelta(days=1)
SATURDAY = 5


class Came(StrEnum):
    """What a run came to for one contract."""

    ISSUED = "new version"
    CORRECTED = "correction"
    UNCHANGED = "unchanged"
    NOTHING = "nothing earned"
    NO_TERMS = "no settlement terms"
    CLOSED = "no longer corrected"


@dataclass
class Outcome:
    """What a run came to for a contract and month: the versions that it made, and the total before them."""

    contract: Contract
    month: date
    came: Came
    versions: list[StatementVersion] = field(default_factory=list)
    before: Decimal | None = None


@dataclass(frozen=True)
class Run:
    """Who has statements made (None: they come by themselves), with the data of which instant, and when."""

    by: Member | None
    instant: datetime
    now: datetime


def dispute_end(now: datetime, working_days: int, buyer: Organisation) -> datetime:
    """The end of the last of so many working days after the local day of ``now``."""
    day = now.astimezone(buyer.zone).date()
    holidays = holidays_between(buyer.country, buyer.holiday_region, day, day + (working_days * 2 + 30) * DAY)
    left = working_days
    while left:
        day += DAY
        left -= day.weekday() < SATURDAY and day not in holidays
    return local_instant(day + DAY, time(0), buyer.zone)


def issue(worked: WorkedOut, run: Run) -> Outcome:
    """Make the next version of a contract's month, where it differs; the caller holds the chains of both parties."""
    contract, month = worked.contract, worked.statement.month
    result = result_of(worked)
    statement = _locked(contract, month)
    if statement is None:
        if not result["lines"] and not pending_for(contract, month, None, None):
            return Outcome(contract, month, Came.NOTHING)
        statement = Statement.objects.create(contract=contract, month=month)
    before = None if statement.current is None else statement.current.total
    last = statement.versions.order_by("-number").first()
    unchanged = Outcome(contract, month, Came.UNCHANGED, [], before)
    if last is not None and last.data_instant > run.instant:
        return unchanged  # a run that began later was quicker
    base = base_of(statement)
    if base is None:
        made = _next(statement, result, None, run)
        return Outcome(contract, month, Came.ISSUED, [made], before) if made is not None else unchanged
    if run.now > corrected_until(contract, month):
        return Outcome(contract, month, Came.CLOSED, [], before)
    versions = _corrected(statement, result, base, run)
    return Outcome(contract, month, Came.CORRECTED, versions, before) if versions else unchanged


def _locked(contract: Contract, month: date) -> Statement | None:
    found = Statement.objects.select_for_update().filter(contract=contract, month=month).first()
    if found is not None:
        found.contract = contract
    return found


def _corrected(
    statement: Statement, result: Result, base: StatementVersion, run: Run
) -> list[StatementVersion]:
    """The versions that correct a final statement: its own, and that of the statement in which it counts."""
    assert statement.current is not None
    if statement.current.state != VersionState.FINAL:
        made = _next(statement, result, base, run)
        return [] if made is None else [made]
    if not changed_amounts(unpacked(base.result), result):
        return []
    target = target_of(statement, run.now)
    if target == statement:
        made = _next(statement, result, base, run)
        return [] if made is None else [made]
    own = _next(statement, result, base, run, carries_on=True)
    assert own is not None
    into = None if target is None else _locked(statement.contract, target.month)
    if into is None or into.current is None:
        return [own]
    kept = Run(run.by, into.current.data_instant, run.now)
    counted = _next(into, unpacked(into.current.result), base_of(into), kept)
    return [own] if counted is None else [own, counted]


def _next(
    statement: Statement, result: Result, base: StatementVersion | None, run: Run, *, carries_on: bool = False
) -> StatementVersion | None:
    """The next version: all lines of the month or, after a final one, what changed since; None where it says the same."""
    current = statement.current
    pending = [] if carries_on else pending_for(statement.contract, statement.month, statement, base)
    fresh = [each for each in pending if not hasattr(each, "carried")]
    compared = base if carries_on else current
    if compared is not None and not carries_on and not fresh and not _says_more(compared, base, result):
        return None
    changes: list[dict[str, Any]] = []
    if compared is not None:
        since = since_of(statement, compared.data_instant, run.instant, result)
        changes = differences(unpacked(compared.result), result, since)
    if base is None:
        kind, lines = VersionKind.MONTH, month_lines(result)
    else:
        since = since_of(statement, base.data_instant, run.instant, result)
        kind = VersionKind.CORRECTION
        lines = correction_lines(statement, unpacked(base.result), result, since)
    if current is not None:
        changes += [
            {
                "kind": each.kind,
                "reference": each.reference,
                "before": None,
                "after": str(each.amount),
                "why": CARRIED,
            }
            for each in copied_lines(fresh)
        ]
    lines += copied_lines(pending)
    made = _written(statement, kind, result, lines, changes, run, carries_on=carries_on)
    CarriedCorrection.objects.bulk_create(
        [CarriedCorrection(correction=each, statement=statement, at=run.now) for each in fresh]
    )
    return made


def _says_more(compared: StatementVersion, base: StatementVersion | None, result: Result) -> bool:
    """Whether a version says something else than the one before: any figure, or after a final one any amount."""
    known = unpacked(compared.result)
    return differs(known, result) if base is None else bool(changed_amounts(known, result))


def _written(
    statement: Statement,
    kind: VersionKind,
    result: Result,
    lines: Sequence[StatementLine],
    changes: list[dict[str, Any]],
    run: Run,
    *,
    carries_on: bool,
) -> StatementVersion:
    contract, before = statement.contract, statement.current
    assert contract.terms_version is not None
    content, digest = packed(result)
    last = statement.versions.order_by("-number").first()
    is_disputed = (
        not carries_on
        and DisputedLine.objects.filter(dispute__version__statement=statement, state=AnswerKind.OPEN).exists()
    )
    made = StatementVersion.objects.create(
        statement=statement,
        number=1 if last is None else last.number + 1,
        kind=kind,
        state=VersionState.DISPUTED if is_disputed else VersionState.PROVISIONAL,
        terms_version=contract.terms_version,
        data_instant=run.instant,
        total=sum((each.amount for each in lines), Decimal("0.00")),
        complete_lines=sum(each.is_complete for each in lines),
        line_count=len(lines),
        differences=changes,
        carries_on=carries_on,
        issued_at=run.now,
        issued_by_id=None if run.by is None else run.by.user_id,
        dispute_until=dispute_end(
            run.now, terms_of(contract.terms or {}).statement.dispute_days, contract.buyer
        ),
        result=content,
        digest=digest,
    )
    for place, line in enumerate(lines, 1):
        line.version, line.place = made, place
    StatementLine.objects.bulk_create(lines)
    _record(statement, before, made, run)
    if carries_on:
        states.move(
            made,
            "state",
            VersionState.FINAL,
            by=run.by,
            action="correction carried on",
            now=run.now,
            organisation_id=contract.buyer_id,
            finalised_at=run.now,
        )
    else:
        statement.current = made
        statement.save(update_fields=["current"])
    return made


def _record(statement: Statement, before: StatementVersion | None, made: StatementVersion, run: Run) -> None:
    changes = {
        "contract": (None, str(statement.contract_id)),
        "month": (None, month_code(statement.month)),
        "version": (None if before is None else before.number, made.number),
        "kind": (None, made.kind),
        "total": (None if before is None else str(before.total), str(made.total)),
        "digest": (None, made.digest),
    }
    for party in (statement.contract.buyer_id, statement.contract.seller_id):
        record(
            organisation_id=party,
            by=run.by,
            action="statement issued",
            subject=made,
            changes=changes,
            now=run.now,
        )
