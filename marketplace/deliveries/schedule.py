"""When a delivery is tried again, and when it is given up. Pure: no Django, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Schedule:
    """``pauses`` are waited for after each failed try; the try after the last pause is the last one.

    After ``claim_lasts`` a delivery that is being sent counts as left behind by a dead worker: longer than
    any try.
    """

    pauses: tuple[timedelta, ...]
    claim_lasts: timedelta = timedelta(minutes=10)

    @property
    def most_tries(self) -> int:
        return len(self.pauses) + 1

    def next_try(self, tries: int, failed_at: datetime) -> datetime | None:
        """When to try again after so many tries (1 or more), the last of which failed then; None: give up."""
        return failed_at + self.pauses[tries - 1] if tries < self.most_tries else None

    def is_spent(self, tries: int) -> bool:
        """Whether this try is one too many: the workers of all others died before they could note a
        failure."""
        return tries > self.most_tries


def minutes(*pauses: int) -> tuple[timedelta, ...]:
    """Pauses given in minutes."""
    return tuple(timedelta(minutes=pause) for pause in pauses)
