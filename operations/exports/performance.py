"""Performance as a workbook: dispatches, periods, assets and the days of baselines."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

from accounts.models import Member
from competitions.domain.payment import rounded
from marketplace.dates import month_code
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_bulk
from operations.domain.completeness import month_days
from operations.domain.measuring import Measured, measured_of_member
from operations.domain.performance import Performance
from operations.workbooks.performance_specs import PERFORMANCE_FILE

Rows = Iterator[Mapping[str, Any]]
EXACT_PLACES = 6
KWH_OF_MWH = 1000


def write_performance(context: JobContext[Member], target: BinaryIO) -> str:
    """The dispatches of a month, or one of them; gives the file's name."""
    try:
        month = date.fromisoformat(f"{context.params.get('month', '')}-01")
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


def performance_row(measured: Performance) -> dict[str, Any]:
    """What is known of a dispatch by its performance alone."""
    called = measured.called
    return {
        "dispatch": called.dispatch,
        "contract": called.contract,
        "kind": called.kind,
        "status": called.requested.response.value,
        "start": called.requested.start,
        "end": called.requested.end,
        "requested_mwh": mwh(measured.requested),
        "delivered_mwh": mwh(measured.delivered),
        "performance": rounded(measured.share * 100, 1),
        "complete_periods": measured.complete_periods,
        "periods": len(measured.periods),
        "baseline": called.terms.baseline.method.value,
    }


def kwh(exact: Fraction | None) -> Decimal | None:
    """An energy with the decimals of files."""
    return None if exact is None else rounded(exact, EXACT_PLACES)


def mwh(exact: Fraction) -> Decimal:
    return rounded(exact / KWH_OF_MWH, EXACT_PLACES)


def period_rows(measured: Iterable[Performance]) -> Rows:
    """A row for each period of each dispatch."""
    for each in measured:
        for period in each.periods:
            yield {
                "dispatch": each.called.dispatch,
                "start": period.start,
                "requested_kwh": kwh(period.requested),
                "baseline_kwh": kwh(period.baseline),
                "metered_kwh": kwh(period.metered),
                "flexibility_kwh": kwh(period.flexibility),
                "delivered_kwh": kwh(period.delivered),
                "deficiency_kwh": kwh(period.deficiency),
                "complete": period.complete,
            }


def asset_rows(measured: Iterable[Performance]) -> Rows:
    """A row for each asset in each period."""
    for each in measured:
        for period in each.periods:
            for unit in period.units:
                yield {
                    "dispatch": each.called.dispatch,
                    "asset": unit.unit,
                    "start": period.start,
                    "baseline_kwh": kwh(unit.baseline),
                    "metered_kwh": kwh(unit.metered),
                    "flexibility_kwh": kwh(unit.flexibility),
                    "delivered_kwh": kwh(unit.credited),
                    "complete": unit.flexibility is not None,
                    "taken_kwh": kwh(unit.taken),
                }


def day_rows(measured: Iterable[Performance]) -> Rows:
    """A row for each day that a baseline looked at."""
    for each in measured:
        for unit, baseline in each.baselines.items():
            for considered in sorted(baseline.days, key=lambda day: day.day, reverse=True):
                yield {
                    "dispatch": each.called.dispatch,
                    "asset": unit,
                    "day": considered.day,
                    "used": considered.is_used,
                    "why_not": considered.why_not or None,
                    "rank": considered.rank,
                }
