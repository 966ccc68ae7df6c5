"""The dates of a competition moved by a number of days, each keeping its local time of day. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from competitions.domain.terms import Terms
from competitions.rules import DATES
from marketplace.calendar import local_instant


def moved(terms: Terms, days: int, zone: ZoneInfo, *, with_periods: bool = True) -> Terms:
    """The terms with every date ``days`` later (earlier where negative).

    An instant keeps its time of day in ``zone``; where the clocks skip that time it is the first that exists.
    Raises ``OverflowError`` for dates beyond the calendar.
    """
    header = {key: moved_instant(value, days, zone) if key in DATES else value for key, value in terms.header.items()}
    step = timedelta(days=days if with_periods else 0)
    windows = tuple(
        replace(window, first_day=window.first_day + step, last_day=window.last_day + step) for window in terms.windows
    )
    return replace(terms, header=header, windows=windows)


def moved_instant(instant: datetime | None, days: int, zone: ZoneInfo) -> datetime | None:
    """An instant ``days`` later at the same local time of day."""
    if instant is None:
        return None
    local = instant.astimezone(zone)
    return local_instant(local.date() + timedelta(days=days), local.time(), zone)
