"""Files of meter readings in the form in which they are uploaded: what is stored of a month, or what is missing."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from accounts.models import Member
from marketplace.dates import month_code, named_month, utc_stamp
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.numbers import exact_text
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text, Whole
from marketplace.workbooks.write import EVALUATED, write_bulk
from operations.domain.completeness import DAY, midnight, missing_periods, month_days, series_of_days
from operations.domain.metered import Metered, metered_of, unit_ids
from operations.domain.reading_days import LETTERS, NOT_TOLD
from operations.domain.series import MICRO, instant_of, minute_of, no_readings
from operations.domain.stored_readings import days_of

COLUMNS = (
    Column(
        "Asset Ref",
        "asset",
        Text(),
        required=True,
        rule="The ref of the asset, or of the group metered as one.",
    ),
    Column(
        "Period Start",
        "start",
        Text(),
        required=True,
        rule="The start of the interval with Z or an offset, such as 2026-06-01T16:00:00Z.",
    ),
    Column("Minutes", "minutes", Whole(1, 30), required=True, rule="1, 5, 10, 15 or 30."),
    Column(
        "Import (kWh)",
        "imported",
        Number(0),
        rule="Energy taken from the network; blank with a blank export: missing.",
    ),
    Column("Export (kWh)", "exported", Number(0), rule="Energy given to the network."),
    Column("Quality", "quality", Text(), rule="A actual, E estimated, M missing; blank: actual."),
)
READINGS = WorkbookSpec(
    "readings",
    "Meter readings",
    "What your meters measured, a row a reading.",
    "Fill in import and export of each interval. Readings that are stored already and equal change nothing.",
    (Sheet("Readings", COLUMNS),),
)
Row = dict[str, Any]


def write_readings(context: JobContext[Member], target: BinaryIO) -> str:
    """What holds of a month, in the form in which it is uploaded; gives the file's name."""
    month, metered = _asked(context)
    return _written(context, target, _stored(context, month, metered), f"readings_{month_code(month)}")


def write_template(context: JobContext[Member], target: BinaryIO) -> str:
    """A row for each period of a month that is over and not complete; gives the file's name."""
    month, metered = _asked(context)
    return _written(
        context, target, _missing(context, month, metered), f"readings_needed_{month_code(month)}"
    )


def _asked(context: JobContext[Member]) -> tuple[date, list[Metered]]:
    try:
        month = named_month(str(context.params.get("month", "")))
    except ValueError:
        raise Refused("Name the month, such as 2026-06.") from None
    named = str(context.params.get("unit", ""))
    metered = [
        each
        for each in metered_of(context.member)
        if not named or (each.unit is not None and str(each.unit.pk) == named)
    ]
    if not metered:
        raise Refused("There is no such asset.")
    return month, metered


def _stored(context: JobContext[Member], month: date, metered: list[Metered]) -> Iterator[Row]:
    zone, days = context.member.organisation.zone, month_days(month)
    since, until = (minute_of(midnight(each, zone)) for each in (days[0], days[-1] + DAY))
    for place, each in enumerate(metered):
        context.progress(place, len(metered))
        if each.unit is None:
            continue
        found = days_of([each.unit.pk], days[0] - DAY, days[-1] + DAY)[each.unit.pk]
        for _, parts in sorted(found.items()):
            for part in parts:
                for start, imported, exported, quality in zip(
                    part.starts.tolist(),
                    part.imported.energy.tolist(),
                    part.exported.energy.tolist(),
                    part.quality.tolist(),
                    strict=True,
                ):
                    if quality != NOT_TOLD and since <= start < until:
                        is_told = LETTERS[quality] != "M"
                        yield {
                            "asset": each.ref,
                            "start": utc_stamp(instant_of(start)),
                            "minutes": part.minutes,
                            "imported": _kwh(imported) if is_told else None,
                            "exported": _kwh(exported) if is_told else None,
                            "quality": LETTERS[quality],
                        }


def _missing(context: JobContext[Member], month: date, metered: list[Metered]) -> Iterator[Row]:
    zone, days = context.member.organisation.zone, month_days(month)
    series = series_of_days(unit_ids(metered), days)
    for each in metered:
        own = series[each.unit.pk] if each.unit is not None else no_readings()
        key = each.unit.pk if each.unit is not None else context.job_id
        needed = missing_periods(
            {key: own}, days, zone, context.now, minutes=each.minutes, estimated_counts=each.estimated_counts
        )
        for start in needed[key]:
            yield {"asset": each.ref, "start": utc_stamp(start), "minutes": each.minutes}


def _kwh(micro: int) -> Any:
    return Decimal(micro) / MICRO


def _written(context: JobContext[Member], target: BinaryIO, rows: Iterable[Row], name: str) -> str:
    if context.params.get("format") == "xlsx":
        write_bulk(READINGS, {"Readings": rows}, target, zone=context.member.organisation.zone)
        return f"{name}.xlsx"
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([column.header for column in COLUMNS])
    for row in rows:
        writer.writerow([_cell(row.get(column.key)) for column in COLUMNS])
    text.detach()
    return f"{name}.csv"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(EVALUATED) else value
    return str(value) if isinstance(value, int) else exact_text(value)
