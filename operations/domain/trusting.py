"""How the baseline of a contract would have done on its last days without dispatches."""

from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.models import Contract
from marketplace.calendar import local_instant
from operations.domain.baselines.asked import Asked
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.methods import Calling, UnitFacts, baselines_of
from operations.domain.baselines.trust import Trust, trust_of
from operations.domain.measuring import sigma_of, terms_for
from operations.domain.series import Periods, minute_of, no_readings, stacked
from operations.domain.stored_readings import series_of_units
from operations.domain.unit_events import spans_of_seller, touched_days
from operations.domain.unit_facts import facts_for
from operations.domain.units import units_of_contracts
from operations.models import DeliveryUnit

LOOKED_AT = 60
DAY = timedelta(days=1)


def contract_by_id(contract_id: UUID) -> Contract | None:
    """A contract with settlement terms, with what its trust figures need; None for one that has gone."""
    loaded = Contract.objects.select_related("buyer", "seller", "competition").exclude(terms=None)
    return loaded.filter(pk=contract_id).first()


def trust_in(contract: Contract, now: datetime) -> dict[str, Trust]:
    """By unit, how its baseline does at the window's hours on the last 60 days without a dispatch."""
    terms, buyer = terms_for(contract), contract.buyer
    zone = buyer.zone
    units = units_of_contracts([contract.pk], now.astimezone(zone).date())[contract.pk]
    today = now.astimezone(zone).date()
    days = [today - number * DAY for number in range(1, LOOKED_AT + 1)]
    first = days[-1] - (terms.baseline.lookback_days + 2) * DAY
    ids = [unit.pk for unit in units if isinstance(unit, DeliveryUnit)]
    series = series_of_units(ids, first, today + DAY)
    facts = facts_for([buyer], [unit.pk for unit in units], first, today, now)[buyer.pk]
    spans = spans_of_seller(contract.seller_id, first, now)
    event_days = {unit.ref: touched_days(spans.get(unit.ref, ()), zone) for unit in units}
    found = {}
    for unit in units:
        own = facts[unit.pk]
        with_events = UnitFacts(
            UnitDays(own.days.holidays, event_days[unit.ref], own.days.excluded, spans.get(unit.ref, ())),
            own.references,
            own.nominations,
            own.weeks,
        )
        metered = series.get(unit.pk, no_readings()).periods(
            terms.period_minutes, estimated_counts=terms.estimated_counts
        )
        asked = [
            _asked(contract, day, terms.period_minutes, metered)
            for day in days
            if day not in event_days[unit.ref] and day.weekday() in contract.weekdays
        ]
        alone = stacked([metered])
        baselines = baselines_of([Calling(each, terms, [(metered, with_events)], alone) for each in asked])
        found[unit.ref] = trust_of(zip(asked, (each.expected for each in baselines), strict=True))
    return found


def _asked(contract: Contract, day: date, minutes: int, metered: Periods) -> Asked:
    zone = contract.buyer.zone
    start = local_instant(day, contract.start, zone)
    ends = day if contract.end > contract.start else day + DAY
    end = local_instant(ends, contract.end, zone)
    periods = range(minute_of(start) // minutes, -(-minute_of(end) // minutes))
    return Asked(periods, minutes, start, sigma_of(contract), zone, metered)
