"""What a file comes to by a mapping: totals of each meter, and its readings as a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from marketplace.dates import moment_text, short_day_text, time_text
from marketplace.numbers import count_text, rounded_text
from marketplace.web.charts import Chart
from marketplace.workbooks.declare import Problem
from operations.domain.meterfiles.collected import MeterTold
from operations.domain.meterfiles.taking import Taken
from operations.domain.series import MICRO, Quality, instant_of

MOST_METERS, MOST_POINTS, MOST_PROBLEMS = 20, 336, 8


@dataclass(frozen=True)
class MeterSum:
    """What is told of one meter, summed."""

    meter: str
    readings: str
    first: str
    last: str
    imported: str
    exported: str
    missing: str
    estimated: str


@dataclass(frozen=True)
class Mapped:
    """A file by a mapping."""

    meters: Sequence[MeterSum]
    more: int
    rows: int
    problems: Sequence[Problem]
    more_problems: int
    chart: Chart | None


def mapped_of(taken: Taken, zone: ZoneInfo) -> Mapped:
    """What the file comes to."""
    return Mapped(
        [_sum(each, zone) for each in taken.meters[:MOST_METERS]],
        max(0, len(taken.meters) - MOST_METERS),
        taken.rows,
        taken.problems[:MOST_PROBLEMS],
        max(0, len(taken.problems) - MOST_PROBLEMS),
        _chart(taken.meters[0], zone) if taken.meters else None,
    )


def _sum(told: MeterTold, zone: ZoneInfo) -> MeterSum:
    starts = np.frombuffer(told.starts, np.int64)
    qualities = np.maximum(
        np.frombuffer(told.import_quality, np.int8), np.frombuffer(told.export_quality, np.int8)
    )
    imported, exported = (int(np.frombuffer(data, np.int64).sum()) for data in (told.imported, told.exported))
    return MeterSum(
        told.meter,
        count_text(len(starts)),
        moment_text(instant_of(int(starts[0])), zone),
        moment_text(instant_of(int(starts[-1])), zone),
        rounded_text(imported / MICRO, 3),
        rounded_text(exported / MICRO, 3),
        count_text(int((qualities == Quality.MISSING).sum())),
        count_text(int((qualities == Quality.ESTIMATED).sum())),
    )


def _chart(told: MeterTold, zone: ZoneInfo) -> Chart:
    """The first week of the first meter, net."""
    rows = []
    for start, minutes, imported, import_quality, exported, export_quality, _ in list(told.readings())[
        :MOST_POINTS
    ]:
        is_missing = max(import_quality, export_quality) == Quality.MISSING
        net = None if is_missing else (exported - imported) / MICRO
        rows.append((instant_of(start).astimezone(zone), minutes, net))
    known = [net for _, _, net in rows if net is not None]
    return Chart(
        title=f"First readings of {told.meter}",
        unit="kWh net an interval; below 0 is import",
        sentence=f"The first {count_text(len(rows))} readings of {told.meter} come to {rounded_text(sum(known), 3)} kWh net",
        options={
            "grid": {"left": 64, "right": 16, "top": 16, "bottom": 26},
            "xAxis": {
                "type": "category",
                "data": [f"{short_day_text(at)} {time_text(at.time())}" for at, _, _ in rows],
            },
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": "Net",
                    "type": "line",
                    "step": "end",
                    "showSymbol": False,
                    "areaStyle": {"color": "--s-metered", "opacity": 0.14},
                    "itemStyle": {"color": "--s-metered"},
                    "lineStyle": {"color": "--s-metered", "width": 1.5},
                    "data": [net for _, _, net in rows],
                }
            ],
        },
        head=("From", "Minutes", "Net (kWh)"),
        rows=[
            (
                f"{at.date().isoformat()} {time_text(at.time())}",
                str(minutes),
                "–" if net is None else rounded_text(net, 3),
            )
            for at, minutes, net in rows
        ],
        name="readings",
    )
