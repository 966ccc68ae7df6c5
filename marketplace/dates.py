"""How days, instants and times of day are written for people, everywhere: pages, mails, letters, sentences.
Pure."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
DAY_LENGTH = len("2026-04-05")
MANY_DAYS = 270
FIRST_YEAR, LAST_YEAR = 2000, 2200
FEW_DAYS = 2
CLOCK_INPUT = "%H:%M"
"""How a time of day is typed into forms."""


def day_text(day: date) -> str:
    """5 April 2026."""
    return f"{day.day} {day:%B %Y}"


def moment_text(instant: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """5 April 2026, 17:00 BST: an instant in the zone, which is named. With the seconds where they matter."""
    local = instant.astimezone(zone)
    return f"{day_text(local)}, {local:%H:%M:%S %Z}" if seconds else f"{day_text(local)}, {local:%H:%M %Z}"


def named_day(text: str) -> date:
    """The day that an address or a field names, as 2026-04-05. Raises ``ValueError`` for no day, and for one that no
    service can be on, so that days around it can be counted."""
    day = date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day.year} is no year of a service")
    return day


def named_month(text: str) -> date:
    """The first day of a month that is named as 2026-04. Raises as :func:`named_day`."""
    return named_day(f"{text}-01")


def utc_stamp(instant: datetime) -> str:
    """2026-04-05T16:00:00Z: an instant as programs and their files have it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def instant_text(instant: datetime) -> str:
    """2026-06-01T16:00:00Z, with the fraction of a second where there is one: as programs read it (RFC 3339)."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def time_text(clock_time: time) -> str:
    """17:00."""
    return f"{clock_time:%H:%M}"


def time_of_day(instant: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """17:00, or 17:00:07: the time of day of an instant in the zone, where its day is known."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def day_in_ref(day: date) -> str:
    """20260405: a day as part of a ref."""
    return f"{day:%Y%m%d}"


def told_text(text: str, zone: ZoneInfo) -> str:
    """A day or instant that was kept as ISO 8601, as people read it; any other text as it is."""
    if not _ISO.fullmatch(text):
        return text
    try:
        return day_text(date.fromisoformat(text)) if len(text) == DAY_LENGTH else _instant_text(text, zone)
    except ValueError:
        return text


def _instant_text(text: str, zone: ZoneInfo) -> str:
    instant = datetime.fromisoformat(text)
    return text if instant.tzinfo is None else moment_text(instant, zone)


def month_code(month: date) -> str:
    """2026-04: a month as files and programs write it."""
    return f"{month:%Y-%m}"


def month_word(month: date) -> str:
    """Apr, and Jan 2027 where a year begins: the mark of a month on a timeline."""
    return f"{month:%b %Y}" if month.month == 1 else f"{month:%b}"


def short_day_text(day: date) -> str:
    """3 Dec: a day of this season."""
    return f"{day.day} {day:%b}"


def short_day_year_text(day: date) -> str:
    """3 Dec 2026."""
    return f"{day.day} {day:%b %Y}"


def long_day_text(day: date) -> str:
    """3 December: a day of this year in a sentence."""
    return f"{day.day} {day:%B}"


def weekday_text(day: date) -> str:
    """Thursday."""
    return f"{day:%A}"


def short_weekday_text(day: date) -> str:
    """Thu."""
    return f"{day:%a}"


def month_text(month: date) -> str:
    """December 2026."""
    return f"{month:%B %Y}"


def short_month_text(month: date) -> str:
    """Dec 26: the column of a month."""
    return f"{month:%b %y}"


def season_text(instant: datetime, zone: ZoneInfo, now: datetime, *, seconds: bool = False) -> str:
    """3 Dec, 17:00 in a table of this season; with the year where it lies more than nine months from
    ``now``, and with the seconds where they matter."""
    local = instant.astimezone(zone)
    is_far = abs((instant - now).days) > MANY_DAYS
    day = short_day_year_text(local) if is_far else short_day_text(local)
    return f"{day}, {time_of_day(instant, zone, seconds=seconds)}"


def left_text(until: datetime, now: datetime) -> str:
    """How long it takes until then: 7 d, 3 h 41 min, 12 min; nothing when it has passed."""
    minutes = int((until - now).total_seconds() // 60)
    if minutes < 0:
        return ""
    days, hours = minutes // 1440, minutes // 60
    if days >= FEW_DAYS:
        return f"{days} d"
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
