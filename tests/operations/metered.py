"""Readings, terms and dispatches for the tests of performance."""

from datetime import timedelta
from decimal import Decimal

from competitions.domain.terms_keeping import create_terms
from contracts.domain.given_terms import give_terms
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from operations.domain.issuing import issue_dispatch
from operations.domain.reading_days import DAY_MINUTES, blank_day, day_of_minute
from operations.domain.series import MICRO, minute_of
from operations.domain.stored_readings import store_readings
from operations.domain.units import made_units
from tests.bidding.market import AFTER

HALF_HOUR = timedelta(minutes=30)


def give(made, contract, ref, fields):
    """Settlement terms for a contract, under a ref of their own."""
    version = create_terms(by=made.buyer, ref=ref, name=ref, fields=fields, now=AFTER)
    Contract.objects.filter(pk=contract.pk).update(terms_version=None, terms=None)
    give_terms(by=made.buyer, contract_ids=[contract.pk], version=version, now=AFTER)
    return Contract.objects.get(pk=contract.pk)


def another_contract(made, contract, bid, *assets):
    """A second contract of the same seller, that counts on these assets."""
    second = Contract.objects.get(pk=contract.pk)
    second.pk, second.bid, second._state.adding = None, bid, True
    second.id = Contract._meta.pk.default()
    second.save(force_insert=True)
    for asset in assets:
        ContractedAsset.objects.create(contract=second, asset_id=asset.pk, asset_ref=asset.ref, data={})
    return second


def tell(member, asset, imports, minutes=30, quality=0):
    """Store net import in kWh by the start of each interval; None is missing."""
    days = {}
    for start, kwh in imports.items():
        minute = minute_of(start)
        day = days.setdefault(day_of_minute(minute), blank_day(day_of_minute(minute), minutes))
        place = minute % DAY_MINUTES // minutes
        net = 0 if kwh is None else int(Decimal(str(kwh)) * MICRO)
        day.imported.energy[place], day.exported.energy[place] = max(net, 0), max(-net, 0)
        day.imported.quality[place] = day.exported.quality[place] = 2 if kwh is None else quality
    unit = made_units(member.organisation_id, [asset])[asset.pk]
    store_readings(by=member, days={unit: list(days.values())}, counts={}, now=clock.now())
    return unit


def half_hours(start, number, kwh):
    """The same import for so many half-hours."""
    return {start + each * HALF_HOUR: kwh for each in range(number)}


def issue(made, contract, start, end, mw, **more):
    return issue_dispatch(
        by=made.buyer, contract_id=contract.pk, mw=Decimal(mw), start=start, end=end, now=clock.now(), **more
    )
