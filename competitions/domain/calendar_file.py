"""The deadlines of a competition as a calendar file (iCalendar, RFC 5545). Pure but for the phase's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime

from competitions.models import Competition

DEADLINES = (
    ("qualification_open", "Qualification opens"),
    ("qualification_close", "Qualification closes"),
    ("bidding_open", "Bidding opens"),
    ("bidding_close", "Bidding closes"),
)
LONGEST_LINE = 75
"""Octets of a line, its end left out."""


def calendar_of(competition: Competition, address: str) -> str:
    """One event for each deadline, at its instant in UTC; ``address`` is the competition's page, with the host.

    A competition that is cancelled says so of each, so that calendars drop what they have.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Flexibility marketplace//Competitions//EN"]
    lines += ["CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(competition.name)}"]
    for key, title in DEADLINES:
        at = getattr(competition, key)
        if at is not None:
            lines += _event(competition, key, title, at, address)
    lines.append("END:VCALENDAR")
    return "".join(folded(line) for line in lines)


def _event(competition: Competition, key: str, title: str, at: datetime, address: str) -> Iterator[str]:
    changed = competition.changed_at
    yield "BEGIN:VEVENT"
    yield f"UID:{competition.pk}-{key}"
    yield f"DTSTAMP:{_utc(changed)}"
    yield f"LAST-MODIFIED:{_utc(changed)}"
    yield f"SEQUENCE:{max(0, int((changed - competition.created_at).total_seconds()))}"
    yield f"DTSTART:{_utc(at)}"
    yield f"SUMMARY:{escaped(f'{title}: {competition.name} ({competition.ref})')}"
    yield f"DESCRIPTION:{escaped(competition.operator.name)}\\n{escaped(address)}"
    yield f"URL:{address}"
    yield f"STATUS:{'CANCELLED' if competition.cancelled_at else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Text as a property's value: backslash, semicolon, comma and line break are written with a backslash."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for character, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(character, written)
    return plain


def folded(line: str) -> str:
    """A line with its end, broken so that none has more than 75 octets and no character is torn."""
    parts: list[str] = []
    part, length = "", 0
    for character in line:
        size = len(character.encode())
        if length + size > LONGEST_LINE:
            parts.append(part)
            part, length = " ", 1
        part += character
        length += size
    return "\r\n".join([*parts, part]) + "\r\n"
