"""What dispatches delivered, period by period and unit by unit, in order of issue; nothing is paid twice. Pure.

For a unit that counts (it has a baseline and a complete reading):

    flexibility = σ (N − taken − B)            taken: net energy already credited to dispatches issued earlier
    delivered   = min(max(Σ flexibility, 0), cap × Q)      a declined dispatch: 0
    deficiency  = max(0, (1 − tolerance) × Q − Σ flexibility) where all units count, else 0
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from competitions.domain.payment import deficiency, delivered_energy
from competitions.domain.settlement_terms import SettlementTerms
from operations.domain.baselines.asked import Asked, Baseline
from operations.domain.baselines.methods import UnitFacts, baseline_of
from operations.domain.baselines.recent_days import UnitDays
from operations.domain.profiles import Requested, Response
from operations.domain.series import Periods, Series, instant_of, minute_of, no_readings

ZERO = Fraction(0)
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
class UnitPeriod:
    """One unit in one period: kWh, and what was credited to it; None where it does not count."""

    unit: str
    baseline: Fraction | None
    metered: Fraction | None
    taken: Fraction
    flexibility: Fraction | None
    credited: Fraction = ZERO


@dataclass(frozen=True)
class PeriodResult:
    """One period of a dispatch, kWh; sums are those of the units that count."""

    start: datetime
    minutes: int
    requested: Fraction
    baseline: Fraction
    metered: Fraction
    flexibility: Fraction
    delivered: Fraction
    deficiency: Fraction
    complete: bool
    units: Sequence[UnitPeriod]


@dataclass(frozen=True)
class Performance:
    """A dispatch, measured."""

    called: Called
    periods: Sequence[PeriodResult]
    baselines: Mapping[str, Baseline]

    @property
    def requested(self) -> Fraction:
        return sum((each.requested for each in self.periods), ZERO)

    @property
    def delivered(self) -> Fraction:
        return sum((each.delivered for each in self.periods), ZERO)

    @property
    def deficiency(self) -> Fraction:
        return sum((each.deficiency for each in self.periods), ZERO)

    @property
    def share(self) -> Fraction:
        """Delivered of requested, 0 where nothing was asked for."""
        return self.delivered / self.requested if self.requested else ZERO

    @property
    def complete_periods(self) -> int:
        return sum(each.complete for each in self.periods)


@dataclass(frozen=True)
class UnitKnown:
    """What a unit's owner and the operator told of it: excluded days, references, nominations, beside its readings."""

    series: Series
    facts: UnitFacts


class _Taken:
    """Net energy already credited, by unit: pieces of time that hold it evenly over their minutes."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[int, int, Fraction]]] = defaultdict(list)

    def add(self, unit: str, start: int, end: int, energy: Fraction) -> None:
        if energy:
            self._pieces[unit].append((start, end, energy))

    def between(self, unit: str, start: int, end: int) -> Fraction:
        return sum(
            (
                energy * Fraction(min(end, till) - max(start, since), till - since)
                for since, till, energy in self._pieces.get(unit, ())
                if since < end and start < till
            ),
            ZERO,
        )


def performances(
    calls: Iterable[Called], units: Mapping[str, UnitKnown], zone: ZoneInfo, beside: Iterable[Called] = ()
) -> list[Performance]:
    """Every dispatch measured, in order of issue, then of its name.

    A unit's event days are the local days of the dispatches given here and of those ``beside`` them, which are not measured;
    a unit that is not among ``units`` has no reading.
    """
    ordered = sorted(calls, key=lambda each: (each.issued_at, each.dispatch))
    spans = _spans([*beside, *ordered])
    event_days = {each: _event_days(spans, each) for each in {zone, *(one.zone or zone for one in ordered)}}
    taken = _Taken()
    measured = []
    near = _Later(ordered)
    for place, called in enumerate(ordered):
        local = called.zone or zone
        own = called.facts or {}
        known = {unit: units.get(unit) or _unknown() for unit in called.units}
        metered = {
            unit: each.series.periods(
                called.terms.period_minutes, estimated_counts=called.terms.estimated_counts
            )
            for unit, each in known.items()
        }
        baselines = {
            unit: baseline_of(
                _asked(called, metered[unit], local),
                called.terms,
                _with_events(own.get(unit, each.facts), event_days[local][unit], spans[unit]),
            )
            for unit, each in known.items()
        }
        later = near.of(place)
        periods = [
            _measured(called, period, metered, baselines, taken, later)
            for period in periods_of(called.requested, called.terms.period_minutes)
        ]
        measured.append(Performance(called, periods, baselines))
    return measured


class _Later:
    """Which dispatches of a list, in order of issue, call a unit of another and lie near it in time."""

    def __init__(self, ordered: Sequence[Called]) -> None:
        self._ordered = ordered
        self._of_unit: dict[str, list[int]] = defaultdict(list)
        for place, called in enumerate(ordered):
            for unit in called.units:
                self._of_unit[unit].append(place)

    def of(self, place: int) -> list[Called]:
        """Those issued later that touch a period of the one at a place."""
        own = self._ordered[place]
        room = timedelta(minutes=own.terms.period_minutes)
        since, till = own.requested.start - room, own.requested.end + room
        others = {each for unit in own.units for each in self._of_unit[unit] if each > place}
        found = [self._ordered[each] for each in sorted(others)]
        return [each for each in found if each.requested.start < till and each.requested.end > since]


def periods_of(requested: Requested, minutes: int) -> range:
    """The numbers of the settlement periods that a profile touches."""
    first = minute_of(requested.start) // minutes
    return range(first, -(-_end_minute(requested.end) // minutes))


def _end_minute(instant: datetime) -> int:
    minute = minute_of(instant)
    return minute if instant_of(minute) == instant else minute + 1


def _unknown() -> UnitKnown:
    return UnitKnown(no_readings(), UnitFacts(UnitDays((), (), ())))


def _spans(calls: Iterable[Called]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for called in calls:
        span = minute_of(called.requested.start), _end_minute(called.requested.end)
        for unit in called.units:
            found[unit].append(span)
    return found


def _event_days(spans: Mapping[str, Sequence[tuple[int, int]]], zone: ZoneInfo) -> dict[str, set[date]]:
    days = {span: _days_of(span, zone) for span in {span for each in spans.values() for span in each}}
    found: dict[str, set[date]] = defaultdict(set)
    for unit, each in spans.items():
        found[unit].update(day for span in each for day in days[span])
    return found


def _days_of(span: tuple[int, int], zone: ZoneInfo) -> list[date]:
    first, last = (instant_of(minute).astimezone(zone).date() for minute in (span[0], span[1] - 1))
    return [first + number * DAY for number in range((last - first).days + 1)]


def _with_events(facts: UnitFacts, days: set[date], spans: Sequence[tuple[int, int]]) -> UnitFacts:
    known = facts.days
    return replace(facts, days=UnitDays(known.holidays, days, known.excluded, spans))


def _asked(called: Called, metered: Periods, zone: ZoneInfo) -> Asked:
    minutes = called.terms.period_minutes
    return Asked(
        periods_of(called.requested, minutes), minutes, called.requested.start, called.sigma, zone, metered
    )


def _measured(
    called: Called,
    period: int,
    metered: Mapping[str, Periods],
    baselines: Mapping[str, Baseline],
    taken: _Taken,
    later: Sequence[Called],
) -> PeriodResult:
    minutes = called.terms.period_minutes
    start, end = period * minutes, (period + 1) * minutes
    asked = called.requested.energy(instant_of(start), instant_of(end))
    units = [_unit(called, each, period, metered[each], baselines[each], taken) for each in called.units]
    flexibility = sum((each.flexibility for each in units if each.flexibility is not None), ZERO)
    is_declined = called.requested.response is Response.DECLINED
    counting = ZERO if is_declined else flexibility
    delivered = delivered_energy(called.terms.utilisation, asked, counting)
    is_complete = all(each.flexibility is not None for each in units)
    missing = deficiency(called.terms.penalty, asked, counting) if is_complete else ZERO
    credited = _credited(delivered, units, _called_later(later, start, end))
    for unit, energy in credited.items():
        taken.add(unit, start, end, called.sigma * energy)
    return PeriodResult(
        instant_of(start),
        minutes,
        asked,
        sum(
            (each.baseline for each in units if each.flexibility is not None and each.baseline is not None),
            ZERO,
        ),
        sum(
            (each.metered for each in units if each.flexibility is not None and each.metered is not None),
            ZERO,
        ),
        flexibility,
        delivered,
        missing,
        is_complete,
        [
            UnitPeriod(
                each.unit,
                each.baseline,
                each.metered,
                each.taken,
                each.flexibility,
                credited.get(each.unit, ZERO),
            )
            for each in units
        ],
    )


def _unit(
    called: Called, unit: str, period: int, metered: Periods, baseline: Baseline, taken: _Taken
) -> UnitPeriod:
    minutes = called.terms.period_minutes
    energy = metered.energy(period) if metered.is_complete(period) else None
    expected = baseline.energy.get(period)
    already = taken.between(unit, period * minutes, (period + 1) * minutes)
    flexibility = None
    if energy is not None and expected is not None:
        flexibility = called.sigma * (energy - already - expected)
    return UnitPeriod(unit, expected, energy, already, flexibility)


def _called_later(later: Iterable[Called], start: int, end: int) -> set[str]:
    """The units that a dispatch issued later also calls within the period."""
    since, till = instant_of(start), instant_of(end)
    return {
        unit
        for each in later
        if any(piece.start < till and piece.end > since for piece in each.requested.pieces)
        for unit in each.units
    }


def _credited(delivered: Fraction, units: Iterable[UnitPeriod], later: set[str]) -> dict[str, Fraction]:
    """To whom the delivered energy is credited: first to units that no later dispatch of the period calls, then in order."""
    giving = [each for each in units if each.flexibility is not None and each.flexibility > 0]
    left = delivered
    found = {}
    for each in sorted(giving, key=lambda unit: (unit.unit in later, unit.unit)):
        assert each.flexibility is not None
        found[each.unit] = min(left, each.flexibility)
        left -= found[each.unit]
    return found
