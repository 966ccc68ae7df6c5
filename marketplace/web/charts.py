"""Charts that several apps draw, as ECharts options."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

MOST_GROUPS = 12

Bars = tuple[str, str, Iterable[Decimal]]
"""Name, colour and values of one series."""


def grouped_bars(names: Sequence[str], series: Iterable[Bars], unit: str) -> dict[str, Any]:
    """A group of bars for each name; more than a dozen groups can be scrolled."""
    is_long = len(names) > MOST_GROUPS
    options: dict[str, Any] = {
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "grid": {"left": 60, "right": 20, "top": 40, "bottom": 100 if is_long else 70},
        "xAxis": {
            "type": "category",
            "data": list(names),
            "axisLabel": {"width": 110, "overflow": "break", "lineHeight": 14},
        },
        "yAxis": {"type": "value", "name": unit},
        "series": [
            {
                "name": name,
                "type": "bar",
                "itemStyle": {"color": colour},
                "data": [float(value) for value in values],
            }
            for name, colour, values in series
        ],
    }
    if is_long:
        options["dataZoom"] = [{"type": "slider", "startValue": 0, "endValue": MOST_GROUPS - 1, "bottom": 10}]
    return options
