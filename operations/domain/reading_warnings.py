"""What readings tell of a dispatch before it is sent: units without recent data, and units that would have no baseline."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Count

from competitions.domain.settlement_terms import BaselineMethod, SettlementTerms
from marketplace.calendar import local_instant
from operations.domain.baselines.asked import Asked as AskedBaseline
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.methods import UnitFacts, baseline_of
from operations.domain.dispatch_warnings import Asked, named
from operations.domain.measuring import sigma_of, terms_for
from operations.domain.series import minute_of, no_readings
from operations.domain.stored_readings import series_of_units
from operations.domain.unit_events import spans_of_seller, touched_days
from operations.domain.unit_facts import facts_for
from operations.domain.units import DeliveringUnits, Unit
from operations.models import DeliveryUnit, MeterDay

DAY = timedelta(days=1)
QUIET_DAYS = 7
WORKED_OUT = 25
"""Of a contract with more units the days that were told are counted; no baseline is worked out."""


def no_recent_readings(asked: Asked) -> Iterator[str]:
    """Name the units of which nothing was told for the last seven days."""
    units = _units(asked)
    since = asked.now.date() - QUIET_DAYS * DAY
    told = MeterDay.objects.filter(unit__in=_ids(units), day__gte=since, day__lte=asked.now.date())
    known = set(told.values_list("unit", flat=True).distinct())
    quiet = [each.ref for each in units if each.pk not in known]
    if quiet:
        yield f"No meter data in the last {QUIET_DAYS} days of {named(quiet)}."


def no_baseline(asked: Asked) -> Iterator[str]:
    """Name the units for which no baseline can be made of what is there, if the terms' method tells beforehand."""
    if asked.contract.terms is None:
        return
    terms = terms_for(asked.contract)
    units = _units(asked)
    if not units or not _is_known_before(asked, terms):
        return
    if len(units) > WORKED_OUT and terms.baseline.method is BaselineMethod.RECENT_DAYS:
        lacking = _with_too_few_days(asked, terms, units)
    else:
        lacking = _without_baseline(asked, terms, units)
    if lacking:
        yield f"No baseline is possible for {named(lacking)} by what is there now; what has none delivers nothing that counts."


def _units(asked: Asked) -> list[Unit]:
    day = asked.start.astimezone(asked.contract.buyer.zone).date()
    return list(DeliveringUnits([asked.contract.pk]).on(asked.contract.pk, day).values())


def _ids(units: Sequence[Unit]) -> list[UUID]:
    return [each.pk for each in units if isinstance(each, DeliveryUnit)]


def _is_known_before(asked: Asked, terms: SettlementTerms) -> bool:
    """Whether the baseline is known before the dispatch: not while it may still be nominated, or is metered just before it."""
    method = terms.baseline.method
    if method is BaselineMethod.NOMINATED:
        zone = asked.contract.buyer.zone
        day = asked.start.astimezone(zone).date() - terms.nomination.days_before * DAY
        return local_instant(day, terms.nomination.time, zone) <= asked.now
    return method in (BaselineMethod.FIXED_REFERENCE, BaselineMethod.RECENT_DAYS)


def _with_too_few_days(asked: Asked, terms: SettlementTerms, units: Sequence[Unit]) -> list[str]:
    least = min(terms.baseline.working.least, terms.baseline.other.least)
    first = asked.start.date() - terms.baseline.lookback_days * DAY
    counts = (
        MeterDay.objects.filter(unit__in=_ids(units), day__gte=first, day__lt=asked.start.date())
        .order_by()
        .values_list("unit")
        .annotate(Count("day", distinct=True))
    )
    known = {unit for unit, number in counts if number >= least}
    return [each.ref for each in units if each.pk not in known]


def _without_baseline(asked: Asked, terms: SettlementTerms, units: Sequence[Unit]) -> list[str]:
    contract, zone = asked.contract, asked.contract.buyer.zone
    day = asked.start.astimezone(zone).date()
    first = day - (terms.baseline.lookback_days + 2) * DAY
    is_recent = terms.baseline.method is BaselineMethod.RECENT_DAYS
    series = series_of_units(_ids(units), first, day) if is_recent else {}
    facts = facts_for([contract.buyer], [each.pk for each in units], first, day + 2 * DAY, asked.now)
    spans = spans_of_seller(contract.seller_id, first, asked.start) if is_recent else {}
    minutes = terms.period_minutes
    periods = range(minute_of(asked.start) // minutes, -(-minute_of(asked.end) // minutes))
    lacking = []
    for unit in units:
        own = facts[contract.buyer_id][unit.pk]
        called = spans.get(unit.ref, [])
        days = UnitDays(own.days.holidays, touched_days(called, zone), own.days.excluded, called)
        metered = series.get(unit.pk, no_readings()).periods(minutes, estimated_counts=terms.estimated_counts)
        wanted = AskedBaseline(periods, minutes, asked.start, sigma_of(contract), zone, metered)
        known = UnitFacts(days, own.references, own.nominations, own.weeks)
        if not baseline_of(wanted, terms, known).energy:
            lacking.append(unit.ref)
    return lacking
