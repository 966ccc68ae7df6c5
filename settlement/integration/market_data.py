"""The public files about dispatches, the explanation of their columns, and the dispatch part of the regulator's report."""

from accounts.enums import Role
from bidding.presenters.regulator_parts import ReportPart, register_report_part
from competitions.presenters.market_data import register_sheet
from marketplace.jobs.kinds import FileKind, register_file
from marketplace.jobs.public_kinds import register_public
from settlement.domain.regulator_dispatches import years_with_dispatches
from settlement.exports.market_files import public_kinds
from settlement.exports.regulator_files import write_report, write_report_csv
from settlement.workbooks.public_specs import PUBLIC_DISPATCHES, VOLUMES

for kind in public_kinds():
    register_public(kind)
register_sheet(PUBLIC_DISPATCHES, "Dispatches", "dispatches.xlsx, dispatches.csv")
register_sheet(VOLUMES, "Volumes", "dispatch-volumes.xlsx, dispatch-volumes.csv")
register_file(
    FileKind(
        "settlement.regulator",
        "Dispatches for the regulator",
        write_report,
        role=Role.BIDS,
        audience="so",
        is_report=True,
    )
)
register_file(
    FileKind(
        "settlement.regulator_csv",
        "Dispatches for the regulator as CSV",
        write_report_csv,
        role=Role.BIDS,
        audience="so",
        is_report=True,
    )
)
register_report_part(
    ReportPart("Dispatches", years_with_dispatches, "settlement.regulator", "settlement.regulator_csv")
)
