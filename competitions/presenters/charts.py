"""Charts of competitions as ECharts options; the tables beside them have the figures."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from competitions.domain.planning import LoadPoint
from marketplace.dates import time_text
from marketplace.numbers import power_text


def load_chart(curve: Sequence[LoadPoint], firm_mw: Decimal) -> dict[str, Any]:
    """The highest demand by time of day against the firm capacity, with what is above it shaded."""
    below = [float(min(point.highest_mw, firm_mw)) for point in curve]
    return {
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "data": ["Highest demand", "Typical demand", "Above firm capacity"]},
        "grid": {"left": 60, "right": 20, "top": 40, "bottom": 40},
        "xAxis": {"type": "category", "data": [time_text(point.at) for point in curve]},
        "yAxis": {"type": "value", "name": "MW"},
        "series": [
            {
                "name": "Up to firm capacity",
                "type": "line",
                "stack": "demand",
                "symbol": "none",
                "lineStyle": {"opacity": 0},
                "data": below,
                "tooltip": {"show": False},
            },
            {
                "name": "Above firm capacity",
                "type": "line",
                "stack": "demand",
                "symbol": "none",
                "lineStyle": {"opacity": 0},
                "itemStyle": {"color": "#b5541c"},
                "areaStyle": {"color": "#b5541c", "opacity": 0.55, "decal": {"symbol": "rect"}},
                "data": [float(point.excess_mw) for point in curve],
            },
            {
                "name": "Typical demand",
                "type": "line",
                "symbol": "none",
                "itemStyle": {"color": "#5b3a8c"},
                "lineStyle": {"color": "#5b3a8c", "width": 2, "type": "dashed"},
                "data": [float(point.typical_mw) for point in curve],
            },
            {
                "name": "Highest demand",
                "type": "line",
                "symbol": "none",
                "itemStyle": {"color": "#0d4f63"},
                "lineStyle": {"color": "#0d4f63", "width": 2},
                "data": [float(point.highest_mw) for point in curve],
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "lineStyle": {"color": "#1b2733", "width": 2},
                    "label": {
                        "formatter": f"firm {power_text(firm_mw, 'MW')}",
                        "position": "insideEndTop",
                    },
                    "data": [{"yAxis": float(firm_mw)}],
                },
            },
        ],
    }
