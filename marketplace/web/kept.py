"""What pages show again for some seconds without asking the database: by a web process, in its own memory.

What an organisation did itself is never missed; what others did and what time brought may be for :data:`KEPT`. It ends
with the clock's own stretches of that length, so that a deadline at a full minute is never missed.
"""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from django.core.cache import caches

from marketplace.members import Member

KEPT = timedelta(seconds=20)
Found = TypeVar("Found")
ChangeMark = Callable[[uuid.UUID], object]
_own_marks: list[ChangeMark] = []
_NOTHING = object()


def register_change_mark(mark: ChangeMark) -> None:
    """Register ``mark(organisation_id)``, which is another one after anything that the organisation did."""
    if mark not in _own_marks:
        _own_marks.append(mark)


def kept_for(member: Member, what: str, make: Callable[[], Found], now: datetime) -> Found:
    """What ``make()`` found lately for the member's organisation, for the same roles and the same eyes, under the
    name ``what``.

    So ``make`` finds the same for all colleagues with the same roles, and nothing that is still to be asked.
    """
    eyes = "admin" if member.is_seen_by_admin else "own"
    marks = (mark(member.organisation_id) for mark in _own_marks)
    key = key_of(what, member.organisation_id, eyes, *sorted(member.roles), *marks, stretch(now))
    found: Found | object = caches["process"].get(key, _NOTHING)
    if found is _NOTHING:
        found = make()
        caches["process"].set(key, found, KEPT.total_seconds())
    return cast(Found, found)


def stretch(now: datetime) -> int:
    """Which of the clock's stretches of :data:`KEPT` it is."""
    return int(now.timestamp() // KEPT.total_seconds())


def key_of(*parts: object) -> str:
    """One key of what tells one thing that is kept from another."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
