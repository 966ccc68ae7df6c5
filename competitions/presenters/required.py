"""What a competition requires when, worked out once for all visitors of its public pages."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from competitions.domain.need_pattern import DAYS, NeedPattern, days_in_words, hours_in_words, need_pattern
from competitions.domain.requirement import required
from competitions.domain.setting_up.terms import window_terms
from competitions.models import Competition, ServiceWindow
from marketplace import memo
from marketplace.calendar import holidays_between
from marketplace.dates import day_text, month_text, short_day_text, short_month_text
from marketplace.numbers import power_text
from marketplace.seen import mark_of
from marketplace.units import power_unit
from marketplace.web.heat import HeatMap

KEPT_SECONDS = 24 * 3600
SHORT_DAYS = tuple(day[:3] for day in DAYS)
HOURS = tuple(f"{hour:02}:00 to {hour + 1:02}:00" for hour in range(24))
HOUR_HEADS = {hour: f"{hour:02}:00" for hour in range(0, 24, 2)}
WEEK = timedelta(days=7)
MOST_WEEKS = 54
"""A calendar wider than a year is drawn year by year."""


def pattern_of(competition: Competition, windows: Sequence[ServiceWindow]) -> NeedPattern:
    """When the competition's windows require how much.

    It is kept for the competition as it was last changed, so a visit after the first one works nothing out.
    """
    operator = competition.operator
    told = [str(competition.pk), competition.changed_at.isoformat(), *(str(each.pk) for each in windows[:1])]
    key = f"competitions.pattern.{mark_of([told, operator.country, operator.holiday_region, operator.zone.key])}"
    found: NeedPattern | None = memo.cache_get(key)
    if found is None:
        holidays = partial(holidays_between, operator.country, operator.holiday_region)
        terms = [window_terms(window) for window in windows]
        found = need_pattern(required(terms, holidays, operator.zone), operator.zone)
        memo.cache_set(key, found, KEPT_SECONDS)
    return found


def week_heat(pattern: NeedPattern, competition: Competition) -> HeatMap:
    """The need by weekday and hour of the day."""
    unit = power_unit(competition.power_type)
    words = f"Up to {power_text(pattern.highest, unit)} required, {days_in_words(pattern)}, {hours_in_words(pattern)}"
    return HeatMap(SHORT_DAYS, HOURS, pattern.by_week, unit, words, HOUR_HEADS)


def month_heat(pattern: NeedPattern, competition: Competition) -> HeatMap:
    """The need by month and hour of the day."""
    months = pattern.months
    unit = power_unit(competition.power_type)
    cells = {(months.index(month), hour): mw for (month, hour), mw in pattern.by_month.items()}
    most = max(pattern.by_month, key=lambda key: pattern.by_month[key], default=None)
    words = "Nothing is required"
    if most is not None:
        words = f"Most is required in {month_text(most[0])}: {power_text(pattern.by_month[most], unit)} at {most[1]:02}:00"
    return HeatMap([short_month_text(month) for month in months], HOURS, cells, unit, words, HOUR_HEADS)


def calendar_heats(pattern: NeedPattern, competition: Competition) -> list[HeatMap]:
    """The days of service, a column a week; longer than a year, a map for each year."""
    days = sorted(pattern.by_day)
    if not days:
        return []
    if (days[-1] - days[0]) <= WEEK * MOST_WEEKS:
        return [_calendar(pattern, competition, days)]
    years = sorted({day.year for day in days})
    return [_calendar(pattern, competition, [day for day in days if day.year == year]) for year in years]


def _calendar(pattern: NeedPattern, competition: Competition, days: Sequence[date]) -> HeatMap:
    unit = power_unit(competition.power_type)
    monday = days[0] - timedelta(days=days[0].weekday())
    weeks = (days[-1] - monday).days // 7 + 1
    starts = [monday + WEEK * week for week in range(weeks)]
    cells = {(day.weekday(), (day - monday).days // 7): pattern.by_day[day] for day in days}
    outside = frozenset(
        (weekday, week)
        for weekday in range(7)
        for week in (0, weeks - 1)
        if not days[0] <= starts[week] + timedelta(days=weekday) <= days[-1]
    )
    words = (
        f"Service on {len(days)} days from {day_text(days[0])} to {day_text(days[-1])}, "
        f"up to {power_text(max(pattern.by_day[day] for day in days), unit)}"
    )
    columns = [f"week of {day_text(start)}" for start in starts]
    heads = {week: short_day_text(start) for week, start in enumerate(starts)}
    return HeatMap(SHORT_DAYS, columns, cells, unit, words, heads, outside)


def highest_text(value: Decimal, competition: Competition) -> str:
    """The most that is required, with its unit."""
    return power_text(value, power_unit(competition.power_type))
