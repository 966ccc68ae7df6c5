"""What a dispatch asked for at each instant, and how it was answered: a function of its events. Pure.

Rules: an acknowledgement is due by the earlier of issue + ``acknowledge_minutes`` and the start. Without accepted
availability a dispatch that is not acknowledged in time, or declined, is void. An amendment that asks for no more binds
when issued; one that asks for more, or for longer, only when acknowledged before its instant. A stop ends the profile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import lcm

MINUTE = timedelta(minutes=1)
KW = 1000
SECONDS_OF_HOUR = 3600
SECOND = timedelta(seconds=1)
FIRST = 1
"""The number of the issue among what can be acknowledged; amendments follow."""


class EventType(StrEnum):
    ISSUE = "issue"
    ACKNOWLEDGE = "acknowledge"
    DECLINE = "decline"
    CANCEL = "cancel"
    AMEND = "amend"
    STOP = "stop"
    EMERGENCY_STOP = "emergency_stop"


@dataclass(frozen=True)
class Event:
    """Something recorded of a dispatch. ``start``, ``end`` and ``mw`` belong to an issue or amendment.

    ``amendment`` numbers an amendment, from 2, and says in an acknowledgement which it answers (none or 1: the dispatch).
    """

    type: EventType
    at: datetime
    start: datetime | None = None
    end: datetime | None = None
    mw: Fraction | None = None
    amendment: int | None = None


@dataclass(frozen=True)
class Piece:
    """A stretch of a requested profile."""

    start: datetime
    end: datetime
    mw: Fraction


class Response(StrEnum):
    """How a dispatch was answered; the last three have no effect."""

    ACKNOWLEDGED = "acknowledged"
    LATE = "acknowledged late"
    UNANSWERED = "unanswered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNANSWERED_VOID = "unanswered, void"
    DECLINED_VOID = "declined, void"


VOID = frozenset({Response.CANCELLED, Response.UNANSWERED_VOID, Response.DECLINED_VOID})


@dataclass(frozen=True)
class Requested:
    """What a dispatch came to: its answer and its profile, pieces in order without overlap; none where it is void."""

    response: Response
    pieces: tuple[Piece, ...]

    @property
    def has_effect(self) -> bool:
        return bool(self.pieces)

    @property
    def start(self) -> datetime:
        return self.pieces[0].start

    @property
    def end(self) -> datetime:
        return self.pieces[-1].end

    def energy(self, start: datetime, end: datetime) -> Fraction:
        """kWh asked for between two instants."""
        (asked,), divisor = self.energies([start, end])
        return Fraction(asked, divisor)

    def energies(self, instants: Sequence[datetime]) -> tuple[list[int], int]:
        """kWh asked for between each instant and the next, whole numbers and their divisor.

        MW × overlapping seconds / 3,600 × 1,000.
        """
        grain = lcm(*(each.mw.denominator for each in self.pieces))
        found = [0] * (len(instants) - 1)
        for piece in self.pieces:
            power = piece.mw.numerator * (grain // piece.mw.denominator) * KW
            for place, (start, end) in enumerate(pairwise(instants)):
                seconds = (min(piece.end, end) - max(piece.start, start)) // SECOND
                if seconds > 0:
                    found[place] += power * seconds
        return found, grain * SECONDS_OF_HOUR


def deadline_of(issue: Event, acknowledge_minutes: int) -> datetime:
    """When the answer to a dispatch is due."""
    assert issue.start is not None
    return min(issue.at + acknowledge_minutes * MINUTE, issue.start)


def requested(events: Sequence[Event], *, acknowledge_minutes: int, stands_unanswered: bool) -> Requested:
    """The answer and profile that follow from the events in the order in which they were recorded.

    ``stands_unanswered``: whether availability was accepted, so that silence or a refusal does not make it void.
    """
    response = _response(events, deadline_of(events[0], acknowledge_minutes), stands=stands_unanswered)
    return Requested(response, () if response in VOID else _profile(events))


def _response(events: Sequence[Event], due: datetime, *, stands: bool) -> Response:
    found = Response.UNANSWERED if stands else Response.UNANSWERED_VOID
    answered = False
    for event in events:
        if event.type is EventType.CANCEL:
            return Response.CANCELLED
        is_void = not stands and event.at > due
        if answered or is_void:
            continue
        if event.type is EventType.ACKNOWLEDGE and event.amendment in (None, FIRST):
            found, answered = Response.ACKNOWLEDGED if event.at <= due else Response.LATE, True
        elif event.type is EventType.DECLINE:
            found, answered = Response.DECLINED if stands else Response.DECLINED_VOID, True
    return found


def amendments_waiting(events: Sequence[Event]) -> list[Event]:
    """The amendments that ask for more and bind only once they are acknowledged, of which none has been."""
    return _amendments(events)[1]


def _amendments(events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """The amendments that bind, in order of issue, and those that wait for an acknowledgement."""
    first = _piece_of(events[0])
    binding: list[Event] = []
    waiting: dict[int | None, Event] = {}
    for event in events[1:]:
        if event.type is EventType.AMEND:
            present = _amended(first, binding)
            if _asks_for_more(event, present):
                waiting[event.amendment] = event
            else:
                binding.append(event)
        elif event.type is EventType.ACKNOWLEDGE and event.amendment in waiting:
            amendment = waiting.pop(event.amendment)
            assert amendment.start is not None
            if event.at < amendment.start:
                binding = _in_order_of_issue(events, [*binding, amendment])
    return binding, list(waiting.values())


def _profile(events: Sequence[Event]) -> tuple[Piece, ...]:
    first, (binding, _) = _piece_of(events[0]), _amendments(events)
    stops = [each.at for each in events if each.type in (EventType.STOP, EventType.EMERGENCY_STOP)]
    pieces = _amended(first, binding)
    return _cut(pieces, min(stops)) if stops else pieces


def _piece_of(event: Event) -> Piece:
    assert event.start is not None
    assert event.end is not None
    assert event.mw is not None
    return Piece(event.start, event.end, event.mw)


def _in_order_of_issue(events: Sequence[Event], amendments: Sequence[Event]) -> list[Event]:
    return [each for each in events if each in amendments]


def _amended(first: Piece, amendments: Sequence[Event]) -> tuple[Piece, ...]:
    pieces: tuple[Piece, ...] = (first,)
    for event in amendments:
        told = _piece_of(event)
        new = Piece(max(told.start, first.start), told.end, told.mw)
        pieces = (*_cut(pieces, new.start), *((new,) if new.end > new.start else ()))
    return pieces


def _cut(pieces: Sequence[Piece], at: datetime) -> tuple[Piece, ...]:
    return tuple(Piece(each.start, min(each.end, at), each.mw) for each in pieces if each.start < at)


def _asks_for_more(event: Event, present: Sequence[Piece]) -> bool:
    new = _piece_of(event)
    if new.end > present[-1].end:
        return True
    touched = [each.mw for each in present if each.end > new.start and each.start < new.end]
    return any(new.mw > each for each in touched)
