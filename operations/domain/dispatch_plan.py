"""MW needed from a start to an end, filled from many contracts: cheapest first, shown before anything is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from competitions.domain.payment import pence, rounded
from contracts.models import Contract
from marketplace.errors import Refused
from marketplace.numbers import count_text
from operations.domain.available import callables_between
from operations.domain.dispatch_queries import time_held
from operations.domain.instructions import Instruction
from operations.domain.issuing import NotIssued, issue_dispatches
from operations.domain.limits import Callable, Refusal, most_mw, refusals_of_issue
from operations.domain.occurrences import Stretch
from operations.domain.profiles import Piece
from operations.domain.standing import energy_of
from operations.enums import DispatchKind
from operations.models import Dispatch

PLACES = 6
MOST_CONTRACTS = 200
ZERO = Fraction(0)
EMPTY: Mapping[UUID, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True)
class Offer:
    """A contract that may be called: how many MW at most, and at which price a MWh (none: 0)."""

    contract: Contract
    most: Fraction
    price: Decimal
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True)
class Call:
    """What a plan asks of a contract."""

    contract: Contract
    mw: Decimal
    price: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Filled:
    """A plan: whom it calls, whom it can't and why, whom it needn't, and the MW that nobody is left for."""

    needed: Decimal
    calls: Sequence[Call]
    left_out: Sequence[Offer]
    spare: Sequence[Offer]
    short: Decimal

    @property
    def mw(self) -> Decimal:
        return sum((each.mw for each in self.calls), Decimal(0))

    @property
    def cost(self) -> Decimal:
        return sum((each.cost for each in self.calls), Decimal(0))


def cost_of_energy(price: Decimal | None, mwh: Fraction) -> Decimal:
    """What MWh cost at a contract's utilisation price if all of it is delivered."""
    return pence(Fraction(price or 0) * mwh)


def fill(offers: Iterable[Offer], needed: Decimal, start: datetime, end: datetime) -> Filled:
    """Fill the MW by price, then size (the larger first), then the contract's ID; the last one called in part. Pure."""
    listed = sorted(offers, key=lambda each: (each.price, -each.most, str(each.contract.pk)))
    open_to = [each for each in listed if not each.refusals and each.most > 0]
    left, calls, spare = Fraction(needed), [], []
    for each in open_to:
        taken = min(left, each.most)
        if taken <= 0:
            spare.append(each)
            continue
        mw = rounded(taken, PLACES)
        energy = energy_of([Piece(start, end, Fraction(mw))])
        calls.append(Call(each.contract, mw, each.price, cost_of_energy(each.price, energy)))
        left -= taken
    left_out = [each for each in listed if each.refusals or each.most <= 0]
    return Filled(needed, calls, left_out, spare, rounded(max(left, ZERO), PLACES))


def plan_of(
    contracts: Iterable[Contract], needed: Decimal, start: datetime, end: datetime, now: datetime
) -> Filled:
    """The plan for MW from these contracts, which the member may dispatch, as they stand now."""
    listed = list(contracts)
    held = time_held([each.pk for each in listed])
    limits = callables_between(listed, held, start, end, now)
    offers = [_offer(each, limits[each.pk], start, end, now) for each in listed]
    return fill(offers, needed, start, end)


def _offer(contract: Contract, limits: Callable, start: datetime, end: datetime, now: datetime) -> Offer:
    most = most_mw(limits, start, end)
    smallest = Fraction(1, 10**PLACES)
    refusals = refusals_of_issue(limits, Stretch(start, end, most or smallest), now)
    return Offer(contract, most, contract.utilisation_price or Decimal(0), refusals)


@transaction.atomic
def issue_plan(
    *,
    by: Member,
    calls: Sequence[tuple[UUID, Decimal]],
    start: datetime,
    end: datetime,
    kind: DispatchKind = DispatchKind.OPERATIONAL,
    ref: str,
    reason: str = "",
    incident_reference: str = "",
    warnings: Mapping[UUID, Sequence[str]] = EMPTY,
    now: datetime,
) -> list[Dispatch]:
    """Send the dispatches of a plan: all of them or, refused, none. Each has the plan's ref and its place in it.

    ``warnings`` are those that were shown of its contracts.

    Raises ``Refused`` naming the contract that can't be called, and ``NotAllowed``.
    """
    if not calls:
        raise Refused("The plan calls no contract.")
    if len(calls) > MOST_CONTRACTS:
        raise Refused(f"A plan calls at most {count_text(MOST_CONTRACTS)} contracts.")
    told = [
        Instruction(
            pk,
            mw,
            start,
            end,
            kind,
            f"{ref}-{place}",
            reason,
            incident_reference,
            tuple(warnings.get(pk, ())),
        )
        for place, (pk, mw) in enumerate(calls, start=1)
    ]
    try:
        return issue_dispatches(by=by, instructions=told, now=now)
    except NotIssued as refusal:
        loaded = Contract.objects.select_related("competition", "seller")
        contract = loaded.get(pk=told[refusal.place].contract_id)
        raise Refused(
            f"{contract.competition.ref} with {contract.seller}: {refusal.sentence} Nothing was sent."
        ) from refusal
