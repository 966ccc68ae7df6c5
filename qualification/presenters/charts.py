"""The charts of qualification as ECharts options; every figure in them stands in a table beside them too."""

from collections.abc import Sequence
from typing import Any

from marketplace.web.charts import grouped_bars
from qualification.presenters.assets import EnteredRow


def entered_chart(rows: Sequence[EnteredRow], unit: str) -> dict[str, Any]:
    """Window by window what is required and what those who entered could offer; many windows can be
    scrolled."""
    series = (
        ("Required", "--s-required", [row.window.capacity_required_mw for row in rows]),
        ("Eligible, of those that entered", "--s-entered", [row.entered_mw for row in rows]),
    )
    return grouped_bars([str(row.window) for row in rows], series, unit)
