"""The methods by name: another method is a module beside these and a row here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from competitions.domain.settlement_terms import BaselineMethod, SettlementTerms
from operations.domain.baselines.asked import Asked, Baseline, Energies, UnitBaselines
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


def baselines_of(
    asked: Asked,
    terms: SettlementTerms,
    units: Sequence[tuple[Periods, UnitFacts]],
    metered: StackedPeriods,
) -> UnitBaselines:
    """The baselines of several units for the periods of a dispatch; ``metered`` are their periods, a row each."""
    if terms.baseline.method is BaselineMethod.RECENT_DAYS:
        return recent_days_of_units(asked, metered, [facts.days for _, facts in units], terms.baseline)
    made = [baseline_of(replace(asked, metered=own), terms, facts) for own, facts in units]
    return UnitBaselines([Energies.over(asked.periods, each.energy) for each in made], made)
