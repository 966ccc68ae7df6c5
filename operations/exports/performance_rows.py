"""Rows of the sheets of performance, from what was measured. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from competitions.domain.payment import rounded
from operations.domain.performance import Performance

Rows = Iterator[Mapping[str, Any]]
EXACT_PLACES = 6
KWH_OF_MWH = 1000


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
