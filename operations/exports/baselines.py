"""Nominations and fixed references as they are stored, in the form in which they are uploaded."""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any, BinaryIO

from accounts.models import Member
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.declare import WorkbookSpec
from marketplace.workbooks.write import write_bulk, write_csv
from operations.domain.metered import metered_of, unit_ids
from operations.models import DatedNomination, FixedReference, ReferenceAsset, WeekNomination
from operations.workbooks.baseline_files import (
    FIXED,
    FOLLOWING,
    NOMINATED,
    NOMINATION_FILE,
    REFERENCE_FILE,
    WEEK,
)

Rows = Iterator[dict[str, Any]]


def write_nominations(context: JobContext[Member], target: BinaryIO) -> str:
    """The last nomination of each period still to come and of each half-hour of the week; gives the file's name.

    ``params["sheet"]`` names the one sheet that is written as CSV.
    """
    ids = unit_ids(metered_of(context.member))
    rows = {NOMINATED.name: _dated(context, ids), WEEK.name: _weekly(ids)}
    return _written(context, NOMINATION_FILE, rows, "nominated_baselines", target)


def _written(
    context: JobContext[Member], spec: WorkbookSpec, rows: Mapping[str, Rows], name: str, target: BinaryIO
) -> str:
    """The workbook, or the sheet that is asked for as CSV; the file's name."""
    named, zone = str(context.params.get("sheet", "")), context.member.organisation.zone
    if not named:
        write_bulk(spec, rows, target, zone=zone)
        return f"{name}.xlsx"
    if named not in rows:
        raise Refused("There is no such sheet.")
    write_csv(spec.sheet(named), rows[named], target, zone=zone, for_people=True)
    return f"{named.lower().replace(' ', '_')}.csv"


def _dated(context: JobContext[Member], ids: list[Any]) -> Rows:
    found = DatedNomination.objects.filter(unit__in=ids, period_start__gte=context.now)
    last = found.order_by("unit", "period_start", "-id").distinct("unit", "period_start")
    for each in last.select_related("unit__asset", "unit__group"):
        yield {"asset": each.unit.ref, "start": each.period_start, "kw": each.kw}


def _weekly(ids: list[Any]) -> Rows:
    found = WeekNomination.objects.filter(unit__in=ids)
    last = found.order_by("unit", "weekday", "start", "-id").distinct("unit", "weekday", "start")
    for each in last.select_related("unit__asset", "unit__group"):
        yield {"asset": each.unit.ref, "day": each.weekday, "start": each.start, "kw": each.kw}


def write_references(context: JobContext[Member], target: BinaryIO) -> str:
    """The operator's references and who follows them, or one of the sheets as CSV; gives the file's name."""
    operator = context.member.organisation_id
    rows = {FIXED.name: _fixed(operator), FOLLOWING.name: _following(operator)}
    return _written(context, REFERENCE_FILE, rows, "fixed_references", target)


def _fixed(operator: Any) -> Rows:
    for each in FixedReference.objects.filter(operator=operator).order_by("ref", "from_day"):
        for place, kw in enumerate(each.kw):
            yield {
                "ref": each.ref,
                "from_day": each.from_day,
                "start": time(place // 2, place % 2 * 30),
                "kw": kw,
            }


def _following(operator: Any) -> Rows:
    for each in ReferenceAsset.objects.filter(operator=operator).select_related("unit"):
        yield {
            "asset": str(each.unit.asset_id or each.unit.group_id),
            "ref": each.ref,
            "devices": each.devices,
            "from_day": each.from_day,
        }
