"""When the units of a provider were dispatched, and on which local days."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from operations.domain.measuring import requested_of, unit_dispatches
from operations.domain.series import minute_of

Span = tuple[int, int]
"""Minutes since 1970, from and until."""


def spans_of_seller(seller: UUID, first: date, until: datetime) -> dict[str, list[Span]]:
    """By the ref of a unit, the spans of the dispatches with effect that begin between a day and an instant."""
    since = datetime.combine(first, time(), UTC)
    found: dict[str, list[Span]] = defaultdict(list)
    for dispatch, refs in unit_dispatches(seller, since, until):
        profile = requested_of(dispatch)
        for ref in refs:
            found[ref].append((minute_of(profile.start), minute_of(profile.end)))
    return found


def touched_days(spans: Iterable[Span], zone: ZoneInfo) -> set[date]:
    """The local days that the spans touch."""
    return {
        datetime.fromtimestamp(minute * 60, UTC).astimezone(zone).date()
        for start, end in spans
        for minute in (start, end - 1)
    }
