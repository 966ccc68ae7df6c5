"""How much capacity is required when: the windows of a competition added up over its periods. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from competitions.domain.setting_up.terms import WindowTerms
from marketplace.calendar import HolidayRule, service_intervals

MOST_STEPS = 6000
"""More than this and the chart shows each day's highest requirement."""


@dataclass(frozen=True)
class Step:
    """From this instant on so much is required."""

    at: datetime
    megawatts: Decimal


def required(
    windows: Iterable[WindowTerms], holidays: Callable[[date, date], frozenset[date]], zone: ZoneInfo
) -> list[Step]:
    """The requirement as steps in time. Windows that overlap add up; ``holidays`` gives those between two days."""
    changes: dict[datetime, Decimal] = defaultdict(Decimal)
    for window in windows:
        rule = HolidayRule(window.public_holidays)
        days = frozenset() if rule is HolidayRule.IGNORE else holidays(window.first_day, window.last_day)
        spans = service_intervals(
            window.first_day, window.last_day, window.weekdays, window.start, window.end, rule, days, zone
        )
        for start, end in spans:
            changes[start] += window.capacity_required_mw
            changes[end] -= window.capacity_required_mw
    total = Decimal(0)
    steps = []
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            steps.append(Step(at, total))
    return steps


def drawn(steps: list[Step], zone: ZoneInfo) -> list[tuple[str, float]]:
    """The steps as points of a chart in local time; of very many, the highest of each day."""
    if len(steps) <= MOST_STEPS:
        return [(f"{step.at.astimezone(zone):%Y-%m-%dT%H:%M}", float(step.megawatts)) for step in steps]
    highest: dict[date, Decimal] = {}
    for step in steps:
        day = step.at.astimezone(zone).date()
        highest[day] = max(highest.get(day, Decimal(0)), step.megawatts)
    return [(f"{day:%Y-%m-%d}", float(most)) for day, most in sorted(highest.items())]


def chart_of(steps: list[Step], zone: ZoneInfo, unit: str) -> dict[str, Any]:
    """Options of a chart of the steps, in which one can look closer."""
    return {
        "grid": {"left": 56, "right": 16, "top": 24, "bottom": 70},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "name": unit, "min": 0},
        "dataZoom": [{"type": "inside"}, {"type": "slider", "bottom": 12, "height": 24}],
        "series": [
            {
                "type": "line",
                "step": "end",
                "name": f"Required ({unit})",
                "showSymbol": False,
                "areaStyle": {"opacity": 0.25},
                "color": "#0b5d57",
                "data": drawn(steps, zone),
            }
        ],
    }
