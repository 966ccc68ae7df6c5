"""When a contract serves, and how many MW are accepted then. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from competitions.domain.settlement_terms import AvailabilityMode
from marketplace.calendar import HolidayRule, service_dates, service_intervals


@dataclass(frozen=True)
class Window:
    """The days and local times of a contract's service; weekdays count from Monday, 0."""

    first_day: date
    last_day: date
    weekdays: frozenset[int]
    start: time
    end: time
    public_holidays: HolidayRule


@dataclass(frozen=True)
class Occurrence:
    """One stretch of service; it belongs to ``day``, on which it starts."""

    day: date
    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)


@dataclass(frozen=True)
class Stretch:
    """MW from a start to an end: accepted availability, or what an unavailability leaves."""

    start: datetime
    end: datetime
    mw: Fraction


def occurrences(window: Window, holidays: Collection[date], zone: ZoneInfo) -> list[Occurrence]:
    """Every occurrence of the window, in order; a day whose hours the clocks skip whole has none."""
    told = (window.first_day, window.last_day, window.weekdays)
    days = service_dates(*told, window.public_holidays, holidays)
    spans = service_intervals(*told, window.start, window.end, window.public_holidays, holidays, zone)
    return [Occurrence(day, start, end) for day, (start, end) in zip(days, spans, strict=True) if end > start]


def accepted_hours(
    occurrence: Occurrence,
    mode: AvailabilityMode,
    capacity_mw: Fraction,
    accepted: Iterable[Stretch],
    unavailable: Sequence[Stretch],
) -> Fraction:
    """MW·h accepted in an occurrence, less unavailability: the integral of the MW over its hours.

    ``fixed``: the contract's capacity is accepted throughout; ``declared``: the accepted stretches, of which a later one
    replaces an earlier for the minutes it covers; ``none``: nothing. Of several unavailabilities the lowest MW hold.
    """
    pieces = available_pieces(occurrence, mode, capacity_mw, accepted, unavailable)
    return sum(
        (each.mw * Fraction(int((each.end - each.start).total_seconds()), 3600) for each in pieces),
        Fraction(0),
    )


def available_pieces(
    occurrence: Occurrence,
    mode: AvailabilityMode,
    capacity_mw: Fraction,
    accepted: Iterable[Stretch],
    unavailable: Sequence[Stretch],
) -> list[Stretch]:
    """The occurrence piece by piece, each with the MW that are accepted, less unavailability."""
    if mode is AvailabilityMode.NONE:
        return [Stretch(occurrence.start, occurrence.end, Fraction(0))]
    if mode is AvailabilityMode.FIXED:
        stretches = [Stretch(occurrence.start, occurrence.end, capacity_mw)]
    else:
        stretches = [each for each in accepted if each.end > occurrence.start and each.start < occurrence.end]
    return [
        Stretch(start, end, min([_mw_at(start, stretches), *_left_at(start, unavailable)]))
        for start, end in _pieces(occurrence, [*stretches, *unavailable])
    ]


def _pieces(occurrence: Occurrence, stretches: Iterable[Stretch]) -> list[tuple[datetime, datetime]]:
    """The occurrence, cut wherever a stretch begins or ends."""
    cuts = {instant for each in stretches for instant in (each.start, each.end)}
    inside = sorted(at for at in cuts if occurrence.start < at < occurrence.end)
    marks = [occurrence.start, *inside, occurrence.end]
    return list(pairwise(marks))


def _mw_at(instant: datetime, stretches: Sequence[Stretch]) -> Fraction:
    found = [each.mw for each in stretches if each.start <= instant < each.end]
    return found[-1] if found else Fraction(0)


def _left_at(instant: datetime, unavailable: Iterable[Stretch]) -> list[Fraction]:
    return [each.mw for each in unavailable if each.start <= instant < each.end]
