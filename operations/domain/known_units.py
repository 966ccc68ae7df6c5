"""What is known of the units of dispatches: their periods and facts, each worked out once for all that call them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from competitions.domain.settlement_terms import SettlementTerms
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.methods import UnitFacts
from operations.domain.profiles import Requested
from operations.domain.series import (
    Periods,
    Series,
    StackedPeriods,
    instant_of,
    minute_of,
    no_readings,
    stacked,
)

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Called:
    """A dispatch with effect, as performance sees it: of which contract, with which units, under which terms.

    ``zone`` and ``facts`` are its buyer's, where these are not the same for all.
    """

    dispatch: str
    contract: str
    kind: str
    issued_at: datetime
    requested: Requested
    units: Sequence[str]
    sigma: int
    terms: SettlementTerms
    zone: ZoneInfo | None = None
    facts: Mapping[str, UnitFacts] | None = None


@dataclass(frozen=True)
class UnitKnown:
    """What a unit's owner and the operator told of it: excluded days, references, nominations, beside its readings."""

    series: Series
    facts: UnitFacts


@dataclass(frozen=True)
class UnitsKnown:
    """The units of a dispatch in its order: each one's periods and facts, and the periods as one array."""

    each: Sequence[tuple[Periods, UnitFacts]]
    metered: StackedPeriods


class KnownUnits:
    """What is known of units, each thing worked out once for all dispatches that ask for it."""

    def __init__(self, units: Mapping[str, UnitKnown], calls: Iterable[Called]) -> None:
        self._units, self._spans = units, _spans(calls)
        self._found: dict[tuple[object, ...], UnitsKnown] = {}
        self._stacks: dict[tuple[object, ...], StackedPeriods] = {}
        self._days: dict[tuple[object, ...], UnitDays] = {}
        self._nothing = UnitKnown(no_readings(), UnitFacts(UnitDays((), (), ())))

    def of_units(self, called: Called, zone: ZoneInfo) -> UnitsKnown:
        """The units of a dispatch; dispatches of one contract share what they are known by."""
        terms, units = called.terms, tuple(called.units)
        metered = units, terms.period_minutes, terms.estimated_counts
        key = *metered, zone, id(called.facts)
        if key not in self._found:
            periods = [
                self._of(unit).series.periods(terms.period_minutes, estimated_counts=terms.estimated_counts)
                for unit in units
            ]
            if metered not in self._stacks:
                self._stacks[metered] = stacked(periods)
            facts = [self._facts(called, unit, zone) for unit in units]
            self._found[key] = UnitsKnown(list(zip(periods, facts, strict=True)), self._stacks[metered])
        return self._found[key]

    def _of(self, unit: str) -> UnitKnown:
        return self._units.get(unit, self._nothing)

    def _facts(self, called: Called, unit: str, zone: ZoneInfo) -> UnitFacts:
        """What is told of a unit, with the local days and the spans of its dispatches."""
        told = (called.facts or {}).get(unit) or self._of(unit).facts
        return replace(told, days=self._with_events(unit, told.days, zone))

    def _with_events(self, unit: str, told: UnitDays, zone: ZoneInfo) -> UnitDays:
        """Units of which the same is known share one object, so that they are worked out together."""
        spans = tuple(self._spans[unit])
        key = zone, frozenset(told.holidays), frozenset(told.excluded), spans
        if key not in self._days:
            days = {day for span in spans for day in _days_of(span, zone)}
            self._days[key] = UnitDays(frozenset(told.holidays), days, told.excluded, spans)
        return self._days[key]


def _spans(calls: Iterable[Called]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for called in calls:
        span = minute_of(called.requested.start), end_minute(called.requested.end)
        for unit in called.units:
            found[unit].append(span)
    return found


@lru_cache(maxsize=4096)
def _days_of(span: tuple[int, int], zone: ZoneInfo) -> Sequence[date]:
    first, last = (instant_of(minute).astimezone(zone).date() for minute in (span[0], span[1] - 1))
    return [first + number * DAY for number in range((last - first).days + 1)]


def end_minute(instant: datetime) -> int:
    minute = minute_of(instant)
    return minute if instant_of(minute) == instant else minute + 1
