"""How a dispatch stands at an instant: its answer, what it asks for, and what waits to be answered. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from operations.domain.answers import ENDED, is_unanswered, response_at
from operations.domain.profiles import (
    VOID,
    Event,
    EventType,
    Piece,
    Response,
    amendments_waiting,
    deadline_of,
    requested,
)

ZERO = Fraction(0)


class Phase(StrEnum):
    """Where the clock is in what a dispatch asks for."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"
    VOID = "void"


@dataclass(frozen=True)
class Standing:
    """A dispatch at ``now``. ``response`` is None while its answer may still come in time; ``pieces`` are what it asks for.

    ``waiting`` are the amendments whose instant has not come and that bind only once they are acknowledged.
    """

    now: datetime
    response: Response | None
    pieces: tuple[Piece, ...]
    due: datetime
    phase: Phase
    waiting: tuple[Event, ...] = ()
    stopped: Event | None = None

    @property
    def must_be_answered(self) -> bool:
        """Whether the provider has something to answer in time: the dispatch, or an amendment."""
        return self.response is None or bool(self.waiting)

    @property
    def answer_due(self) -> datetime | None:
        """By when the next answer counts."""
        found = [each.start for each in self.waiting if each.start is not None]
        return min([*found, *([self.due] if self.response is None else [])], default=None)

    @property
    def is_stopped_in_emergency(self) -> bool:
        return self.stopped is not None and self.stopped.type is EventType.EMERGENCY_STOP

    def mw_at(self, instant: datetime) -> Fraction:
        """The MW asked for at an instant; a declined dispatch asks, though it won't be delivered."""
        return next((each.mw for each in self.pieces if each.start <= instant < each.end), ZERO)

    @property
    def energy(self) -> Fraction:
        """MWh asked for in all."""
        return energy_of(self.pieces)


def energy_of(pieces: Sequence[Piece]) -> Fraction:
    """MWh of a profile: MW × hours."""
    hour = timedelta(hours=1)
    return sum((each.mw * Fraction((each.end - each.start) / hour) for each in pieces), ZERO)


def standing_at(
    events: Sequence[Event], now: datetime, *, acknowledge_minutes: int, stands_unanswered: bool
) -> Standing:
    """How the dispatch of these events stands."""
    response = response_at(
        events, now, acknowledge_minutes=acknowledge_minutes, stands_unanswered=stands_unanswered
    )
    is_void = response in VOID
    # While the answer may still come, what is asked for is shown although silence would make it void.
    profile = requested(
        events,
        acknowledge_minutes=acknowledge_minutes,
        stands_unanswered=response is None or stands_unanswered,
    )
    pieces = () if is_void else profile.pieces
    stopped = next((each for each in events if each.type in ENDED), None)
    return Standing(
        now=now,
        response=response,
        pieces=pieces,
        due=deadline_of(events[0], acknowledge_minutes),
        phase=_phase(pieces, now),
        waiting=() if is_void or stopped or response is Response.DECLINED else _waiting(events, now),
        stopped=stopped,
    )


def _phase(pieces: Sequence[Piece], now: datetime) -> Phase:
    if not pieces:
        return Phase.VOID
    if now < pieces[0].start:
        return Phase.COMING
    return Phase.RUNNING if now < pieces[-1].end else Phase.OVER


def _waiting(events: Sequence[Event], now: datetime) -> tuple[Event, ...]:
    return tuple(each for each in amendments_waiting(events) if each.start is not None and each.start > now)


def half_time(issue: Event, acknowledge_minutes: int) -> datetime:
    """When half of the time to answer is gone."""
    return issue.at + (deadline_of(issue, acknowledge_minutes) - issue.at) / 2


def is_answered(events: Sequence[Event]) -> bool:
    """Whether somebody has acknowledged, declined or cancelled the dispatch."""
    return not is_unanswered(events)
