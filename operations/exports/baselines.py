"""Nominations and fixed references as they are stored, in the form in which they are uploaded."""

from collections.abc import Iterator
from datetime import time
from typing import Any, BinaryIO

from accounts.models import Member
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_bulk
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
    """The last nomination of each period still to come and of each half-hour of the week; gives the file's name."""
    ids = unit_ids(metered_of(context.member))
    rows = {NOMINATED.name: _dated(context, ids), WEEK.name: _weekly(ids)}
    write_bulk(NOMINATION_FILE, rows, target, zone=context.member.organisation.zone)
    return "nominated_baselines.xlsx"


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
    """The operator's references and who follows them; gives the file's name."""
    operator = context.member.organisation_id
    rows = {FIXED.name: _fixed(operator), FOLLOWING.name: _following(operator)}
    write_bulk(REFERENCE_FILE, rows, target, zone=context.member.organisation.zone)
    return "fixed_references.xlsx"


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
            "asset": str(each.unit.asset_id or ""),
            "ref": each.ref,
            "devices": each.devices,
            "from_day": each.from_day,
        }
