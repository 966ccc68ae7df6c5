"""Local times of day within an occurrence, as pages and files give them. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.calendar import local_instant
from marketplace.dates import time_text
from operations.domain.occurrences import Occurrence

DAY = timedelta(days=1)
MIDNIGHT = time(0)


def span_within(occurrence: Occurrence, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of two local times of an occurrence: those before its beginning lie after midnight.

    The end is the first such time after the start, so 00:00 (24:00) is the midnight that ends the day.
    """
    since = local_instant(occurrence.day, start, zone)
    if since < occurrence.start:
        since = local_instant(occurrence.day + DAY, start, zone)
    until = local_instant(occurrence.day, end, zone)
    while until <= since:
        day = until.astimezone(zone).date() + DAY
        until = local_instant(day, end, zone)
    return since, until


def span_of_day(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The same for a day on which the contract has no service, to say so."""
    since = local_instant(day, start, zone)
    until = local_instant(day if end > start else day + DAY, end, zone)
    return since, until


def same_place(of: Occurrence, instant: datetime, within: Occurrence, zone: ZoneInfo) -> datetime:
    """The local time of an instant of one occurrence, in another: by the clock, and no further than its ends."""
    local = instant.astimezone(zone)
    day = within.day + (local.date() - of.day)
    moved = local_instant(day, local.time().replace(tzinfo=None), zone)
    if instant == of.end:
        return within.end
    return min(max(moved, within.start), within.end)


def times_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """From and to as the clocks show them; the midnight at the end is 24:00."""
    return f"{time_text(start.astimezone(zone).time())}–{end_text(start, end, zone)}"


def end_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """The end alone, in the same way."""
    local = end.astimezone(zone)
    return "24:00" if local.time() == MIDNIGHT and end > start else time_text(local.time())
