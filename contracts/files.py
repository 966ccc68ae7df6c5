"""The generated files of contracts, made by the workers."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.enums import Role
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from contracts.workbooks import (
    COMPANIES,
    CONTRACTED_ASSETS,
    CONTRACTS,
    OBLIGATIONS,
    company_row,
    contract_row,
    contracted_asset_rows,
)
from marketplace import jobs, workbooks

CHUNK = 500


def write_obligations(context: jobs.JobContext, target: BinaryIO) -> str:
    """Write the member's contractual obligations, all or those of ``params["competition"]``; gives the file's name."""
    contracts = contracts_of(context.member).prefetch_related("assets")
    name = "contractual_obligations.xlsx"
    if context.params.get("competition"):
        contracts = contracts.filter(competition=context.params["competition"])
        first = contracts.first()
        name = f"contractual_obligations_{first.competition.ref}.xlsx" if first else name
    write_obligations_of(contracts, target, context.member.organisation.zone, context)
    return name


def write_obligations_of(
    contracts: QuerySet[Contract], target: BinaryIO, zone: ZoneInfo, context: jobs.JobContext | None = None
) -> None:
    """Write the workbook for ``contracts``, its times in ``zone``, row by row, so that memory stays flat."""
    total = contracts.count()

    def contract_rows() -> Iterator[Mapping[str, Any]]:
        for done, contract in enumerate(contracts.iterator(CHUNK), start=1):
            yield contract_row(contract)
            if context is not None and done % CHUNK == 0:
                context.progress(done, total)

    def asset_rows() -> Iterator[Mapping[str, Any]]:
        for contract in contracts.iterator(CHUNK):
            yield from contracted_asset_rows(contract)

    workbooks.write_bulk(
        OBLIGATIONS,
        {CONTRACTS.name: contract_rows(), CONTRACTED_ASSETS.name: asset_rows(), COMPANIES.name: _companies(contracts)},
        target,
        zone=zone,
    )


def _companies(contracts: QuerySet[Contract]) -> Iterator[Mapping[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for contract in contracts.iterator(CHUNK):
        for organisation, party in ((contract.buyer, "Buyer"), (contract.seller, "Seller")):
            if (str(organisation.pk), party) not in seen:
                seen.add((str(organisation.pk), party))
                yield company_row(organisation, party)


def register() -> None:
    """Make the files known to the jobs app; called once at start."""
    jobs.register_file(
        jobs.FileKind(
            name="contracts.obligations",
            title="Contractual obligations",
            generate=write_obligations,
            audience="any",
            role=Role.CONTRACTS,
        )
    )
