"""Declared availability: when it locks and is answered, what may be declared, answered and withdrawn, what it comes to. Pure.

A later declaration replaces an earlier one for the minutes that it covers, and so does a later answer. What is not declared
is the default of the terms; what is not answered is released, or accepted, by the terms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import (
    AvailabilityMode,
    Cycle,
    DeclarationTerms,
    Unanswered,
    Undeclared,
    Until,
)
from marketplace.calendar import local_instant
from marketplace.dates import moment_text
from marketplace.errors import Refused
from marketplace.numbers import exact_text
from operations.domain.limits import Callable, occurrence_of
from operations.domain.occurrences import Occurrence, Stretch

ZERO = Fraction(0)
MINUTES_OF_DAY = 1440


class AvailabilityState(StrEnum):
    """What a stretch of declared availability is at an instant; derived, never stored."""

    OPEN = "open"
    LOCKED = "locked"
    ACCEPTED = "accepted"
    RELEASED = "released"
    REDUCED = "reduced"


@dataclass(frozen=True)
class Deadlines:
    """When the declarations of an occurrence freeze, and until when they are answered."""

    lock: datetime
    answer: datetime


def deadlines_of(day: date, terms: DeclarationTerms, zone: ZoneInfo) -> Deadlines:
    """The deadlines of an occurrence that starts on this local day: of its week from Monday on, or of the day itself."""
    return Deadlines(
        _instant(day, terms.cycle, terms.lock, zone), _instant(day, terms.cycle, terms.answer, zone)
    )


def _instant(day: date, cycle: Cycle, until: Until, zone: ZoneInfo) -> datetime:
    if cycle is Cycle.WEEKLY:
        monday_before = day - timedelta(days=day.weekday() + 7)
        told = monday_before + timedelta(days=until.weekday or 0)
    else:
        told = day - timedelta(days=1)
    days, minute = divmod(until.minute, MINUTES_OF_DAY)
    return local_instant(told + timedelta(days=days), time(minute // 60, minute % 60), zone)


def check_declare(contract: Callable, terms: DeclarationTerms, asked: Stretch, now: datetime) -> None:
    """Raise ``Refused`` with the rule that a declaration of these MW breaks when it comes ``now``."""
    _check_declared(contract)
    occurrence = _occurrence(contract, asked)
    if not ZERO <= asked.mw <= contract.capacity_mw:
        raise Refused(f"Declare from 0 to the contract's {_mw(contract.capacity_mw)} {contract.unit}.")
    _check_exact(contract, asked)
    lock = deadlines_of(occurrence.day, terms, contract.zone).lock
    if now >= lock:
        raise Refused(f"Declarations for that time were locked on {moment_text(lock, contract.zone)}.")


def check_answer(
    contract: Callable,
    terms: DeclarationTerms,
    asked: Stretch,
    declared: Sequence[Stretch],
    now: datetime,
    answered: Sequence[Stretch] = (),
) -> None:
    """Raise ``Refused`` with the rule that accepting these MW of what is declared breaks; 0 releases.

    What was ``answered`` before is never lowered.
    """
    _check_declared(contract)
    occurrence = _occurrence(contract, asked)
    deadlines = deadlines_of(occurrence.day, terms, contract.zone)
    if now < deadlines.lock:
        told = moment_text(deadlines.lock, contract.zone)
        raise Refused(f"Declarations for that time may change until {told}; answer them then.")
    if now >= deadlines.answer:
        told = moment_text(deadlines.answer, contract.zone)
        raise Refused(f"The answer for that time was due on {told}, so it stays as it is.")
    if asked.mw < 0:
        raise Refused("Accept 0 or more.")
    _check_exact(contract, asked)
    pieces = declared_pieces(occurrence, terms, contract.capacity_mw, declared)
    lowest = min(
        (each for each in pieces if _touch(each, asked)),
        key=lambda each: (each.mw, each.start),
    )
    if asked.mw > lowest.mw:
        since = moment_text(max(lowest.start, asked.start), contract.zone)
        raise Refused(
            f"From {since} on {_mw(lowest.mw)} {contract.unit} are declared, less than is accepted."
        )
    given = [each for each in _pieces(occurrence, answered, ZERO) if _touch(each, asked)]
    highest = max(given, key=lambda each: each.mw)
    if asked.mw < highest.mw:
        since = moment_text(max(highest.start, asked.start), contract.zone)
        raise Refused(
            f"From {since} on {_mw(highest.mw)} {contract.unit} are accepted already; that is never lowered."
        )


def check_unavailability(contract: Callable, asked: Stretch, accepted: Sequence[Stretch]) -> None:
    """Raise ``Refused`` where a notice of unavailability is none: not in service, or not less than what is accepted."""
    check_runs(contract)
    if contract.mode is AvailabilityMode.NONE:
        raise Refused("No availability is promised under this contract, by its settlement terms.")
    if asked.end <= asked.start:
        raise Refused("An unavailability ends after its start.")
    if asked.mw < 0:
        raise Refused(f"0 {contract.unit} or more are left.")
    _check_exact(contract, asked)
    touched = [each for each in accepted if _touch(each, asked)]
    if not any(each.mw > asked.mw for each in touched):
        raise Refused(f"At no time of it are more than {_mw(asked.mw)} {contract.unit} accepted.")


def check_shorten(notice: Stretch, end: datetime, now: datetime) -> None:
    """Raise ``Refused`` where an unavailability can't end at ``end``: only what lies ahead of it may be taken back."""
    if not notice.start <= end < notice.end:
        raise Refused("An unavailability can be shortened, not moved or made longer: notify another one.")
    if end < now:
        raise Refused("What has passed of an unavailability stays.")
    if end.second or end.microsecond:
        raise Refused("Availability begins and ends at whole minutes.")


def overlapping(stretches: Iterable[Stretch]) -> tuple[Stretch, Stretch] | None:
    """Two stretches of one file that cover the same time, if there are any: that is an error."""
    ordered = sorted(stretches, key=lambda each: (each.start, each.end))
    return next(((one, two) for one, two in pairwise(ordered) if two.start < one.end), None)


def declared_pieces(
    occurrence: Occurrence, terms: DeclarationTerms, capacity_mw: Fraction, declared: Sequence[Stretch]
) -> list[Stretch]:
    """The occurrence piece by piece with the MW that are declared, by default where nothing was."""
    default = capacity_mw if terms.default is Undeclared.FULL else ZERO
    return _pieces(occurrence, declared, default)


def accepted_pieces(
    occurrence: Occurrence,
    terms: DeclarationTerms,
    capacity_mw: Fraction,
    declared: Sequence[Stretch],
    answered: Sequence[Stretch],
) -> list[Stretch]:
    """The occurrence piece by piece with the MW that are accepted once the answer is due; never more than declared."""
    offered = declared_pieces(occurrence, terms, capacity_mw, declared)
    found = []
    for piece in offered:
        unanswered = piece.mw if terms.unanswered is Unanswered.ACCEPTED else ZERO
        inner = Occurrence(occurrence.day, piece.start, piece.end)
        found += [
            Stretch(each.start, each.end, min(each.mw, piece.mw))
            for each in _pieces(inner, answered, unanswered)
        ]
    return found


def state_at(
    occurrence: Occurrence,
    terms: DeclarationTerms,
    zone: ZoneInfo,
    accepted_mw: Fraction,
    available_mw: Fraction,
    now: datetime,
    *,
    is_answered: bool = False,
) -> AvailabilityState:
    """What a piece of an occurrence is at an instant, by what is accepted of it and what is available after all."""
    deadlines = deadlines_of(occurrence.day, terms, zone)
    if now < deadlines.lock:
        return AvailabilityState.OPEN
    if now < deadlines.answer and not is_answered:
        return AvailabilityState.LOCKED
    if not accepted_mw:
        return AvailabilityState.RELEASED
    return AvailabilityState.REDUCED if available_mw < accepted_mw else AvailabilityState.ACCEPTED


def _pieces(occurrence: Occurrence, stretches: Sequence[Stretch], default: Fraction) -> list[Stretch]:
    """The occurrence cut wherever a stretch begins or ends; of several the last one holds."""
    cuts = {instant for each in stretches for instant in (each.start, each.end)}
    marks = [
        occurrence.start,
        *sorted(at for at in cuts if occurrence.start < at < occurrence.end),
        occurrence.end,
    ]
    found = []
    for start, end in pairwise(marks):
        told = [each.mw for each in stretches if each.start <= start < each.end]
        found.append(Stretch(start, end, told[-1] if told else default))
    return found


def check_runs(contract: Callable) -> None:
    """Raise ``Refused`` for a contract that is not, or no longer, run."""
    if not contract.can_run:
        raise Refused(f"The contract is {contract.status.lower()}: it must be awarded or signed.")


def _check_declared(contract: Callable) -> None:
    check_runs(contract)
    if contract.mode is not AvailabilityMode.DECLARED:
        raise Refused("Availability of this contract is not declared, by its settlement terms.")


def _check_exact(contract: Callable, asked: Stretch) -> None:
    if asked.mw != Fraction(rounded(asked.mw, 6)):
        raise Refused(f"{contract.unit} have up to six decimals.")
    if any(at.second or at.microsecond for at in (asked.start, asked.end)):
        raise Refused("Availability begins and ends at whole minutes.")


def _touch(one: Stretch, other: Stretch) -> bool:
    return one.end > other.start and one.start < other.end


def _occurrence(contract: Callable, asked: Stretch) -> Occurrence:
    found = occurrence_of(contract, asked.start, asked.end) if asked.start < asked.end else None
    if found is None:
        raise Refused("The time lies in one service window of one day of the contract; this does not.")
    return found


def _mw(mw: Fraction) -> str:
    return exact_text(rounded(mw, 6))
