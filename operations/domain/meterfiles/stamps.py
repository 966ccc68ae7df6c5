"""Dates and times as meter files write them, and the instants that they name. Pure."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from operations.domain.meterfiles.mapping import Clock, Order

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
STAMP = re.compile(
    r"'?(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}|\d{8})"
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]0+)?)?")
UNIX = re.compile(r"\d{10}(?:\.0+)?|\d{13}")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
YEARS = range(1970, 2200)
FURTHEST = timedelta(hours=14)
"""No zone's clocks are further from UTC."""


class BadStamp(ValueError):
    """A date or time that can't be read or does not exist: the message is the sentence for people."""


def day_of(text: str, order: Order) -> date:
    """The day that a text names. Raises :class:`BadStamp`, also for one of a year in which no meter was read."""
    try:
        found = _day_of(text, order)
    except (ValueError, KeyError):
        raise BadStamp(f"“{text}” is not a date.") from None
    if found.year not in YEARS:
        raise BadStamp(f"“{text}” is not a date of the years {YEARS.start} to {YEARS[-1]}.")
    return found


def _day_of(text: str, order: Order) -> date:
    parts = re.split(r"[-/. ]", text)
    if len(parts) == 1:
        return date.fromisoformat(text)
    if len(parts[0]) == 4:
        year, month, day = (int(each) for each in parts)
        return date(year, month, day)
    if not parts[1].isdigit():
        day, month, year = int(parts[0]), MONTHS[parts[1][:3].lower()], int(parts[2])
    else:
        first, second, year = (int(each) for each in parts)
        month, day = (first, second) if order is Order.MONTH_FIRST else (second, first)
    return date(year + 2000 if year < 100 else year, month, day)


def minute_of_day(text: str) -> int:
    """The minutes from midnight of a clock time, up to 24:00. Raises :class:`BadStamp`."""
    found = TIME.fullmatch(text.strip().strip("'"))
    if found is None or int(found[2]) > 59 or int(found[3] or 0):
        raise BadStamp(f"“{text}” is not a clock time of whole minutes.")
    minutes = int(found[1]) * 60 + int(found[2])
    if minutes > 1440:
        raise BadStamp(f"“{text}” is not a clock time.")
    return minutes


def stamp_of(text: str, order: Order) -> datetime:
    """A stamp as written: aware where it has an offset or counts seconds since 1970. Raises :class:`BadStamp`."""
    if UNIX.fullmatch(text):
        seconds, rest = (
            divmod(int(text.partition(".")[0]), 1000)
            if len(text.partition(".")[0]) == 13
            else (int(text.partition(".")[0]), 0)
        )
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)
    found = STAMP.fullmatch(text.strip())
    if found is None:
        raise BadStamp(f"“{text}” is not a date and time.")
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        raise BadStamp(f"“{text}” is not a date and time.")
    day = datetime.combine(day_of(found["date"], order), datetime.min.time())
    fraction = timedelta(microseconds=int((found["fraction"] or "0")[:6].ljust(6, "0")))
    local = day + timedelta(hours=hour, minutes=minute, seconds=second) + fraction
    return local if not found["offset"] else local.replace(tzinfo=UTC) - _offset(found["offset"])


def written_day(text: str, order: Order) -> date:
    """The day that a date or a stamp names, as it is written: no offset moves it. 24:00 is the midnight of the
    next. Raises :class:`BadStamp`, also for seconds since 1970, which name a day of UTC."""
    stamp = stamp_of(text, order)
    if stamp.tzinfo is None:
        return stamp.date()
    found = STAMP.fullmatch(text.strip())
    return day_of(found["date"] if found else text, order)


def _offset(text: str) -> timedelta:
    if text[0] not in "+-":
        return timedelta(0)
    digits = text[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if int(digits[2:]) > 59 or size > FURTHEST:
        raise BadStamp(f"“{text}” is not an offset from UTC.")
    return size if text[0] == "+" else -size


def instants_of(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants that show this local time: none where the clocks skip it, two where it comes twice, in their order."""
    found = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(each for each in found if each.astimezone(zone).replace(tzinfo=None) == local)


def standard_offset(day: date, zone: ZoneInfo) -> timedelta:
    """The zone's offset without daylight saving, that year."""
    noon = datetime(day.year, 1, 1, 12, tzinfo=zone)
    found = noon.utcoffset()
    summer = datetime(day.year, 7, 1, 12, tzinfo=zone).utcoffset()
    assert found is not None
    assert summer is not None
    return min(found, summer)


def fixed_instant(local: datetime, clock: Clock, zone: ZoneInfo) -> datetime:
    """The instant of a stamp whose clock never changes. Raises :class:`BadStamp` for one that has no offset and needs one."""
    if local.tzinfo is not None:
        return local
    if clock is Clock.OFFSET:
        raise BadStamp("The stamp has no offset: write it with Z or +01:00.")
    if clock is Clock.STANDARD:
        return (local - standard_offset(local.date(), zone)).replace(tzinfo=UTC)
    return local.replace(tzinfo=UTC)


def midnight(day: date, clock: Clock, zone: ZoneInfo) -> datetime:
    """When a day begins by that clock."""
    start = datetime.combine(day, datetime.min.time())
    if clock is Clock.LOCAL:
        return start.replace(tzinfo=zone).astimezone(UTC)
    return fixed_instant(start, Clock.UTC if clock is Clock.OFFSET else clock, zone)
