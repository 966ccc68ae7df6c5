"""Charts as plain data: ECharts options whose colours are tokens, the result in a sentence, and the figures
as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MOST_GROUPS = 12

Bars = tuple[str, str, Iterable[Decimal]]
"""Name, colour (a token such as ``--s-required``) and values of one series."""


@dataclass(frozen=True)
class Chart:
    """A chart as pages show it: the question or quantity, its unit, the result in a sentence, and the same
    figures.

    ``options`` are for ECharts; a text in them that begins with ``--`` is read as a token of ``tokens.css``.
    ``name`` is that of the files one can download. Rows hold text, the first cell of each names it.
    """

    title: str
    unit: str
    sentence: str
    options: dict[str, Any]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    name: str
    size: str = ""


def grouped_bars(names: Sequence[str], series: Iterable[Bars], unit: str) -> dict[str, Any]:
    """A group of bars for each name; more than a dozen groups can be scrolled."""
    is_long = len(names) > MOST_GROUPS
    options: dict[str, Any] = {
        "legend": {},
        "grid": {"left": 52, "right": 16, "top": 52, "bottom": 92 if is_long else 44},
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
                "barMaxWidth": 28,
                "itemStyle": {"color": colour},
                "data": [float(value) for value in values],
            }
            for name, colour, values in series
        ],
    }
    if is_long:
        options["dataZoom"] = [{"type": "slider", "startValue": 0, "endValue": MOST_GROUPS - 1, "bottom": 10}]
    return options


def stacked_rows(names: Sequence[str], series: Iterable[Bars], unit: str) -> dict[str, Any]:
    """A horizontal bar for each name, its parts one after another."""
    return {
        "legend": {},
        "grid": {"left": 8, "right": 24, "top": 32, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "name": unit, "nameGap": 6},
        "yAxis": {"type": "category", "data": list(names), "inverse": True},
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "all",
                "barMaxWidth": 18,
                "itemStyle": {"color": colour},
                "data": [float(value) for value in values],
            }
            for name, colour, values in series
        ],
    }


def lines(points: Sequence[str], series: Iterable[Bars], unit: str) -> dict[str, Any]:
    """A line with points for each series over the same names."""
    return {
        "legend": {},
        "grid": {"left": 52, "right": 16, "top": 52, "bottom": 28},
        "xAxis": {"type": "category", "data": list(points), "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "name": unit, "min": 0},
        "series": [
            {
                "name": name,
                "type": "line",
                "connectNulls": True,
                "symbolSize": 6,
                "itemStyle": {"color": colour},
                "lineStyle": {"color": colour, "width": 2},
                "data": [None if value is None else float(value) for value in values],
            }
            for name, colour, values in series
        ],
    }
