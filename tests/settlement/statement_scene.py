"""A month of North's contract: one dispatch after another, metered, and what its statements come to."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from operations.domain.called import occurrences_of
from settlement.domain.runs import run_statements, runnable
from settlement.models import Statement
from tests.contracts.scene import confirmed
from tests.operations.metered import HALF_HOUR, give, issue, tell

CONSTANT = {"baseline": {"method": "constant", "kw": "-2000"}, "availability": {"mode": "fixed"}}
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
FIRST_RUN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def made():
    """North's contract for 1 MW at £10 a MWh, that counts on N1 alone."""
    found = confirmed()
    found.contract = contracts_of(found.north).get()
    ContractedAsset.objects.filter(contract=found.contract).exclude(asset_ref="N1").delete()
    return found


def scene_of(once, fields=CONSTANT, **more):
    """The same with terms, in service every day from 16:00 to 20:00 of February and March, or with ``more`` of its own."""
    found = deepcopy(once)
    own = {"end_day": date(2026, 4, 1)} | more
    Contract.objects.filter(pk=found.contract.pk).update(**own)
    found.contract = give(found, found.contract, "terms", fields)
    found.service = occurrences_of(found.contract)
    return found


def dispatched(found, day=0, imports=(700, 700), mw="0.5", contract=None, before=HOUR, **more):
    """A dispatch of an hour at the beginning of a day of service, with net import in kWh of its half-hours."""
    start = found.service[day].start
    with clock.set_to(start - before):
        dispatch = issue(found, contract or found.contract, start, start + HOUR, mw, **more)
    if imports:
        told(found, start, imports)
    return dispatch


def told(found, start, imports, at=None, asset="N1"):
    """Readings of half-hours from a start on, received at an instant, by default a day after."""
    with clock.set_to(at or start + timedelta(days=1)):
        return tell(
            found.north, found.assets[asset], {start + n * HALF_HOUR: kwh for n, kwh in enumerate(imports)}
        )


def run(found, at=FIRST_RUN, month=FEBRUARY, contracts=None):
    with clock.set_to(at):
        chosen = contracts if contracts is not None else runnable(found.buyer, month)
        return run_statements(by=found.buyer, contracts=chosen, month=month, now=at)


def statement(found, month=FEBRUARY):
    return Statement.objects.get(contract=found.contract, month=month)


def lines(version):
    return [(each.kind, each.reference, each.amount) for each in version.lines.order_by("place")]
