"""Contracts: what was bought and sold, with the assets as they were when qualification froze."""

import uuid
from datetime import time
from typing import Any

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import Field

from accounts.enums import Role, Scope
from api.auth import Declared
from api.operations import reads
from api.paging import Listed, Page, at_or_after, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Day, Instant, Length, Line, Number, Shown
from competitions.enums import HolidayRuleChoice
from contracts.domain.queries import assets_of_contract, contracts_of
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.units import power_unit

router = Router(tags=["Contracts"])
READ = Declared(Scope.CONTRACTS_READ, role=Role.CONTRACTS)


class ContractShape(Shown):
    """One accepted bid as a contractual obligation."""

    id: str
    competition: str
    contract_type: str
    status: ContractStatus
    buyer: str
    buyer_code: str
    seller: str
    seller_code: str
    bid_id: str
    window_id: str
    period: str
    window: str
    first_day: Day
    end_day: Day
    weekdays: list[int]
    public_holidays: HolidayRuleChoice
    start: time
    end: time
    available_minutes: int
    capacity_mw: Number
    unit: str
    maximum_run_time: Length
    availability_price: Number | None
    utilisation_price: Number | None
    service_fee: Number | None
    expected_cost: Number
    currency: str
    settlement_terms: str | None
    terms: dict[str, Any] | None
    asset_count: int
    awarded_at: Instant
    signable_from: Instant | None
    signed_at: Instant | None
    ended_at: Instant | None
    withdrawn_at: Instant | None
    withdrawal_reason: str


class ContractedAssetShape(Shown):
    """An asset of a contract with its data as frozen: decimals as text, lengths of time in seconds.

    ``from_day`` and ``last_day`` are local days of the contract on which it delivers; null: from the first, to the last.
    """

    asset_id: str
    ref: str
    from_day: Day | None
    last_day: Day | None
    data: dict[str, Any]


class ContractFilter(Page):
    """Which contracts."""

    status: ContractStatus | None = None
    competition: Line | None = None
    updated_since: Instant | None = Field(None, description="Awarded, signed, ended or withdrawn since.")


@reads(router, "/contracts", READ, returns=Listed[ContractShape])
def contracts(request: ProgramRequest, asked: Query[ContractFilter]) -> Listed[ContractShape]:
    """The contracts in which one's organisation buys or sells, the last awarded first."""
    rows = _own(request)
    if asked.status:
        rows = rows.filter(status=asked.status)
    if asked.competition:
        rows = rows.filter(competition__ref__iexact=asked.competition)
    if asked.updated_since:
        names = ("awarded_at", "signed_at", "ended_at", "withdrawn_at")
        rows = rows.filter(at_or_after(asked.updated_since, *names))
    return listed(rows, asked, ("-awarded_at", "pk"), lambda shown: [contract_shape(each) for each in shown])


@reads(router, "/contracts/{uuid:contract_id}", READ, returns=ContractShape)
def contract(request: ProgramRequest, contract_id: uuid.UUID) -> ContractShape:
    """One contract."""
    return contract_shape(_one(request, contract_id))


@reads(router, "/contracts/{uuid:contract_id}/assets", READ, returns=Listed[ContractedAssetShape])
def contract_assets(
    request: ProgramRequest, contract_id: uuid.UUID, asked: Query[Page]
) -> Listed[ContractedAssetShape]:
    """The assets of a contract as they were frozen, substituted ones too with their days, in the order of their refs."""
    rows = assets_of_contract(request.member, _one(request, contract_id))
    return listed(
        rows,
        asked,
        ("asset_ref", "pk"),
        lambda shown: [
            ContractedAssetShape(
                asset_id=str(each.asset_id),
                ref=each.asset_ref,
                from_day=each.from_day,
                last_day=each.last_day,
                data=each.data,
            )
            for each in shown
        ],
    )


def _own(request: ProgramRequest) -> QuerySet[Contract]:
    return contracts_of(request.member).select_related(
        "competition", "buyer", "seller", "terms_version__record", "bid"
    )


def _one(request: ProgramRequest, contract_id: uuid.UUID) -> Contract:
    found = _own(request).filter(pk=contract_id).first()
    if found is None:
        raise of_request("not_found", "There is no such contract among yours.")
    return found


_PLAIN = {each.name for each in Contract._meta.concrete_fields} - {"competition", "buyer", "seller", "bid"}


def contract_shape(of: Contract) -> ContractShape:
    """A contract as programs read it."""
    plain = {name: getattr(of, name) for name in ContractShape.model_fields if name in _PLAIN}
    version = of.terms_version
    return ContractShape(
        **plain
        | {
            "id": str(of.pk),
            "competition": of.competition.ref,
            "buyer": of.buyer.name,
            "buyer_code": of.buyer.code,
            "seller": of.seller.name,
            "seller_code": of.seller.code,
            "bid_id": str(of.bid_id),
            "window_id": str(of.bid.window_id),
            "period": of.period_name,
            "window": of.window_name,
            "unit": power_unit(of.competition.power_type),
            "currency": of.buyer.currency,
            "settlement_terms": f"{version.record.ref} {version.number}" if version is not None else None,
            "asset_count": of.asset_count,  # type: ignore[attr-defined]
        }
    )
