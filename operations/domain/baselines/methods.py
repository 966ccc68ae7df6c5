"""The methods by name: another method is a module beside these and a row here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from competitions.domain.settlement_terms import BaselineMethod, SettlementTerms
from operations.domain.baselines.asked import Asked, Baseline, Energies, Expected, UnitBaselines
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.constant import constant
from operations.domain.baselines.fixed_reference import Reference, fixed_reference
from operations.domain.baselines.meter_before import meter_before
from operations.domain.baselines.nominated import Nomination, WeekNomination, nominated
from operations.domain.baselines.recent_days import recent_days, recent_days_of_units
from operations.domain.series import Periods, StackedPeriods


@dataclass(frozen=True)
class UnitFacts:
    """What the baselines of one delivery unit need beside its readings."""

    days: UnitDays
    references: Sequence[Reference] = ()
    nominations: Sequence[Nomination] = field(default=())
    weeks: Sequence[WeekNomination] = field(default=())


Method = Callable[[Asked, SettlementTerms, UnitFacts], Baseline]

METHODS: Mapping[BaselineMethod, Method] = {
    BaselineMethod.CONSTANT: lambda asked, terms, facts: constant(asked, terms.baseline.kw),
    BaselineMethod.FIXED_REFERENCE: lambda asked, terms, facts: fixed_reference(asked, facts.references),
    BaselineMethod.NOMINATED: lambda asked, terms, facts: nominated(
        asked, facts.nominations, terms.nomination, facts.weeks
    ),
    BaselineMethod.RECENT_DAYS: lambda asked, terms, facts: recent_days(asked, terms.baseline, facts.days),
    BaselineMethod.METER_BEFORE: lambda asked, terms, facts: meter_before(
        asked, terms.baseline.before_minutes
    ),
}


def baseline_of(asked: Asked, terms: SettlementTerms, facts: UnitFacts) -> Baseline:
    """The baseline of a unit for the periods of a dispatch, by the method of its contract's terms."""
    return METHODS[terms.baseline.method](asked, terms, facts)


@dataclass(frozen=True)
class Calling:
    """A dispatch that wants the baselines of its units: ``metered`` are their periods, a row each."""

    asked: Asked
    terms: SettlementTerms
    units: Sequence[tuple[Periods, UnitFacts]]
    metered: StackedPeriods


def baselines_of(calling: Sequence[Calling]) -> list[UnitBaselines]:
    """The baselines of each dispatch's units, in the order of the dispatches; what is alike is worked out together."""
    together: dict[object, list[int]] = {}
    for place, each in enumerate(calling):
        together.setdefault(_alike(each, place), []).append(place)
    found: dict[int, UnitBaselines] = {}
    for places in together.values():
        found.update(zip(places, _together([calling[place] for place in places]), strict=True))
    return [found[place] for place in range(len(calling))]


def _alike(calling: Calling, place: int) -> object:
    """Equal only for dispatches of the same units, readings and days under the same terms."""
    if calling.terms.baseline.method is not BaselineMethod.RECENT_DAYS:
        return place
    days = tuple(id(facts.days) for _, facts in calling.units)
    return id(calling.metered), id(calling.terms), calling.asked.zone, days


def _together(calling: Sequence[Calling]) -> list[UnitBaselines]:
    first = calling[0]
    if first.terms.baseline.method is BaselineMethod.RECENT_DAYS:
        days = [facts.days for _, facts in first.units]
        return recent_days_of_units(
            [each.asked for each in calling], first.metered, days, first.terms.baseline
        )
    return [_one_by_one(each) for each in calling]


def _one_by_one(calling: Calling) -> UnitBaselines:
    asked = calling.asked
    made = [baseline_of(replace(asked, metered=own), calling.terms, facts) for own, facts in calling.units]
    told = [Energies.over(asked.periods, each.energy) for each in made]
    return UnitBaselines(Expected.of(told, len(asked.periods)), made)
