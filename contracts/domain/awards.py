"""From accepted bids to contractual obligations."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from bidding.domain.decisions.policy import policy_of
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import Decision
from bidding.models import Bid
from competitions.domain.terms_versions import version_for
from competitions.models import Competition
from contracts.domain.given_terms import put_terms
from contracts.domain.lifecycle import signable_from
from contracts.domain.notifications import notify_awarded
from contracts.models import Contract, ContractedAsset
from contracts.signals import contracts_moved
from marketplace.audit.chain import record
from qualification.domain.verdicts.standing import qualified_assets


@transaction.atomic
def award_contracts(
    *, competition: Competition, bids: Iterable[Bid], by: Member | None, now: datetime
) -> list[Contract]:
    """One contract for each accepted bid of ``bids``, with the terms and assets as they are agreed now.

    Runs inside the transaction that confirms the results. Raises ``IntegrityError`` when a bid already has a contract.
    """
    accepted = [bid for bid in bids if bid.decision == Decision.ACCEPTED]
    contracts = [_contract(competition, bid, now) for bid in accepted]
    version = version_for(competition, now)
    policy = policy_of(competition.operator)
    for contract in contracts:
        if version is not None:
            put_terms(contract, version)
        contract.signable_from = signable_from(now, policy.standstill_days, competition.operator.zone)
    Contract.objects.bulk_create(contracts)
    ContractedAsset.objects.bulk_create(_contracted_assets(competition, accepted, contracts, now))
    _record(competition, contracts, by, now)
    notify_awarded(competition, contracts, now)
    contracts_moved.send(Contract, contracts=contracts, now=now)
    return contracts


def _contract(competition: Competition, bid: Bid, now: datetime) -> Contract:
    window = bid.window
    return Contract(
        bid=bid,
        competition=competition,
        buyer=competition.operator,
        seller=bid.ballot.provider,
        period_name=window.period.name,
        window_name=window.name,
        first_day=window.period.first_day,
        end_day=window.period.last_day + timedelta(days=1),
        weekdays=window.weekdays,
        public_holidays=window.public_holidays,
        start=window.start,
        end=window.end,
        available_minutes=window.available_minutes,
        capacity_mw=bid.capacity_mw,
        maximum_run_time=bid.maximum_run_time,
        availability_price=bid.availability_price,
        utilisation_price=bid.utilisation_price,
        service_fee=bid.service_fee,
        expected_cost=cost_of(bid),
        awarded_at=now,
    )


def _contracted_assets(
    competition: Competition, bids: Sequence[Bid], contracts: Sequence[Contract], now: datetime
) -> list[ContractedAsset]:
    frozen: dict[UUID, dict[UUID | None, Any]] = {}
    rows = []
    for bid, contract in zip(bids, contracts, strict=True):
        provider = bid.ballot.provider
        if provider.pk not in frozen:
            offered = qualified_assets(competition, provider, now)
            frozen[provider.pk] = {asset.asset_id or asset.planned_id: asset for asset in offered}
        for in_ballot in bid.ballot.ballot_assets.all():
            asset_id = in_ballot.asset_id or in_ballot.planned_asset_id
            asset = frozen[provider.pk][asset_id]
            rows.append(
                ContractedAsset(
                    contract=contract,
                    asset_id=asset.asset_id or asset.planned_id,
                    asset_ref=asset.ref,
                    data=asset.data,
                )
            )
    return rows


def _record(
    competition: Competition, contracts: Sequence[Contract], by: Member | None, now: datetime
) -> None:
    for contract in contracts:
        changes = {
            "status": (None, contract.status),
            "bid": (None, str(contract.bid_id)),
            "capacity_mw": (None, str(contract.capacity_mw)),
            "expected_cost": (None, str(contract.expected_cost)),
        }
        if contract.terms_version is not None:
            changes["settlement_terms"] = (None, str(contract.terms_version))
        for party in (competition.operator_id, contract.seller_id):
            record(
                organisation_id=party,
                by=by,
                action="contract awarded",
                subject=contract,
                changes=changes,
                now=now,
            )
