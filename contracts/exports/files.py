"""The generated files of contracts, made by the workers."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.models import Member
from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from contracts.workbooks.specs import (
    COMPANIES,
    CONTRACTED_ASSETS,
    CONTRACTS,
    OBLIGATIONS,
    company_row,
    contract_row,
    contracted_asset_row,
)
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext, Report, counted, unreported
from marketplace.workbooks.write import write_bulk

CHUNK = 500


def write_obligations(context: JobContext[Member], target: BinaryIO) -> str:
    """Write the member's contractual obligations, all or those of ``params["competition"]``; gives the file's
    name."""
    contracts = contracts_of(context.member)
    name = "contractual_obligations.xlsx"
    if context.params.get("competition"):
        try:
            contracts = contracts.filter(competition=uuid.UUID(str(context.params["competition"])))
        except ValueError:
            raise Refused("There is no such competition.") from None
        first = contracts.first()
        name = f"contractual_obligations_{first.competition.ref}.xlsx" if first else name
    write_obligations_of(contracts, target, context.member.organisation.zone, context.progress)
    return name


def write_obligations_of(
    contracts: QuerySet[Contract], target: BinaryIO, zone: ZoneInfo, report: Report = unreported
) -> None:
    """Write the workbook for ``contracts``, its times in ``zone``, row by row, so that memory stays flat."""
    count, assets = contracts.count(), _assets_of(contracts)
    total = count + assets.count()
    contract_rows = map(contract_row, contracts.iterator(CHUNK))
    asset_rows = map(contracted_asset_row, assets.iterator(CHUNK))
    rows = {
        CONTRACTS.name: counted(contract_rows, total, report),
        CONTRACTED_ASSETS.name: counted(asset_rows, total, report, done=count),
        COMPANIES.name: _companies(contracts),
    }
    write_bulk(OBLIGATIONS, rows, target, zone=zone)


def _assets_of(contracts: QuerySet[Contract]) -> QuerySet[ContractedAsset]:
    """The assets of the contracts, without those that a substitution took out, contract by contract as these are
    ordered."""
    kept = ContractedAsset.objects.filter(contract__in=contracts.order_by(), last_day=None)
    by_contract = (
        "-contract__awarded_at",
        "contract__competition__ref",
        "contract__period_name",
        "contract__window_name",
        "contract_id",
    )
    return kept.only("contract_id", "asset_id", "data").order_by(*by_contract, "asset_ref", "id")


def _companies(contracts: QuerySet[Contract]) -> Iterator[Mapping[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for contract in contracts.iterator(CHUNK):
        for organisation, party in ((contract.buyer, "Buyer"), (contract.seller, "Seller")):
            if (str(organisation.pk), party) not in seen:
                seen.add((str(organisation.pk), party))
                yield company_row(organisation, party)
