"""What the pages of meter data show: units with their months, a unit's calendar, a day as a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.dates import day_text, moment_text, month_code, time_of_day
from marketplace.numbers import count_text, rounded_text
from marketplace.web.charts import Chart
from marketplace.web.figures import svg_number
from operations.domain.completeness import (
    DAY,
    DayComplete,
    DayState,
    complete_days,
    month_days,
    series_of_days,
)
from operations.domain.metered import Metered, unit_ids
from operations.domain.series import MICRO, Quality, Series, instant_of, no_readings
from operations.domain.stored_readings import last_told
from operations.models import MeterDay

WORDS = {
    DayState.FULL: "complete",
    DayState.PART: "in part",
    DayState.NONE: "nothing",
    DayState.AHEAD: "still to come",
}
FILLS = {
    DayState.FULL: "b-green",
    DayState.PART: "b-amber",
    DayState.NONE: "b-red",
    DayState.AHEAD: "b-track",
}
QUALITIES = {Quality.ACTUAL: "Actual", Quality.ESTIMATED: "Estimated", Quality.MISSING: "Missing"}


@dataclass(frozen=True)
class UnitMonth:
    """A unit's row: its month, day by day."""

    metered: Metered
    days: Sequence[DayComplete]
    last: datetime | None

    @property
    def complete(self) -> int:
        return sum(each.complete for each in self.days)

    @property
    def needed(self) -> int:
        return sum(each.needed for each in self.days)

    @property
    def is_whole(self) -> bool:
        return self.complete == self.needed

    @property
    def strip(self) -> SafeString:
        """The days as a row of marks; what they come to stands beside it in words."""
        width = 100 / len(self.days)
        marks = format_html_join(
            "",
            '<rect class="{}" x="{}%" width="{}%" y="{}" height="{}"><title>{}</title></rect>',
            (
                (
                    FILLS[each.state],
                    svg_number(place * width),
                    svg_number(width * 0.82),
                    *((1, 12) if each.state is not DayState.NONE else (8, 5)),
                    f"{day_text(each.day)}: {_told(each)}",
                )
                for place, each in enumerate(self.days)
            ),
        )
        return format_html(
            '<svg class="micro" height="14" aria-hidden="true" focusable="false">{}</svg>', marks
        )


def _told(day: DayComplete) -> str:
    if day.state is DayState.AHEAD:
        return WORDS[day.state]
    return f"{WORDS[day.state]}, {count_text(day.complete)} of {count_text(day.needed)} periods"


def unit_months(metered: Sequence[Metered], month: date, zone: ZoneInfo, now: datetime) -> list[UnitMonth]:
    """A row for each of these units."""
    days = month_days(month)
    series = series_of_days(unit_ids(metered), days)
    last = last_told(unit_ids(metered))
    empty = no_readings()
    return [
        UnitMonth(
            each,
            complete_days(
                series[each.unit.pk] if each.unit is not None else empty,
                days,
                zone,
                now,
                minutes=each.minutes,
                estimated_counts=each.estimated_counts,
            ),
            last.get(each.unit.pk) if each.unit is not None else None,
        )
        for each in metered
    ]


@dataclass(frozen=True)
class CalendarDay:
    """A cell of the calendar."""

    day: date
    state: str
    words: str
    told: str
    is_shown: bool


def calendar_of(days: Sequence[DayComplete], shown: date) -> list[list[CalendarDay | None]]:
    """The month by weeks, Monday first; None outside the month."""
    cells: list[CalendarDay | None] = [None] * days[0].day.weekday()
    for each in days:
        told = "" if each.state is DayState.AHEAD else f"{each.complete} of {each.needed}"
        cells.append(CalendarDay(each.day, each.state.value, WORDS[each.state], told, each.day == shown))
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


@dataclass(frozen=True)
class ReadingRow:
    """An interval of a day as it holds."""

    start: str
    minutes: int
    net: str
    quality: str


def reading_rows(series: Series, since: int, until: int, zone: ZoneInfo) -> list[ReadingRow]:
    """The intervals that begin from one minute (since 1970) to before another."""
    within = (series.start >= since) & (series.start < until)
    return [
        ReadingRow(
            time_of_day(instant_of(start), zone),
            minutes,
            "–" if quality == Quality.MISSING else rounded_text(net / MICRO, 3),
            QUALITIES[Quality(quality)],
        )
        for start, minutes, net, quality in zip(
            series.start[within].tolist(),
            series.minutes[within].tolist(),
            series.net[within].tolist(),
            series.quality[within].tolist(),
            strict=True,
        )
    ]


def day_chart(unit: str, day: date, rows: Sequence[ReadingRow]) -> Chart:
    """Net energy of a day as steps."""
    values = [None if each.net == "–" else float(each.net.replace(",", "")) for each in rows]
    known = [each for each in values if each is not None]
    told = (
        f"Net energy of {unit} on {day_text(day)}: {rounded_text(sum(known), 3)} kWh in all"
        if known
        else f"Nothing is known of {unit} on {day_text(day)}"
    )
    return Chart(
        title=f"Metered, {day_text(day)}",
        unit="kWh net an interval; below 0 is import",
        sentence=told,
        options={
            "grid": {"left": 64, "right": 16, "top": 16, "bottom": 26},
            "xAxis": {"type": "category", "data": [each.start for each in rows]},
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": "Metered",
                    "type": "line",
                    "step": "end",
                    "showSymbol": False,
                    "areaStyle": {"color": "--s-metered", "opacity": 0.14},
                    "itemStyle": {"color": "--s-metered"},
                    "lineStyle": {"color": "--s-metered", "width": 2},
                    "data": values,
                }
            ],
        },
        head=("From", "Minutes", "Net (kWh)", "Quality"),
        rows=[(each.start, str(each.minutes), each.net, each.quality) for each in rows],
        name=f"metered-{unit.lower()}-{day}",
    )


@dataclass(frozen=True)
class Telling:
    """Something that was told of a day."""

    at: str
    intervals: int
    minutes: int
    job_id: UUID | None


def tellings_of(rows: Sequence[MeterDay], zone: ZoneInfo) -> list[Telling]:
    """Each time at which something was told, newest first."""
    return [
        Telling(
            moment_text(row.received_at, zone, seconds=True),
            sum(max(a, b) != "-" for a, b in zip(row.import_quality, row.export_quality, strict=True)),
            row.minutes,
            row.job_id,
        )
        for row in reversed(rows)
    ]


def months_around(month: date, now: datetime) -> tuple[str, str]:
    """The codes of the month before, and of the month after unless it lies ahead; empty then."""
    before = month_code(month.replace(day=1) - DAY)
    after = month_days(month)[-1].toordinal() + 1
    following = date.fromordinal(after)
    return before, month_code(following) if following <= now.date() else ""
