"""The decision desk's charts as ECharts options; every figure in them stands in a table beside them too."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bidding.enums import Decision
from bidding.presenters.decisions import BidRow, WindowLine
from marketplace.numbers import power_text
from marketplace.units import currency_sign
from marketplace.web.charts import grouped_bars

COLOURS = {Decision.ACCEPTED: "#2b8a3e", Decision.REJECTED: "#adb5bd", Decision.UNDECIDED: "#1c6fb8"}
MOST_BLOCKS = 200


def merit_order_chart(
    rows: Sequence[BidRow], required_mw: Decimal, unit: str, currency: str
) -> dict[str, Any]:
    """The bids of one window, cheapest per MW first: each a block as wide as its capacity, as high as its cost per MW.

    A line marks what the window requires. The first two hundred bids are drawn.
    """
    series, at = [], Decimal(0)
    for row in rows[:MOST_BLOCKS]:
        end = at + row.bid.capacity_mw
        decision = Decision(row.bid.decision)
        height = float(row.cost_per_mw.quantize(Decimal("0.01")))
        series.append(_block(decision.taken, COLOURS[decision], float(at), float(end), height))
        at = end
    marked = {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": "#1b2733", "width": 2},
        "label": {"formatter": f"{power_text(required_mw, unit)} required", "position": "end"},
        "data": [{"xAxis": float(required_mw)}],
    }
    if series:
        series[0]["markLine"] = marked
    return {
        "animation": False,
        "grid": {"left": 70, "right": 30, "top": 64, "bottom": 50},
        "legend": {"data": sorted({each["name"] for each in series}), "top": 0},
        "xAxis": {
            "type": "value",
            "name": unit,
            "nameLocation": "middle",
            "nameGap": 28,
            "max": float(max(at, required_mw) * Decimal("1.05")),
        },
        "yAxis": {"type": "value", "name": f"{currency_sign(currency)} per {unit}"},
        "series": series,
    }


def coverage_chart(lines: Sequence[WindowLine], unit: str) -> dict[str, Any]:
    """What is accepted, what is recommended and what is required, window by window; many windows can be scrolled."""
    names = [line.decided.window for line in lines]
    series = (
        ("Required", "#868e96", [line.decided.required_mw for line in lines]),
        ("Recommended", "#74a9cf", [line.recommended.accepted_mw for line in lines]),
        ("Accepted", COLOURS[Decision.ACCEPTED], [line.decided.accepted_mw for line in lines]),
    )
    return grouped_bars(names, series, unit)


def _block(name: str, colour: str, start: float, end: float, height: float) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "symbol": "none",
        "data": [[start, height], [end, height]],
        "lineStyle": {"color": colour, "width": 1},
        "itemStyle": {"color": colour},
        "areaStyle": {"color": colour, "opacity": 0.75, "origin": 0},
    }
