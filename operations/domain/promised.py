"""What is declared, accepted and there of an occurrence, piece by piece, as it stands at an instant. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from competitions.domain.settlement_terms import (
    AvailabilityMode,
    DeclarationTerms,
    SettlementTerms,
    Unanswered,
    Undeclared,
)
from operations.domain.declaring import AvailabilityState, deadlines_of, state_at
from operations.domain.occurrences import Occurrence, Stretch

ZERO = Fraction(0)
AnyStretch = TypeVar("AnyStretch", bound=Stretch)


@dataclass(frozen=True)
class Said(Stretch):
    """MW that somebody declared or answered for a time, and when; of several the last one holds."""

    at: datetime


@dataclass(frozen=True)
class Told:
    """All that was said of a contract's availability: declarations and answers in their order, and what is not there."""

    declared: Sequence[Said] = ()
    answered: Sequence[Said] = ()
    unavailable: Sequence[Stretch] = ()


@dataclass(frozen=True)
class Piece:
    """A stretch of an occurrence in which nothing changes.

    ``accepted`` is what counts at the instant asked about; ``is_settled`` says whether it is answered, by the operator or by
    the terms. ``declared_at`` and ``answered_at`` are None where the terms or the award speak.
    """

    start: datetime
    end: datetime
    declared: Fraction
    accepted: Fraction
    available: Fraction
    state: AvailabilityState
    declared_at: datetime | None = None
    answered_at: datetime | None = None
    is_settled: bool = False

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)


@dataclass(frozen=True)
class Terms:
    """What the pieces depend on beside what was said."""

    mode: AvailabilityMode
    declaration: DeclarationTerms
    capacity_mw: Fraction
    zone: ZoneInfo = field(compare=False)

    @classmethod
    def of(cls, terms: SettlementTerms, capacity_mw: Fraction, zone: ZoneInfo) -> "Terms":
        return cls(terms.availability.mode, terms.declaration, capacity_mw, zone)


def pieces_of(occurrence: Occurrence, terms: Terms, told: Told, now: datetime) -> list[Piece]:
    """The occurrence cut wherever something changes, each piece with its MW and state at ``now``."""
    stretches = [*told.declared, *told.answered, *told.unavailable]
    if terms.mode is AvailabilityMode.FIXED:
        stretches = list(told.unavailable)
    found: list[Piece] = []
    for start, end in _cut(occurrence, stretches):
        piece = _piece(occurrence, start, end, terms, told, now)
        if found and replace(found[-1], end=end) == replace(piece, start=found[-1].start):
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(piece)
    return found


def accepted_at(occurrences: Iterable[Occurrence], terms: Terms, told: Told, now: datetime) -> list[Stretch]:
    """What is accepted of these occurrences at ``now``, before anything that is missing of it."""
    held = list(occurrences)
    plain = by_occurrence(held, replace(told, unavailable=()))
    return [
        Stretch(each.start, each.end, each.accepted)
        for occurrence, own in zip(held, plain, strict=True)
        for each in pieces_of(occurrence, terms, own, now)
        if each.accepted
    ]


def by_occurrence(occurrences: Sequence[Occurrence], told: Told) -> list[Told]:
    """Of everything told, what concerns each of the occurrences, which stand in their order."""
    starts, ends = [each.start for each in occurrences], [each.end for each in occurrences]

    def sorted_out(stretches: Sequence[AnyStretch]) -> list[list[AnyStretch]]:
        found: list[list[AnyStretch]] = [[] for _ in occurrences]
        for each in stretches:
            for place in range(bisect_right(ends, each.start), bisect_left(starts, each.end)):
                found[place].append(each)
        return found

    parts = zip(
        sorted_out(told.declared), sorted_out(told.answered), sorted_out(told.unavailable), strict=True
    )
    return [Told(declared, answered, missing) for declared, answered, missing in parts]


def _piece(
    occurrence: Occurrence, start: datetime, end: datetime, terms: Terms, told: Told, now: datetime
) -> Piece:
    left = [each.mw for each in told.unavailable if each.start <= start < each.end]
    if terms.mode is AvailabilityMode.NONE:
        return Piece(start, end, ZERO, ZERO, ZERO, AvailabilityState.RELEASED, is_settled=True)
    if terms.mode is AvailabilityMode.FIXED:
        capacity = terms.capacity_mw
        available = min([capacity, *left])
        state = AvailabilityState.REDUCED if available < capacity else AvailabilityState.ACCEPTED
        return Piece(start, end, capacity, capacity, available, state, is_settled=True)
    declaration = terms.declaration
    said, answer = _last(told.declared, start), _last(told.answered, start)
    default = terms.capacity_mw if declaration.default is Undeclared.FULL else ZERO
    declared = said.mw if said is not None else default
    is_due = now >= deadlines_of(occurrence.day, declaration, terms.zone).answer
    if answer is not None:
        accepted = min(answer.mw, declared)
    else:
        accepted = declared if is_due and declaration.unanswered is Unanswered.ACCEPTED else ZERO
    available = min([accepted, *left])
    settled = is_due or answer is not None
    state = state_at(
        occurrence, declaration, terms.zone, accepted, available, now, is_answered=answer is not None
    )
    declared_at, answered_at = (None if each is None else each.at for each in (said, answer))
    return Piece(start, end, declared, accepted, available, state, declared_at, answered_at, settled)


def _cut(occurrence: Occurrence, stretches: Iterable[Stretch]) -> list[tuple[datetime, datetime]]:
    cuts = {instant for each in stretches for instant in (each.start, each.end)}
    inside = sorted(at for at in cuts if occurrence.start < at < occurrence.end)
    return list(pairwise([occurrence.start, *inside, occurrence.end]))


def _last(said: Sequence[Said], instant: datetime) -> Said | None:
    return next((each for each in reversed(said) if each.start <= instant < each.end), None)
