"""Which scope opens which kind of file to programs; a kind that is not here is none for programs."""

from collections.abc import Mapping

from accounts.enums import Scope
from marketplace.jobs.kinds import MARKED_COPY, registry

UPLOADS: Mapping[str, Scope] = {
    "bidding.bids": Scope.BIDS_WRITE,
    "bidding.decisions": Scope.DECISIONS_WRITE,
    "competitions.areas": Scope.COMPETITIONS_WRITE,
    "competitions.competition_file": Scope.COMPETITIONS_WRITE,
    "operations.availability": Scope.AVAILABILITY_WRITE,
    "operations.dispatches": Scope.DISPATCH_WRITE,
    "operations.nominations": Scope.METERING_WRITE,
    "operations.readings": Scope.METERING_WRITE,
    "operations.references": Scope.METERING_WRITE,
    "qualification.assets": Scope.ASSETS_WRITE,
    "qualification.meter_list": Scope.COMPETITIONS_WRITE,
    "qualification.overrides": Scope.COMPETITIONS_WRITE,
}
MADE: Mapping[str, Scope] = {
    "bidding.bids": Scope.BIDS_READ,
    "bidding.history": Scope.BIDS_READ,
    "bidding.outcome": Scope.BIDS_READ,
    "bidding.regulator": Scope.BIDS_READ,
    "bidding.regulator_csv": Scope.BIDS_READ,
    "bidding.results": Scope.BIDS_READ,
    "bidding.unconfirmed_bids": Scope.BIDS_READ,
    "competitions.area_layers": Scope.COMPETITIONS_READ,
    "competitions.areas": Scope.COMPETITIONS_READ,
    "competitions.competition_file": Scope.COMPETITIONS_READ,
    "contracts.obligations": Scope.CONTRACTS_READ,
    "operations.availability": Scope.CONTRACTS_READ,
    "operations.dispatches": Scope.DISPATCH_READ,
    "operations.dispatches_csv": Scope.DISPATCH_READ,
    "operations.events_csv": Scope.DISPATCH_READ,
    "operations.nominations": Scope.METERING_WRITE,
    "operations.performance": Scope.DISPATCH_READ,
    "operations.readings": Scope.METERING_WRITE,
    "operations.readings_needed": Scope.METERING_WRITE,
    "operations.references": Scope.METERING_WRITE,
    "qualification.assets": Scope.ASSETS_READ,
    "qualification.dps_applications": Scope.COMPETITIONS_READ,
    "qualification.qualified_assets": Scope.COMPETITIONS_READ,
    "qualification.why": Scope.ASSETS_READ,
    "settlement.document_lines_csv": Scope.SETTLEMENT_READ,
    "settlement.document_pdf": Scope.SETTLEMENT_READ,
    "settlement.document_ubl": Scope.SETTLEMENT_READ,
    "settlement.documents_csv": Scope.SETTLEMENT_READ,
    "settlement.documents_zip": Scope.SETTLEMENT_READ,
    "settlement.invoice_data": Scope.SETTLEMENT_READ,
    "settlement.regulator": Scope.DISPATCH_READ,
    "settlement.regulator_csv": Scope.DISPATCH_READ,
    "settlement.run": Scope.SETTLEMENT_READ,
    "settlement.statement": Scope.SETTLEMENT_READ,
    "settlement.statement_pdf": Scope.SETTLEMENT_READ,
    "settlement.statement_uftp": Scope.SETTLEMENT_READ,
}
NOT_FOR_PROGRAMS = {
    "accounts.operating_area": "Account sets it, and no program has that role.",
    "audit.entries": "The log of what people and programs did is for people.",
    "audit.entries_csv": "The log of what people and programs did is for people.",
    "settlement.invoice_run": "It makes numbered documents after a person has looked at the plan.",
    MARKED_COPY: "It has the rights of the upload that is marked.",
}


def upload_scope(kind: str) -> str | None:
    """The scope that sending files of this kind needs; None for a kind that programs don't send."""
    return UPLOADS.get(kind) if kind in registry.uploads else None


def made_scope(kind: str) -> str | None:
    """The scope that having such files made needs; None for a kind that programs don't have made."""
    return MADE.get(kind) if kind in registry.files else None


def kinds_of(scopes: frozenset[str]) -> tuple[list[str], list[str]]:
    """The names of the kinds that programs with these scopes may send, and may have made."""
    return (
        [name for name, scope in UPLOADS.items() if scope in scopes],
        [name for name, scope in MADE.items() if scope in scopes],
    )
