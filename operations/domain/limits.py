"""What of a contract may be called: every limit of a dispatch and of its amendments, each with its number. Pure.

A limit is a sentence that the operator reads. Instants are compared, so that changes of the clock alter nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import AvailabilityMode
from marketplace.dates import moment_text
from marketplace.numbers import clock_length, exact_text
from operations.domain.occurrences import Occurrence, Stretch, available_pieces

ZERO = Fraction(0)


class Rule(StrEnum):
    """What a dispatch can break."""

    STATUS = "status"
    MW = "mw"
    OCCURRENCE = "occurrence"
    AVAILABILITY = "availability"
    CAPACITY = "capacity"
    RESPONSE_TIME = "response time"
    MAXIMUM_RUN_TIME = "maximum run time"
    MINIMUM_RUN_TIME = "minimum run time"
    OVERLAP = "overlap"


@dataclass(frozen=True)
class Refusal:
    """A rule that is broken, in a sentence with its number."""

    rule: Rule
    sentence: str


@dataclass(frozen=True)
class Callable:
    """A contract as a dispatch sees it. ``called`` are the profiles of its other dispatches that have effect."""

    status: str
    can_run: bool
    mode: AvailabilityMode
    capacity_mw: Fraction
    occurrences: Sequence[Occurrence]
    maximum_run: timedelta
    zone: ZoneInfo
    minimum_run: timedelta | None = None
    response_time: timedelta = timedelta(0)
    accepted: Sequence[Stretch] = ()
    unavailable: Sequence[Stretch] = ()
    called: Sequence[Stretch] = ()
    unit: str = "MW"
    must_be_signed: bool = False


def refusals_of_issue(contract: Callable, asked: Stretch, now: datetime) -> list[Refusal]:
    """Every limit that a dispatch of these MW from start to end breaks when it is issued ``now``; none: it may be."""
    found = list(_of_contract(contract, asked))
    if contract.must_be_signed:
        sentence = "The contract is not signed yet, and your organisation dispatches only signed ones."
        found.append(Refusal(Rule.STATUS, sentence))
    if asked.end <= asked.start:
        found.append(Refusal(Rule.MINIMUM_RUN_TIME, "A dispatch ends after its start."))
        return found
    found += _of_response(contract, asked.start, now)
    found += _of_power(contract, asked)
    found += _of_length(contract, asked.start, asked.end)
    found += _of_overlap(contract, asked)
    return found


def refusals_of_amendment(
    contract: Callable, present: Sequence[Stretch], asked: Stretch, now: datetime
) -> list[Refusal]:
    """Every limit that an amendment of a profile breaks: its MW and end, from an instant on (``asked.start``)."""
    start, end = present[0].start, present[-1].end
    found = list(_of_contract(contract, asked))
    if not now < asked.start <= end:
        sentence = f"An amendment counts from after now and not after the present end, {_at(contract, end)}."
        found.append(Refusal(Rule.OCCURRENCE, sentence))
        return found
    effective = Stretch(max(asked.start, start), asked.end, asked.mw)
    if effective.end <= effective.start:
        found.append(
            Refusal(Rule.MINIMUM_RUN_TIME, "An amendment ends after it begins; to end earlier, stop it.")
        )
        return found
    found += _of_response(contract, asked.start, now)
    found += _of_power(contract, effective)
    found += _of_length(contract, start, effective.end)
    found += _of_overlap(contract, effective)
    return found


def occurrence_of(contract: Callable, start: datetime, end: datetime) -> Occurrence | None:
    """The one stretch of service in which a dispatch from start to end lies whole."""
    return next((each for each in contract.occurrences if each.start <= start and end <= each.end), None)


def most_mw(contract: Callable, start: datetime, end: datetime) -> Fraction:
    """The most that a dispatch from start to end may ask for; 0 where the time does not lie in one occurrence."""
    occurrence = occurrence_of(contract, start, end)
    if occurrence is None or end <= start:
        return ZERO
    if contract.mode is AvailabilityMode.NONE:
        return contract.capacity_mw
    return min(each.mw for each in _available_within(contract, occurrence, start, end))


def _available_within(
    contract: Callable, occurrence: Occurrence, start: datetime, end: datetime
) -> list[Stretch]:
    pieces = available_pieces(
        occurrence, contract.mode, contract.capacity_mw, contract.accepted, contract.unavailable
    )
    return [each for each in pieces if each.end > start and each.start < end]


def _of_contract(contract: Callable, asked: Stretch) -> Iterator[Refusal]:
    if not contract.can_run:
        yield Refusal(Rule.STATUS, f"The contract is {contract.status.lower()}, so it can't be dispatched.")
    if asked.mw <= 0:
        yield Refusal(Rule.MW, f"A dispatch asks for more than 0 {contract.unit}.")


def _of_response(contract: Callable, start: datetime, now: datetime) -> Iterator[Refusal]:
    earliest = now + contract.response_time
    if start < earliest:
        told = f", {clock_length(contract.response_time)} hours from now" if contract.response_time else ""
        sentence = (
            f"The earliest start is {_at(contract, earliest)}{told}: the window's required response time."
        )
        if not contract.response_time:
            sentence = "The start is in the past."
        yield Refusal(Rule.RESPONSE_TIME, sentence)


def _of_power(contract: Callable, asked: Stretch) -> Iterator[Refusal]:
    occurrence = occurrence_of(contract, asked.start, asked.end)
    if occurrence is None:
        yield Refusal(
            Rule.OCCURRENCE,
            "Start and end lie in one service window of one day of the contract; these don't.",
        )
        return
    if contract.mode is AvailabilityMode.NONE:
        if asked.mw > contract.capacity_mw:
            most = _mw(contract, contract.capacity_mw)
            yield Refusal(Rule.CAPACITY, f"The contract's capacity is {most}.")
        return
    within = _available_within(contract, occurrence, asked.start, asked.end)
    lowest = min(within, key=lambda each: (each.mw, each.start))
    if asked.mw > lowest.mw:
        since = _at(contract, max(lowest.start, asked.start))
        sentence = (
            f"From {since} on {_mw(contract, lowest.mw)} are accepted and available, less than is asked."
        )
        yield Refusal(Rule.AVAILABILITY, sentence)


def _of_length(contract: Callable, start: datetime, end: datetime) -> Iterator[Refusal]:
    length = end - start
    if length > contract.maximum_run:
        most = f"{clock_length(contract.maximum_run)} hours"
        yield Refusal(Rule.MAXIMUM_RUN_TIME, f"The bid's maximum run time is {most}; this is longer.")
    if contract.minimum_run is not None and length < contract.minimum_run:
        least = f"{clock_length(contract.minimum_run)} hours"
        yield Refusal(Rule.MINIMUM_RUN_TIME, f"The window's minimum run time is {least}; this is shorter.")


def _of_overlap(contract: Callable, asked: Stretch) -> Iterator[Refusal]:
    for other in contract.called:
        if other.end > asked.start and other.start < asked.end:
            told = f"from {_at(contract, other.start)} to {_at(contract, other.end)}"
            yield Refusal(Rule.OVERLAP, f"Another dispatch of the contract runs {told}.")
            return


def _at(contract: Callable, instant: datetime) -> str:
    return moment_text(instant, contract.zone)


def _mw(contract: Callable, mw: Fraction) -> str:
    return f"{exact_text(rounded(mw, 6))} {contract.unit}"
