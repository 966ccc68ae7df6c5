"""Rows of a version's workbook, from what is kept of it: the same for ever."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from competitions.domain.payment import rounded
from marketplace.canonical_json import canonical_json
from marketplace.dates import month_code
from settlement.domain.results import Result, dispatch_totals, exact
from settlement.enums import LineKind
from settlement.models import StatementVersion

Rows = Iterator[Mapping[str, Any]]
PLACES = 6
VALUES = frozenset({"curve", "adjustment"})
KWH_OF_MWH = 1000
_PERIOD = ("requested", "baseline", "metered", "flexibility", "delivered", "deficiency")
TOTAL_KEYS = {
    LineKind.AVAILABILITY: "availability",
    LineKind.UTILISATION: "utilisation",
    LineKind.PENALTY: "penalty",
    LineKind.RELIEF: "relief",
    LineKind.SERVICE_FEE: "service_fee",
    LineKind.CORRECTION: "correction",
}


def statement_rows(version: StatementVersion, result: Result) -> dict[str, Rows]:
    """The rows of each sheet of a settlement workbook."""
    return {
        "Performance": (_performance(each, result) for each in result["dispatches"]),
        "Periods": _periods(result),
        "Assets": _assets(result),
        "Baseline Days": _days(result),
        "Statement": _lines(version),
        "Totals": iter([_totals(version)]),
        "Terms": _terms(result["terms"]),
    }


def _terms(fields: Mapping[str, Any], above: str = "") -> Rows:
    """Each field by its way, its value as JSON; a curve is one value."""
    for name, value in sorted(fields.items()):
        if isinstance(value, dict) and name not in VALUES:
            yield from _terms(value, f"{above}{name}.")
        else:
            yield {"field": f"{above}{name}", "value": canonical_json(value)}


def _performance(dispatch: Mapping[str, Any], result: Result) -> dict[str, Any]:
    totals = dispatch_totals(dispatch)
    asked = totals["requested"]
    return {
        "dispatch": dispatch["id"],
        "contract": result["contract"],
        "competition": dispatch["competition"],
        "window": dispatch["window"],
        "seller": dispatch["seller"],
        "kind": dispatch["kind"],
        "status": dispatch["status"],
        "start": _instant(dispatch["start"]),
        "end": _instant(dispatch["end"]),
        "requested_mwh": rounded(asked / KWH_OF_MWH, PLACES),
        "delivered_mwh": rounded(totals["delivered"] / KWH_OF_MWH, PLACES),
        "performance": rounded(totals["delivered"] / asked * 100 if asked else Fraction(0), 1),
        "complete_periods": sum(each["complete"] for each in dispatch["periods"]),
        "periods": len(dispatch["periods"]),
        "baseline": dispatch["baseline"],
        "terms": dispatch["terms"],
    }


def _periods(result: Result) -> Rows:
    for dispatch in result["dispatches"]:
        for each in dispatch["periods"]:
            yield {
                "dispatch": dispatch["id"],
                "start": _instant(each["start"]),
                **{f"{name}_kwh": _number(each[name]) for name in _PERIOD},
                "complete": each["complete"],
            }


def _assets(result: Result) -> Rows:
    for dispatch in result["dispatches"]:
        for period in dispatch["periods"]:
            for each in period["assets"]:
                yield {
                    "dispatch": dispatch["id"],
                    "asset": each["asset"],
                    "start": _instant(period["start"]),
                    "baseline_kwh": _number(each["baseline"]),
                    "metered_kwh": _number(each["metered"]),
                    "flexibility_kwh": _number(each["flexibility"]),
                    "delivered_kwh": _number(each["credited"]),
                    "complete": each["flexibility"] is not None,
                    "taken_kwh": _number(each["taken"]),
                }


def _days(result: Result) -> Rows:
    for dispatch in result["dispatches"]:
        for asset, day, is_used, why_not, rank in dispatch["days"]:
            yield {
                "dispatch": dispatch["id"],
                "asset": asset,
                "day": date.fromisoformat(day),
                "used": is_used,
                "why_not": why_not or None,
                "rank": rank,
            }


def _lines(version: StatementVersion) -> Rows:
    statement = version.statement
    for each in version.lines.all():
        yield {
            "statement": str(statement.pk),
            "version": version.number,
            "state": version.get_state_display(),
            "contract": str(statement.contract_id),
            "month": month_code(statement.month),
            "line": each.place,
            "kind": each.kind,
            "reference": each.reference,
            "quantity": each.quantity,
            "unit": each.unit or None,
            "price": each.price,
            "factor": each.factor,
            "amount": each.amount,
            "complete": each.is_complete,
        }


def _totals(version: StatementVersion) -> dict[str, Any]:
    sums = dict.fromkeys(TOTAL_KEYS.values(), Decimal("0.00"))
    for each in version.lines.all():
        sums[TOTAL_KEYS[LineKind(each.kind)]] += each.amount
    return {
        "contract": str(version.statement.contract_id),
        "month": month_code(version.statement.month),
        **sums,
        "total": version.total,
    }


def _number(text: str | None) -> Decimal | None:
    number = exact(text)
    return None if number is None else rounded(number, PLACES)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
