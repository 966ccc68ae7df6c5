"""Charts of demand as plans are made from it; the tables beside them have the figures."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from competitions.domain.planning import DayPoint, LoadPoint
from marketplace.dates import day_text, short_day_year_text, time_text
from marketplace.numbers import power_text
from marketplace.web.charts import Chart


def _firm(firm_mw: Decimal) -> dict[str, Any]:
    """The firm capacity as a line across."""
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": "--s-short", "width": 1.5, "type": "dashed"},
        "label": {
            "formatter": f"firm {power_text(firm_mw, 'MW')}",
            "position": "insideEndTop",
            "color": "--ink-2",
        },
        "data": [{"yAxis": float(firm_mw)}],
    }


def _line(name: str, colour: str, values: Sequence[Decimal], **more: Any) -> dict[str, Any]:
    style = {"color": colour, "width": 1.5} | more.pop("style", {})
    return {
        "name": name,
        "type": "line",
        "symbol": "none",
        "itemStyle": {"color": colour},
        "lineStyle": style,
        "data": [float(value) for value in values],
        **more,
    }


def load_chart(curve: Sequence[LoadPoint], firm_mw: Decimal, month: str) -> Chart:
    """The highest demand by time of day against the firm capacity, with what is above it shaded."""
    below = [min(point.highest_mw, firm_mw) for point in curve]
    most = max(curve, key=lambda point: point.highest_mw)
    hidden = {"opacity": 0, "width": 0}
    options = {
        "legend": {"data": ["Highest demand", "Typical demand", "Above firm capacity"]},
        "grid": {"left": 52, "right": 16, "top": 36, "bottom": 28},
        "xAxis": {"type": "category", "data": [time_text(point.at) for point in curve]},
        "yAxis": {"type": "value", "scale": True},
        "series": [
            _line("Up to firm capacity", "--s-eligible", below, stack="demand", style=hidden)
            | {"tooltip": {"show": False}},
            _line(
                "Above firm capacity",
                "--s-short",
                [point.excess_mw for point in curve],
                stack="demand",
                style=hidden,
                areaStyle={"color": "--s-short", "opacity": 0.4},
            ),
            _line(
                "Typical demand",
                "--s-baseline",
                [point.typical_mw for point in curve],
                style={"type": "dashed"},
            ),
            _line(
                "Highest demand",
                "--s-metered",
                [point.highest_mw for point in curve],
                markLine=_firm(firm_mw),
            ),
        ],
    }
    return Chart(
        title=f"Highest demand by time of day, {month}",
        unit="MW",
        sentence=f"Highest demand by time of day in {month}: {power_text(most.highest_mw, 'MW')} at {time_text(most.at)}, "
        f"{power_text(most.excess_mw, 'MW')} above the firm capacity",
        options=options,
        head=("Time of day", "Highest (MW)", "Typical (MW)", "Above firm (MW)"),
        rows=[
            (time_text(point.at), f"{point.highest_mw:f}", f"{point.typical_mw:f}", f"{point.excess_mw:f}")
            for point in curve
        ],
        name="demand-by-time-of-day",
    )


def year_chart(days: Sequence[DayPoint], firm_mw: Decimal) -> Chart:
    """Each day's highest demand through the series, with the firm capacity."""
    above = [point for point in days if point.highest_mw > firm_mw]
    words = f"On {len(above)} of {len(days)} days the demand exceeds {power_text(firm_mw, 'MW')}"
    if above:
        most = max(above, key=lambda point: point.highest_mw)
        words += f", most on {day_text(most.day)}: {power_text(most.highest_mw, 'MW')}"
    options = {
        "grid": {"left": 52, "right": 16, "top": 16, "bottom": 28},
        "xAxis": {"type": "category", "data": [short_day_year_text(point.day) for point in days]},
        "yAxis": {"type": "value", "scale": True},
        "series": [
            _line(
                "Highest of the day",
                "--s-metered",
                [point.highest_mw for point in days],
                markLine=_firm(firm_mw),
            )
        ],
    }
    return Chart(
        title="Is the demand above the firm capacity?",
        unit="MW, the highest of each day",
        sentence=words,
        options=options,
        head=("Day", "Highest demand (MW)"),
        rows=[(day_text(point.day), f"{point.highest_mw:f}") for point in days],
        name="demand-through-the-year",
        size="m",
    )
