"""The dispatch part of the regulator's report as workbook and CSV: its column names are the regulator's own."""

from typing import BinaryIO

from accounts.models import Member
from bidding.exports.files import year_of
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_bulk, write_csv
from settlement.domain.regulator_dispatches import report_rows
from settlement.workbooks.public_specs import REGULATOR_DISPATCHES, REGULATOR_REPORT


def write_report(context: JobContext[Member], target: BinaryIO) -> str:
    """The dispatches of the financial year that begins in ``params["year"]``, as a workbook."""
    year = year_of(context)
    rows = {REGULATOR_DISPATCHES.name: report_rows(context.member, year, context.now)}
    write_bulk(REGULATOR_REPORT, rows, target, zone=context.member.organisation.zone)
    return f"regulator_dispatches_{year}.xlsx"


def write_report_csv(context: JobContext[Member], target: BinaryIO) -> str:
    """The same as CSV."""
    year = year_of(context)
    write_csv(REGULATOR_DISPATCHES, report_rows(context.member, year, context.now), target, for_people=True)
    return f"regulator_dispatches_{year}.csv"
