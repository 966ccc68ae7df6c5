"""Competitions as the pages type them: read, checked and stored by the very code of the competition file."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Member
from competitions import rules
from competitions.domain.queries import operator_competitions
from competitions.domain.setting_up.date_shift import Stays, moved_ahead
from competitions.domain.setting_up.terms import Terms, terms_of
from competitions.domain.setting_up.working_copies import Cells, Sheets, locked_copy, working_copies_of
from competitions.models import Competition, WorkingCopy
from competitions.workbooks import competition_file
from competitions.workbooks.specs import BOUNDARIES, COMPETITION_FILE, COMPETITIONS, WINDOWS
from marketplace.dates import time_text
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan
from marketplace.keys import key_form
from marketplace.workbooks.cells import duration_text
from marketplace.workbooks.declare import Column, Problem, Reading
from marketplace.workbooks.reading import read_cells

FIRST_ROW = 2
REF = COMPETITIONS.columns[0]
STAND_IN = "a_ref_that_nobody_has_typed_yet"
"""Stands for a ref that is blank or no ref, so that every other rule is checked beside it."""

EMPTIED = "Every competition needs a row in the sheet {sheet}."
TOO_FAR = "That date is too far away."
CHANGED_MEANWHILE = "Something changed since this was shown. Look at it again, then save."


def cell_text(column: Column, value: Any, zone: ZoneInfo) -> str:
    """A value as a page shows it in an input, such that it reads back the same."""
    if value is None:
        return ""
    written = column.kind.write(value, zone)
    if isinstance(written, datetime):
        return written.isoformat(timespec="auto" if written.second or written.microsecond else "minutes")
    if isinstance(written, timedelta):
        return duration_text(written)
    if isinstance(written, time):
        return time_text(written)
    if isinstance(written, date):
        return written.isoformat()
    if isinstance(written, float) and not isinstance(value, str):
        return f"{value:f}"
    return str(written)


def sheets_of(terms: Terms, zone: ZoneInfo) -> dict[str, list[dict[str, str]]]:
    """Stored terms as the cells of the pages."""
    return {
        COMPETITIONS.name: [_row(COMPETITIONS.columns, {"ref": terms.ref, **terms.header}, zone)],
        BOUNDARIES.name: [_row(BOUNDARIES.columns[1:], vars(part), zone) for part in terms.boundary],
        WINDOWS.name: [_row(WINDOWS.columns[1:], vars(window), zone) for window in terms.windows],
    }


def shown_copy(by: Member, pk: UUID) -> WorkingCopy | None:
    """The organisation's working copy with this id.

    The id of one of its competitions stands for the change of that competition: the copy that was begun, or
    one that is only shown and not kept before something is typed.
    """
    copies = working_copies_of(by)
    competition = operator_competitions(by).filter(pk=pk).first()
    copy = copies.filter(pk=pk).first() or (
        copies.filter(competition=competition).first() if competition else None
    )
    if copy is None and competition is not None:
        sheets = sheets_of(terms_of(competition), competition.operator.zone)
        copy = WorkingCopy(
            pk=competition.pk, operator=competition.operator, competition=competition, sheets=sheets
        )
    return copy


def _row(columns: Sequence[Column], values: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    blank = (None, (), "")
    return {
        column.key: "" if values[column.key] in blank else cell_text(column, values[column.key], zone)
        for column in columns
    }


def plan_typed(*, by: Member, sheets: Sheets, now: datetime) -> Plan:
    """What saving the typed competition would do, with every problem at its sheet, row and column; writes
    nothing."""
    rules.check_may_procure(by)
    header = (sheets.get(COMPETITIONS.name) or [{}])[0]
    ref = _ref_of(sheets)
    reading = _reading(by, header, ref, sheets)
    about_ref = [
        one for one in reading.problems if one.sheet == COMPETITIONS.name and one.column == REF.header
    ]
    if about_ref:
        reading = _reading(by, header, STAND_IN, sheets)
    plan = competition_file.plan_of(_context(by, now), reading)
    if about_ref:
        plan.problems = [*about_ref, *plan.problems]
        plan.changes, plan.payload, plan.confirm = [Change(ref, "refuse")], [], []
    if any(change.action != "create" for change in plan.changes):
        plan.problems += _emptied(sheets)
    return plan


def _reading(by: Member, header: Cells, ref: str, sheets: Sheets) -> Reading:
    """The typed rows as if they stood in a file, all of them under one ref."""
    parts = {
        name: [{**row, "ref": ref} for row in sheets.get(name, ())]
        for name in (BOUNDARIES.name, WINDOWS.name)
    }
    rows = {COMPETITIONS.name: [{**header, "ref": ref}], **parts}
    return read_cells(rows, COMPETITION_FILE, zone=by.organisation.zone)


def _emptied(sheets: Sheets) -> list[Problem]:
    """A file without rows keeps a competition's boundary and windows; who removes them all on a page means
    it."""
    return [
        Problem(COMPETITIONS.name, FIRST_ROW, None, "", EMPTIED.format(sheet=name))
        for name in (BOUNDARIES.name, WINDOWS.name)
        if not sheets.get(name) and name in sheets
    ]


def step_of(problem: Problem) -> str:
    """The sheet on whose page a problem is corrected."""
    for name in (BOUNDARIES.name, WINDOWS.name):
        if problem.message in (competition_file.NEEDS_ROW.format(sheet=name), EMPTIED.format(sheet=name)):
            return name
    return problem.sheet


def is_refused(plan: Plan) -> bool:
    """Whether any error stands in the way of saving."""
    return not plan.changes or any(problem.level == "error" for problem in plan.problems)


@transaction.atomic
def save_typed(
    *, by: Member, sheets: Sheets, seen: str | None, now: datetime, is_confirmed: bool = False
) -> Competition:
    """Store what the plan shows, if it still is what was ``seen`` (its fingerprint; None: nothing was shown).

    Raises ``Refused`` with the first error, when what is stored changed since, or while it is not confirmed
    that a competition becomes visible to providers; ``NotAllowed``.
    """
    plan = plan_typed(by=by, sheets=sheets, now=now)
    for problem in plan.problems:
        if problem.level == "error":
            raise Refused(problem.message)
    if seen is not None and plan.fingerprint() != seen:
        raise Refused(CHANGED_MEANWHILE)
    if plan.confirm and not is_confirmed:
        raise Refused(f"Nothing was saved. {' '.join(plan.confirm)} Tick the box to confirm, then save.")
    competition_file.apply(_context(by, now), plan)
    return Competition.objects.select_related("operator").get(
        ref__iexact=_ref_of(sheets), operator=by.organisation_id
    )


@transaction.atomic
def save_copy(
    *, by: Member, copy_id: UUID, seen: str, now: datetime, is_confirmed: bool = False
) -> Competition:
    """Make the competition that a working copy describes, or change it; the copy has then served.

    Raises ``Refused`` and ``NotAllowed``.
    """
    copy = locked_copy(by, copy_id)
    if copy.competition is not None:
        rules.check_may_edit(copy.competition, now)
    if copy.competition is not None and key_form(_ref_of(copy.sheets)) != key_form(copy.competition.ref):
        raise Refused(f"The ref of {copy.competition.ref} can't change.")
    competition = save_typed(by=by, sheets=copy.sheets, seen=seen, now=now, is_confirmed=is_confirmed)
    copy.delete()
    return competition


def publish(*, by: Member, competition: Competition, now: datetime) -> Competition:
    """Publish a draft at once, which the member has confirmed. Raises ``Refused`` and ``NotAllowed``."""
    rules.check_may_publish(competition, now)
    return _with_date(by, competition, "publish_on", None, now)


def archive(*, by: Member, competition: Competition, now: datetime) -> Competition:
    """Archive what is over, from now on. Raises ``Refused`` and ``NotAllowed``."""
    rules.check_may_archive(competition, now)
    return _with_date(by, competition, "archive_on", now.replace(microsecond=0), now)


def sheets_moved(
    *, competition: Competition, days: int, with_periods: bool, now: datetime
) -> tuple[dict[str, list[dict[str, str]]], list[Stays]]:
    """The competition's cells with what lies ahead moved, and what stays. Raises ``Refused`` where nothing moves."""
    before, zone = terms_of(competition), competition.operator.zone
    try:
        terms, stays = moved_ahead(
            before, days, zone, phase=competition.phase(now), now=now, with_periods=with_periods
        )
    except (OverflowError, ValueError):
        raise Refused(TOO_FAR) from None
    if terms == before and days:
        reasons = " ".join(f"{each.label}: {each.reason}" for each in stays)
        raise Refused(f"No date of {competition.ref} can be moved so. {reasons}".strip())
    return sheets_of(terms, zone), stays


def _with_date(
    by: Member, competition: Competition, key: str, value: datetime | None, now: datetime
) -> Competition:
    terms = terms_of(competition)
    sheets = sheets_of(replace(terms, header={**terms.header, key: value}), competition.operator.zone)
    return save_typed(by=by, sheets=sheets, seen=None, now=now, is_confirmed=True)


def _ref_of(sheets: Sheets) -> str:
    header: Sequence[Cells] = sheets.get(COMPETITIONS.name) or [{}]
    return str(header[0].get("ref", "")).strip()


def _context(by: Member, now: datetime) -> JobContext[Member]:
    return JobContext(uuid.uuid4(), by, {}, now)
