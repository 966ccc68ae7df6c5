"""The regulator's report as workbook and CSV: its column names are the regulator's own."""

from datetime import datetime
from typing import BinaryIO

from accounts.models import Member
from bidding.domain.results.regulator import report_rows
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.moments import Date
from marketplace.workbooks.write import write_bulk, write_csv

FROM_AREAS = "Of the competition's areas, else from your settings."
BIDS = Sheet(
    "Bids",
    (
        Column("tender_reference", "tender_reference", Text(), rule="The competition's ref."),
        Column("product", "product", Text()),
        Column(
            "constraint_licence_area",
            "constraint_licence_area",
            Text(),
            rule=FROM_AREAS,
        ),
        Column(
            "provider_licence_area",
            "provider_licence_area",
            Text(),
            rule=FROM_AREAS,
        ),
        Column(
            "service_location_grid_supply_point",
            "service_location_grid_supply_point",
            Text(),
            rule=FROM_AREAS,
        ),
        Column("service_provider", "service_provider", Text()),
        Column("constraint_trigger", "constraint_trigger", Text(), rule="The competition's need type."),
        Column(
            "constraint_management_zone_name", "constraint_management_zone_name", Text(), rule="Its boundary."
        ),
        Column(
            "connection_voltage_in_kv", "connection_voltage_in_kv", Text(), rule="Of the ballot's assets."
        ),
        Column("main_technology", "main_technology", Text(), rule="The asset type with the most capacity."),
        Column("bid_outcome", "bid_outcome", Text(), rule="Accepted or Rejected."),
        Column("peak_flexible_capacity_in_mw", "peak_flexible_capacity_in_mw", Number()),
        Column("maximum_run_time_hh_mm", "maximum_run_time_hh_mm", Text()),
        Column(
            "delivery_year", "delivery_year", Text(), rule="The financial year of the first day of service."
        ),
        Column("tendered_delivery_start_date", "tendered_delivery_start_date", Date()),
        Column("tendered_delivery_end_date", "tendered_delivery_end_date", Date()),
        Column(
            "agreed_availability_fee_where_applicable_in_ps_mw_hr",
            "agreed_availability_fee_where_applicable_in_ps_mw_hr",
            Number(places=2),
            rule="Accepted bids only.",
        ),
        Column(
            "agreed_utilisation_price_in_ps_mwh",
            "agreed_utilisation_price_in_ps_mwh",
            Number(places=2),
            rule="Accepted bids only.",
        ),
        Column(
            "service_fee_in_ps_mwh",
            "service_fee_in_ps_mwh",
            Number(places=2),
            rule="Accepted bids only: the fee for the whole period divided by the window's available hours.",
        ),
    ),
)
REPORT = WorkbookSpec(
    name="regulator_report",
    title="Report to the regulator",
    purpose="Every bid of a financial year, with the fields that GB licence condition 31E asks for.",
    how_to=(
        "A financial year has the bids whose results were confirmed from 1 April to 31 March.",
        "“Not recorded” marks what neither the platform nor your settings know: fill it in before you send the report.",
    ),
    sheets=(BIDS,),
)


def write_report(member: Member, year: int, target: BinaryIO, *, now: datetime, as_csv: bool = False) -> None:
    """The report of the financial year that begins in ``year``."""
    rows = report_rows(member, year, now)
    if as_csv:
        write_csv(BIDS, rows, target, for_people=True)
    else:
        write_bulk(REPORT, {BIDS.name: rows}, target, zone=member.organisation.zone)
