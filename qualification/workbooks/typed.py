"""One asset or planned asset as a page types it: read, checked and stored by the very code of the assets
file."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Member
from competitions.workbooks.typed import cell_text
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext, Plan
from marketplace.numbers import exact_text
from marketplace.seen import ChangedMeanwhile, differences_between
from marketplace.workbooks.declare import Problem, Sheet
from marketplace.workbooks.reading import read_cells
from qualification import rules
from qualification.domain.assets.locks import lock_for_write
from qualification.domain.facts.data import values_of
from qualification.domain.verdicts import freeze
from qualification.models import Asset, PlannedAsset
from qualification.workbooks import assets_file
from qualification.workbooks.specs import ASSETS

SHEETS: dict[str, Sheet] = {sheet.name: sheet for sheet in ASSETS.sheets}
FIRST_ROW = 2
TAKEN = "You already have one with this reference: open that one to change it."


def cells_of(record: Asset | PlannedAsset, zone: ZoneInfo) -> dict[str, str]:
    """What is stored, as the cells of the page."""
    if isinstance(record, Asset):
        values, sheet = values_of(record), SHEETS[assets_file.SHEET]
    else:
        values, sheet = assets_file.planned_values(record), SHEETS[assets_file.PLANNED_SHEET]
    return {column.key: _cell(column, values.get(column.key), zone) for column in sheet.columns}


def _cell(column: Any, value: Any, zone: ZoneInfo) -> str:
    if value is None or value == "":
        return ""
    return exact_text(value) if isinstance(value, Decimal) else cell_text(column, value, zone)


def plan_typed(
    *, by: Member, sheet: str, cells: Mapping[str, str], present: Asset | PlannedAsset | None, now: datetime
) -> Plan:
    """What saving these cells would do, with every problem at its column; writes nothing. Raises
    ``NotAllowed``."""
    rules.check_may_manage_assets(by)
    row = {**cells, "ref": present.ref} if present is not None else dict(cells)
    reading = read_cells({sheet: [row]}, ASSETS, zone=by.organisation.zone)
    plan = assets_file.plan_of(_context(by, now), reading)
    if present is None and any(change.action in ("update", "unchanged") for change in plan.changes):
        header = SHEETS[sheet].by_key["ref"].header
        plan.problems.append(Problem(sheet, FIRST_ROW, header, row.get("ref", ""), TAKEN))
    return plan


@transaction.atomic
def save_typed(
    *,
    by: Member,
    sheet: str,
    cells: Mapping[str, str],
    present: Asset | PlannedAsset | None,
    seen: str,
    now: datetime,
) -> uuid.UUID | None:
    """Store what was typed, if what is stored is still as ``seen``; returns the id, None when nothing
    changed.

    Raises ``Refused`` with the first problem, ``ChangedMeanwhile`` when somebody changed it otherwise since;
    ``NotAllowed``.
    """
    if present is None:
        freeze.ready_for_asset_writes()
    else:
        present = lock_for_write(present)
        if version_of(present) != seen:
            _refuse_differences(present, sheet, cells, by.organisation.zone)
    plan = plan_typed(by=by, sheet=sheet, cells=cells, present=present, now=now)
    for problem in plan.problems:
        if problem.level == "error":
            raise Refused(problem.message)
    return store_plan(by=by, plan=plan, now=now)


def store_plan(*, by: Member, plan: Plan, now: datetime) -> uuid.UUID | None:
    """Store a plan of one row that has no error; returns the id, None when nothing changed."""
    assets_file.apply(_context(by, now), plan)
    return plan.payload[0].record.pk if plan.payload else None


def _refuse_differences(
    present: Asset | PlannedAsset, sheet: str, cells: Mapping[str, str], zone: ZoneInfo
) -> None:
    headers = {column.key: column.header for column in SHEETS[sheet].columns if column.key != "ref"}
    differences = differences_between(cells_of(present, zone), cells, headers)
    if differences:
        raise ChangedMeanwhile(differences)


def version_of(record: Asset | PlannedAsset | None) -> str:
    """What tells one state of a record from a later one."""
    return "" if record is None else record.changed_at.isoformat()


def _context(by: Member, now: datetime) -> JobContext[Member]:
    return JobContext(job_id=uuid.UUID(int=0), member=by, params={}, now=now)
