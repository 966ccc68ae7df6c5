"""What a settled case came to, for its page. The figures are those of the report, as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.numbers import grouped_text
from settlement.domain.lines import LineKind

MOST_STATEMENTS = 60
MOST_DISPATCHES = 200


@dataclass(frozen=True)
class ShownLine:
    """A line of a statement; ``words`` say what its quantity and factor mean."""

    kind: str
    reference: str
    words: str
    amount: Decimal


@dataclass(frozen=True)
class ShownStatement:
    """What one contract earns in one month."""

    contract: str
    month: str
    lines: Sequence[ShownLine]
    total: Decimal

    @property
    def label(self) -> str:
        """What screen readers call its table."""
        return f"Lines of {self.contract} in {self.month}"


@dataclass(frozen=True)
class ShownReport:
    """The page's parts; ``more_…`` are not shown, the workbook has them all."""

    statements: Sequence[ShownStatement]
    more_statements: int
    total: Decimal
    dispatches: Sequence[Mapping[str, Any]]
    more_dispatches: int
    without_effect: Sequence[Mapping[str, Any]]
    invoices: Sequence[Mapping[str, Any]]


def shown_report(report: Mapping[str, Any]) -> ShownReport:
    """A report as ``report.json`` holds it."""
    statements, measured = report["statements"], report["performance"]
    by_dispatch = {each["dispatch"]: each for each in measured}
    return ShownReport(
        [_statement(each, by_dispatch) for each in statements[:MOST_STATEMENTS]],
        max(0, len(statements) - MOST_STATEMENTS),
        sum((Decimal(each["total"]) for each in statements), Decimal("0.00")),
        [_dispatch(each) for each in measured[:MOST_DISPATCHES]],
        max(0, len(measured) - MOST_DISPATCHES),
        report["without_effect"][:MOST_DISPATCHES],
        [_invoice(each) for each in report["invoices"]],
    )


def _statement(told: Mapping[str, Any], by_dispatch: Mapping[str, Any]) -> ShownStatement:
    lines = [
        ShownLine(
            each["kind"], each["ref"], _words(each, by_dispatch.get(each["ref"])), Decimal(each["amount"])
        )
        for each in told["lines"]
    ]
    return ShownStatement(told["contract"], told["month"], lines, Decimal(told["total"]))


def _words(line: Mapping[str, Any], measured: Mapping[str, Any] | None) -> str:
    """“873 kWh of 1,000 kWh delivered”, “4 MW·h accepted, factor 0.55”."""
    if line["kind"] == LineKind.UTILISATION and measured is not None:
        return f"{_number(line['quantity'])} of {_number(measured['requested_kwh'])} kWh delivered"
    if line["kind"] == LineKind.PENALTY:
        return f"{_number(line['quantity'])} kWh missing"
    if line["kind"] == LineKind.AVAILABILITY:
        factor = "" if Decimal(line["factor"]) == 1 else f", factor {_number(line['factor'])}"
        return f"{_number(line['quantity'])} MW·h accepted{factor}"
    return ""


def _number(text: str) -> str:
    return grouped_text(Decimal(text))


def _dispatch(told: Mapping[str, Any]) -> dict[str, Any]:
    complete = sum(each["complete"] for each in told["periods"])
    return {
        "dispatch": told["dispatch"],
        "contract": told["contract"],
        "status": told["status"],
        "requested": Decimal(told["requested_kwh"]),
        "delivered": Decimal(told["delivered_kwh"]),
        "percent": told["performance_percent"],
        "complete": complete,
        "periods": len(told["periods"]),
    }


def _invoice(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **told,
        "net": Decimal(told["net"]),
        "vat": Decimal(told["vat"]),
        "gross": Decimal(told["gross"]),
    }
