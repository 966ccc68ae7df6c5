"""The contractual obligations workbook: accepted bids as contracts, the assets behind them, the two
parties."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Organisation
from contracts.models import Contract, ContractedAsset
from marketplace.numbers import hours_of
from marketplace.workbooks.choices import Choice, Days
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.moments import Date, Duration, Time
from marketplace.workbooks.moments import DateTime as Moment
from qualification.workbooks.specs import ASSET_COLUMNS, asset_row

HOLIDAY_RULES = {"Ignore": "ignore", "Exclude": "exclude", "Include": "include"}

CONTRACTS = Sheet(
    "Contracts",
    (
        Column("Contract ID", "id", Text(), rule="The platform's ID of the contract."),
        Column("Buying Contracting Party", "buyer", Text()),
        Column("Selling Contracting Party", "seller", Text()),
        Column("Contract Type", "contract_type", Text()),
        Column("Contract Status", "status", Text(), rule="Awarded, Signed, Ended or Withdrawn."),
        Column("Competition Ref", "competition_ref", Text()),
        Column("Competition Name", "competition_name", Text()),
        Column("Service Period", "period", Text()),
        Column("Service Window", "window", Text()),
        Column("Start Date", "first_day", Date(), rule="First day of service."),
        Column("End Date (exclusive)", "end_day", Date(), rule="The day after the last day of service."),
        Column("Service Days", "weekdays", Days()),
        Column("Public Holidays", "public_holidays", Choice(HOLIDAY_RULES)),
        Column("Start Time", "start", Time()),
        Column("End Time", "end", Time(end=True)),
        Column("Available Hours", "available_hours", Number()),
        Column("Capacity (MW)", "capacity_mw", Number()),
        Column("Maximum Run Time", "maximum_run_time", Duration()),
        Column("Availability Price (£/MW/h)", "availability_price", Number(places=2)),
        Column("Utilisation Price (£/MWh)", "utilisation_price", Number(places=2)),
        Column("Service Fee (£/MW)", "service_fee", Number(places=2)),
        Column("Expected Cost (£)", "expected_cost", Number(places=2)),
        Column("Bid ID", "bid_id", Text()),
        Column("Awarded At", "awarded_at", Moment(), information=True),
    ),
)

CONTRACTED_ASSETS = Sheet(
    "Contracted Assets",
    (
        Column("Contract ID", "contract_id", Text()),
        Column("Asset ID", "asset_id", Text()),
        *ASSET_COLUMNS,
    ),
)

COMPANIES = Sheet(
    "Companies",
    (
        Column("Company ID", "id", Text()),
        Column("Name", "name", Text()),
        Column("Party", "party", Text(), rule="Buyer or Seller."),
        Column("Company Number", "company_number", Text()),
        Column("Registered Address", "registered_address", Text()),
        Column("Contact Name", "contact_name", Text()),
        Column("Contact Email", "contact_email", Text()),
        Column("Contact Phone", "contact_phone", Text()),
    ),
)

OBLIGATIONS = WorkbookSpec(
    name="contractual_obligations",
    title="Contractual obligations",
    purpose="Every contract between the operator and the provider that followed from an accepted bid.",
    how_to=(
        "For reading: this file is not uploaded again.",
        "Contracted Assets holds the data of each asset as they were when qualification closed.",
    ),
    sheets=(CONTRACTS, CONTRACTED_ASSETS, COMPANIES),
)


def contract_row(contract: Contract) -> Mapping[str, Any]:
    """One contract as a row of the sheet Contracts."""
    return {
        "id": str(contract.pk),
        "buyer": contract.buyer.name,
        "seller": contract.seller.name,
        "contract_type": contract.contract_type,
        "status": contract.get_status_display(),
        "competition_ref": contract.competition.ref,
        "competition_name": contract.competition.name,
        "period": contract.period_name,
        "window": contract.window_name,
        "first_day": contract.first_day,
        "end_day": contract.end_day,
        "weekdays": frozenset(contract.weekdays),
        "public_holidays": contract.public_holidays,
        "start": contract.start,
        "end": contract.end,
        "available_hours": hours_of(contract.available_minutes),
        "capacity_mw": contract.capacity_mw,
        "maximum_run_time": contract.maximum_run_time,
        "availability_price": contract.availability_price,
        "utilisation_price": contract.utilisation_price,
        "service_fee": contract.service_fee,
        "expected_cost": contract.expected_cost,
        "bid_id": str(contract.bid_id),
        "awarded_at": contract.awarded_at,
    }


def contracted_asset_row(asset: ContractedAsset) -> Mapping[str, Any]:
    """An asset of a contract as a row of the sheet Contracted Assets."""
    return {
        "contract_id": str(asset.contract_id),
        "asset_id": str(asset.asset_id),
        **asset_row(asset.data),
    }


def company_row(organisation: Organisation, party: str) -> Mapping[str, Any]:
    """One party as a row of the sheet Companies."""
    return {
        "id": str(organisation.pk),
        "name": organisation.name,
        "party": party,
        "company_number": organisation.company_number,
        "registered_address": organisation.registered_address,
        "contact_name": organisation.contact_name,
        "contact_email": organisation.contact_email,
        "contact_phone": organisation.contact_phone,
    }
