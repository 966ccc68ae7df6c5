"""How days, instants and times of day are written for people, everywhere: pages, mails, letters, sentences. Pure."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
DAY_LENGTH = len("2026-04-05")


def day_text(day: date) -> str:
    """5 April 2026."""
    return f"{day.day} {day:%B %Y}"


def moment_text(instant: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """5 April 2026, 17:00 BST: an instant in the zone, which is named. With the seconds where they matter."""
    local = instant.astimezone(zone)
    return f"{day_text(local)}, {local:%H:%M:%S %Z}" if seconds else f"{day_text(local)}, {local:%H:%M %Z}"


def time_text(clock_time: time) -> str:
    """17:00."""
    return f"{clock_time:%H:%M}"


def month_code(month: date) -> str:
    """2026-04: a month as files and programs write it."""
    return f"{month:%Y-%m}"


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
