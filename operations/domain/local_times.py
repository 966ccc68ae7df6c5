"""Local times of day within an occurrence, as pages and files give them. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.calendar import local_instant
from marketplace.dates import time_text
from operations.domain.occurrences import Occurrence

DAY = timedelta(days=1)
MIDNIGHT = time(0)


def span_within(occurrence: Occurrence, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of two local times of an occurrence: those before its beginning lie after midnight.

    The end is the first such time after the start, so 00:00 (24:00) is the midnight that ends the day. Of a time that comes
    twice the second is meant where it is named (``fold``), or where only that lies in the occurrence or after the start.
    """
    moment = timedelta(microseconds=1)
    since = local_instant(occurrence.day, start, zone)
    if since < occurrence.start:
        since = following(occurrence.start - moment, start, zone)
    return since, following(since, end, zone)


def following(instant: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The next instant after this one at which clocks show that time, which may be the second of an hour that comes twice."""
    day = instant.astimezone(zone).date()
    shown = (local_instant(day, at, zone), local_instant(day, at.replace(fold=1), zone))
    return next((each for each in shown if each > instant), local_instant(day + DAY, at, zone))


def same_place(of: Occurrence, instant: datetime, within: Occurrence, zone: ZoneInfo) -> datetime:
    """The local time of an instant of one occurrence, in another: by the clock, and no further than its ends."""
    local = instant.astimezone(zone)
    day = within.day + (local.date() - of.day)
    moved = local_instant(day, local.time().replace(tzinfo=None), zone)
    if instant == of.end:
        return within.end
    return min(max(moved, within.start), within.end)


def times_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """From and to as the clocks show them; the midnight at the end is 24:00. Of times that come twice each has its name."""
    return f"{clock_words(start, zone)}–{end_text(start, end, zone)}"


def end_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """The end alone, in the same way."""
    local = end.astimezone(zone)
    return "24:00" if local.time() == MIDNIGHT and end > start else clock_words(end, zone)


def clock_words(instant: datetime, zone: ZoneInfo) -> str:
    """What the clocks show, with the name of the time where they show it twice that day: 01:30 GMT."""
    local = instant.astimezone(zone)
    told = time_text(local.time())
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{told} {local.tzname()}" if is_twice else told
