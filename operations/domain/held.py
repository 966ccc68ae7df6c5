"""Contracts held for an action: both parties' logs and the contracts, locked in one order for everybody."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Member
from contracts.models import Contract
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed
from operations.domain.told import Promise, promises_of

Changes = Mapping[str, tuple[Any, Any]]


def hold(by: Member, contract_ids: Collection[UUID]) -> list[Contract]:
    """The contracts, locked with the logs of all their parties. Raises ``NotAllowed`` for one of others."""
    wanted = set(contract_ids)
    parties = Contract.objects.filter(pk__in=wanted).values_list("buyer", "seller")
    found = [each for each in parties if by.organisation_id in each]
    if len(found) != len(wanted):
        raise NotAllowed("Your organisation has no such contract.")
    lock_chains({party for each in found for party in each})
    return list(
        Contract.objects.select_for_update(of=("self",))
        .select_related("buyer", "seller", "competition", "bid__window", "terms_version__record")
        .filter(pk__in=wanted)
        .order_by("pk")
    )


def promises_between(contracts: Sequence[Contract], start: datetime, end: datetime) -> dict[UUID, Promise]:
    """The contracts with what was said of the service that the time from start to end may touch."""
    first, last = start.date() - timedelta(days=2), end.date() + timedelta(days=1)
    return {each.contract.pk: each for each in promises_of(contracts, first, last)}


def promises_from(contracts: Sequence[Contract], first: date) -> dict[UUID, Promise]:
    """The contracts with what was said of all their service from a day on."""
    last = max((each.end_day for each in contracts), default=first)
    return {each.contract.pk: each for each in promises_of(contracts, first, max(first, last))}


def tell_logs(contract: Contract, by: Member, action: str, changes: Changes, now: datetime) -> None:
    """Record what was done in the logs of both parties."""
    for party in (contract.buyer_id, contract.seller_id):
        record(organisation_id=party, by=by, action=action, subject=contract, changes=changes, now=now)
