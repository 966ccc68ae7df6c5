"""What a competition requires when, worked out once for all visitors of its public page."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from competitions.domain.requirement import chart_of, required
from competitions.domain.setting_up.terms import WindowTerms
from competitions.models import Competition
from marketplace import memo
from marketplace.calendar import holidays_between
from marketplace.seen import mark_of
from marketplace.units import power_unit

KEPT_SECONDS = 24 * 3600


def requirement_chart(
    competition: Competition, windows: Sequence[WindowTerms]
) -> tuple[dict[str, Any], Decimal | None]:
    """The chart of what these windows require, and the highest of it in MW or MVAr (None without windows).

    It is kept by all that it depends on, so a visit after the first one works nothing out.
    """
    operator = competition.operator
    unit = power_unit(competition.power_type)
    told = [repr(window) for window in windows]
    key = f"competitions.required.{mark_of([told, operator.country, operator.holiday_region, operator.zone.key, unit])}"
    found: tuple[dict[str, Any], Decimal | None] | None = memo.recall(key)
    if found is None:
        holidays = partial(holidays_between, operator.country, operator.holiday_region)
        steps = required(windows, holidays, operator.zone)
        found = chart_of(steps, operator.zone, unit), max((step.megawatts for step in steps), default=None)
        memo.keep(key, found, KEPT_SECONDS)
    return found
