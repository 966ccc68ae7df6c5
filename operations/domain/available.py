"""What of contracts may be called, for many contracts at once: what is accepted, and what of that is missing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from competitions.domain.settlement_terms import AvailabilityMode
from contracts.models import Contract
from operations.domain.called import (
    callable_for,
    occurrences_of,
    stored_of,
    terms_of_contract,
    waiting_for_signature,
)
from operations.domain.limits import Callable
from operations.domain.occurrences import Occurrence, Stretch
from operations.domain.promised import Terms, Told, accepted_at
from operations.models import Dispatch

DAY = timedelta(days=1)
EARLIEST, LATEST = date.min + 2 * DAY, date.max - DAY


@dataclass(frozen=True)
class Availability:
    """The accepted stretches of a contract in their order, and its unavailabilities."""

    accepted: Sequence[Stretch] = ()
    unavailable: Sequence[Stretch] = ()


def availability_of(
    contracts: Collection[Contract], served: Mapping[UUID, Sequence[Occurrence]], now: datetime
) -> Mapping[UUID, Availability]:
    """What is accepted and missing of each contract in the occurrences asked about, as it stands at ``now``."""
    every = [each for own in served.values() for each in own]
    if not every:
        return {each.pk: Availability() for each in contracts}
    start, end = min(each.start for each in every), max(each.end for each in every)
    told = stored_of(contracts, start, end)
    return {each.pk: _of(each, served.get(each.pk, ()), told[each.pk], now) for each in contracts}


def _of(contract: Contract, service: Sequence[Occurrence], told: Told, now: datetime) -> Availability:
    if contract.terms is None:
        return Availability()
    terms = terms_of_contract(contract)
    if terms.availability.mode is not AvailabilityMode.DECLARED:
        return Availability(unavailable=told.unavailable)
    exact = Terms.of(terms, Fraction(contract.capacity_mw), contract.buyer.zone)
    return Availability(accepted_at(service, exact, told, now), told.unavailable)


def callables_between(
    contracts: Sequence[Contract],
    held: Mapping[UUID, Iterable[Dispatch]],
    start: datetime,
    end: datetime,
    now: datetime,
) -> dict[UUID, Callable]:
    """What of each contract may be called between start and end, beside the dispatches that hold their time."""
    days = max(start.date(), EARLIEST) - 2 * DAY, min(end.date(), LATEST) + DAY
    served = {each.pk: occurrences_of(each, *days) for each in contracts}
    there = availability_of(contracts, served, now)
    unsigned = waiting_for_signature(contracts)
    return {
        each.pk: replace(
            callable_for(each, terms_of_contract(each), served[each.pk]),
            accepted=there[each.pk].accepted,
            unavailable=there[each.pk].unavailable,
            called=[Stretch(one.start, one.end, Fraction(one.mw)) for one in held.get(each.pk, ())],
            must_be_signed=each.pk in unsigned,
        )
        for each in contracts
    }
