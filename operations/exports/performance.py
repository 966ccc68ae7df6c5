"""Performance as a workbook: dispatches, periods, assets and the days of baselines."""

from typing import Any, BinaryIO

from accounts.models import Member
from marketplace.dates import month_code, named_month
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_bulk
from operations.domain.completeness import month_days
from operations.domain.measuring import Measured, measured_of_member
from operations.exports.performance_rows import asset_rows, day_rows, performance_row, period_rows
from operations.workbooks.performance_specs import PERFORMANCE_FILE


def write_performance(context: JobContext[Member], target: BinaryIO) -> str:
    """The dispatches of a month, or one of them; gives the file's name."""
    try:
        month = named_month(str(context.params.get("month", "")))
    except ValueError:
        raise Refused("Name the month, such as 2026-06.") from None
    days = month_days(month)
    found = measured_of_member(context.member, days[0], days[-1], context.now)
    named = str(context.params.get("dispatch", ""))
    if named:
        found = [each for each in found if str(each.dispatch.pk) == named]
    measured = [each.performance for each in found]
    rows = {
        "Performance": (measured_row(each) for each in found),
        "Periods": period_rows(measured),
        "Assets": asset_rows(measured),
        "Baseline Days": day_rows(measured),
    }
    write_bulk(PERFORMANCE_FILE, rows, target, zone=context.member.organisation.zone)
    return f"performance_{month_code(month)}.xlsx"


def measured_row(measured: Measured) -> dict[str, Any]:
    """A dispatch of the market as a row of the sheet."""
    contract = measured.contract
    return performance_row(measured.performance) | {
        "competition": contract.competition.ref,
        "window": contract.window_name,
        "seller": contract.seller.name,
        "terms": str(contract.terms_version),
    }
