"""The dates of a competition as steps."""

from dataclasses import dataclass
from datetime import datetime

from competitions.enums import Phase
from competitions.models import Competition


@dataclass(frozen=True)
class Step:
    """One date of a competition: passed, next in line, or later."""

    title: str
    at: datetime
    is_done: bool
    is_now: bool


NAMES = (
    ("Published", "publish_on"),
    ("Qualification opens", "qualification_open"),
    ("Qualification closes", "qualification_close"),
    ("Bidding opens", "bidding_open"),
    ("Bidding closes", "bidding_close"),
    ("Results confirmed", "confirmed_at"),
    ("Archived", "archive_on"),
)


def timeline_of(competition: Competition, now: datetime) -> list[Step]:
    """The steps that have a date, in order; the next one is marked unless the competition was cancelled."""
    dated = [
        (title, getattr(competition, key)) for title, key in NAMES if getattr(competition, key) is not None
    ]
    dated.sort(key=lambda step: step[1])
    is_over = competition.phase(now) is Phase.CANCELLED
    upcoming = next((at for _, at in dated if at > now), None)
    return [Step(title, at, at <= now, at == upcoming and not is_over) for title, at in dated]
