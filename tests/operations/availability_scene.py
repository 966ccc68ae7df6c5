"""Two providers with contracts for the same window from Monday 2 February to Sunday 5 April 2026, every day 16:00 to 20:00.

North has 1 MW at £10 a MW and hour, South 3 MW at £8; 2 MW are required.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from competitions.domain.terms_fields import fields_of, terms_of
from competitions.domain.terms_keeping import create_terms
from contracts.models import Contract
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.told import promise_of
from tests.bidding.market import AFTER
from tests.contracts.scene import confirmed

LONDON = ZoneInfo("Europe/London")
WEEK = date(2026, 2, 9)
"""A Monday: locked on Wednesday 4 February 24:00, answered by Thursday 5 February 12:00."""
LOCK = datetime(2026, 2, 5, 0, tzinfo=UTC)
ANSWER = datetime(2026, 2, 5, 12, tzinfo=UTC)
OPEN = datetime(2026, 2, 3, 9, tzinfo=UTC)


def made(**declaration):
    """The market with contracts that declare."""
    with run_jobs_inline():
        of = confirmed()
        give_terms(of, **declaration)
    return of


def give_terms(of, mode="declared", more=None, **declaration):
    fields = {"availability": {"mode": mode} | (more or {}), "declaration": declaration}
    ref = f"T{create_terms.__name__}{Contract.objects.exclude(terms=None).count()}{mode}"[:40]
    version = create_terms(by=of.buyer, ref=ref, name=mode, fields=fields, now=AFTER)
    Contract.objects.update(terms_version=version, terms=fields_of(terms_of(fields)))
    Contract.objects.update(first_day=date(2026, 2, 2), end_day=date(2026, 4, 6))
    of.first = contract_of(of.north, "10")
    of.second = contract_of(of.south, "8")
    of.windows[0].capacity_required_mw = Decimal(2)
    of.windows[0].save()


def contract_of(seller, price):
    found = Contract.objects.get(seller=seller.organisation_id)
    found.availability_price = Decimal(price)
    found.save()
    return Contract.objects.select_related("competition", "buyer", "seller", "bid__window").get(pk=found.pk)


def at(day, hour, minute=0, month=2):
    """An instant by the clocks of London."""
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def pieces(contract, day, now):
    """What stands of one service day: MW declared, accepted and available, and the state."""
    contract = Contract.objects.select_related("competition", "buyer", "bid__window").get(pk=contract.pk)
    promise = promise_of(contract, day, day)
    return [
        (
            f"{each.start.astimezone(LONDON):%H:%M}-{each.end.astimezone(LONDON):%H:%M}",
            float(each.declared),
            float(each.accepted),
            float(each.available),
            each.state.value,
        )
        for _, own in promise.pieces(now)
        for each in own
    ]
