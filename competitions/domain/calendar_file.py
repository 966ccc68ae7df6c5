"""The deadlines of a competition as a calendar file (iCalendar, RFC 5545). Pure but for the phase's clock."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event, vText

from competitions.models import Competition

DEADLINES = (
    ("qualification_open", "Qualification opens"),
    ("qualification_close", "Qualification closes"),
    ("bidding_open", "Bidding opens"),
    ("bidding_close", "Bidding closes"),
)


class Text(vText):
    """A text that is escaped by RFC 5545, section 3.3.11.

    The library takes a backslash before an N, as in a name like ``Depot\\North``, for the end of a line.
    """

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\r\n", "\\n").replace("\n", "\\n").encode()


def calendar_of(competition: Competition, address: str) -> bytes:
    """One event for each deadline, at its instant in UTC; ``address`` is the competition's page, with the
    host.

    A competition that is cancelled says so of each, so that calendars drop what they have.
    """
    return calendar_of_many([competition], competition.name, lambda _: address)


def calendar_of_many(
    competitions: Iterable[Competition], name: str, address_of: Callable[[Competition], str]
) -> bytes:
    """The deadlines of several competitions in one calendar of this name."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Flexibility marketplace//Competitions//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", Text(name))
    for competition in competitions:
        for key, title in DEADLINES:
            at = getattr(competition, key)
            if at is not None:
                calendar.add_component(_event(competition, key, title, at, address_of(competition)))
    return bytes(calendar.to_ical(sorted=False))


def _event(competition: Competition, key: str, title: str, at: datetime, address: str) -> Event:
    changed = competition.changed_at.astimezone(UTC)
    event = Event()
    event.add("uid", f"{competition.pk}-{key}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", max(0, int((changed - competition.created_at).total_seconds())))
    event.add("dtstart", at.astimezone(UTC))
    event.add("summary", Text(f"{title}: {competition.name} ({competition.ref})"))
    event.add("description", Text(f"{competition.operator.name}\n{address}"))
    event.add("url", address)
    event.add("status", "CANCELLED" if competition.cancelled_at else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event
