"""The chart of a dispatch: what was metered, expected and asked for, period by period."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.dates import time_of_day
from marketplace.units import power_unit
from marketplace.web.charts import Chart
from operations.domain.measuring import Measured
from operations.domain.performance import PeriodResult
from operations.domain.series import Periods, Series, instant_of, minute_of
from operations.presenters.performance import KW, mwh_text, percent_text

BESIDE = timedelta(hours=3)
"""What is shown of the time before and after a dispatch."""
MW = list[float | None]


@dataclass(frozen=True)
class Lines:
    """MW for each period that is shown; None where nothing is known. The dispatch is from ``begins`` to ``ends``."""

    names: list[str]
    metered: MW
    expected: MW
    asked: MW
    begins: int
    ends: int


def performance_chart(measured: Measured, series: Sequence[Series], zone: ZoneInfo) -> Chart:
    """Metered as an area, the baseline dashed, and what was asked for on top of it as steps; the dispatch shaded."""
    performance = measured.performance
    unit = power_unit(measured.contract.competition.power_type)
    lines = _lines(measured, series, zone)
    share = percent_text(performance.share)
    return Chart(
        title="Baseline, metered and requested",
        unit=f"{unit} export, net; {performance.called.terms.period_minutes} minutes a step",
        sentence=f"{mwh_text(performance.delivered)} of {mwh_text(performance.requested)} {unit}h delivered, {share}",
        options=_options(lines),
        head=("From", f"Metered ({unit})", f"Baseline ({unit})", f"Baseline and requested ({unit})"),
        rows=[
            (name, *map(_told, values))
            for name, *values in zip(lines.names, lines.metered, lines.expected, lines.asked, strict=True)
        ],
        name=f"performance-{measured.dispatch.ref}".lower().replace("/", "-").replace(".", "-"),
    )


def _lines(measured: Measured, series: Sequence[Series], zone: ZoneInfo) -> Lines:
    performance = measured.performance
    called, minutes = performance.called, performance.called.terms.period_minutes
    first, last = performance.periods[0].start, performance.periods[-1].start
    before = range(minute_of(first - BESIDE) // minutes, minute_of(first) // minutes)
    after = range(minute_of(last) // minutes + 1, minute_of(last + BESIDE) // minutes + 1)
    periods = [each.periods(minutes, estimated_counts=called.terms.estimated_counts) for each in series]

    def mw(energy: Fraction) -> float:
        return float(energy * 60 / minutes / KW)

    def during(energy_of: Callable[[PeriodResult], Fraction]) -> MW:
        return [mw(energy_of(each)) if _is_known(each) else None for each in performance.periods]

    def beside(numbers: range) -> MW:
        return [None if (energy := _energy(periods, number)) is None else mw(energy) for number in numbers]

    def clocks(numbers: range) -> list[str]:
        return [time_of_day(instant_of(number * minutes), zone) for number in numbers]

    def alone(inside: MW) -> MW:
        return [*[None] * len(before), *inside, *[None] * len(after)]

    return Lines(
        names=[
            *clocks(before),
            *(time_of_day(each.start, zone) for each in performance.periods),
            *clocks(after),
        ],
        metered=[*beside(before), *during(lambda each: each.metered), *beside(after)],
        expected=alone(during(lambda each: each.baseline)),
        asked=alone(during(lambda each: each.baseline + called.sigma * each.requested)),
        begins=len(before),
        ends=len(before) + len(performance.periods),
    )


def _is_known(period: PeriodResult) -> bool:
    return any(each.flexibility is not None for each in period.units)


def _energy(periods: Sequence[Periods], number: int) -> Fraction | None:
    """kWh of all units in a period beside the dispatch; None unless all readings are there."""
    if not periods or not all(each.is_complete(number) for each in periods):
        return None
    return sum((each.energy(number) for each in periods), Fraction(0))


def _options(lines: Lines) -> dict[str, Any]:
    end = min(lines.ends, len(lines.names) - 1)
    shaded = {
        "silent": True,
        "itemStyle": {"color": "--s-requested", "opacity": 0.08},
        "data": [[{"xAxis": lines.begins}, {"xAxis": end}]],
    }
    return {
        "legend": {},
        "grid": {"left": 56, "right": 16, "top": 40, "bottom": 26},
        "xAxis": {"type": "category", "boundaryGap": False, "data": lines.names},
        "yAxis": {"type": "value", "scale": True},
        "series": [
            _line("Metered", "--s-metered", lines.metered, area=True) | {"markArea": shaded},
            _line("Baseline", "--s-baseline", _drawn_out(lines.expected, lines.ends), dashed=True),
            _line("Baseline and requested", "--s-requested", _drawn_out(lines.asked, lines.ends)),
        ],
    }


def _drawn_out(values: MW, ends: int) -> MW:
    """The last step drawn to where the next period would begin."""
    return [*values[:ends], values[ends - 1], *values[ends + 1 :]]


def _line(name: str, colour: str, data: MW, *, area: bool = False, dashed: bool = False) -> dict[str, Any]:
    options: dict[str, Any] = {
        "name": name,
        "type": "line",
        "step": "end",
        "showSymbol": False,
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 2, "type": "dashed" if dashed else "solid"},
        "data": list(data),
    }
    return options | ({"areaStyle": {"color": colour, "opacity": 0.14}} if area else {})


def _told(value: float | None) -> str:
    return "–" if value is None else f"{Decimal(str(round(value, 3)))}"
