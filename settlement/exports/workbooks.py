"""The workbooks of a settled month: performance and statements, and invoice data."""

import calendar
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

from competitions.domain.payment import rounded
from marketplace.dates import month_code
from marketplace.workbooks.write import write_bulk
from operations.exports.performance_rows import asset_rows, day_rows, kwh, performance_row, period_rows
from settlement.domain.invoices import CREDIT_NOTE
from settlement.domain.lines import Line, LineKind, Statement
from settlement.domain.settling import Settled
from settlement.workbooks.specs import INVOICE_DATA, SETTLEMENT

Rows = Iterator[Mapping[str, Any]]
FIRST_VERSION, PROVISIONAL = 1, "Provisional"
TOTAL_KEYS = {
    LineKind.AVAILABILITY: "availability",
    LineKind.UTILISATION: "utilisation",
    LineKind.PENALTY: "penalty",
    LineKind.RELIEF: "relief",
    LineKind.SERVICE_FEE: "service_fee",
}
UNITS = {LineKind.AVAILABILITY: "MW·h", LineKind.UTILISATION: "kWh", LineKind.PENALTY: "kWh"}


def write_settlement(settled: Settled, target: BinaryIO) -> None:
    """Performance, periods, assets, baseline days, statements and totals."""
    write_bulk(SETTLEMENT, settlement_rows(settled), target, zone=settled.case.zone)


def write_invoice_data(settled: Settled, target: BinaryIO) -> None:
    """The documents, not numbered yet, and their lines."""
    write_bulk(INVOICE_DATA, invoice_rows(settled), target, zone=settled.case.zone)


def settlement_rows(settled: Settled) -> dict[str, Rows]:
    """The rows of each sheet of ``SETTLEMENT``, as plain values by column key."""
    return {
        "Performance": _performance(settled),
        "Periods": period_rows(settled.performance),
        "Assets": asset_rows(settled.performance),
        "Baseline Days": day_rows(settled.performance),
        "Statement": _lines(settled),
        "Totals": _totals(settled),
    }


def invoice_rows(settled: Settled) -> dict[str, Rows]:
    """The rows of each sheet of ``INVOICE_DATA``, as plain values by column key."""
    return {"Documents": _documents(settled), "Document Lines": _document_lines(settled)}


def _performance(settled: Settled) -> Rows:
    for each in settled.performance:
        yield performance_row(each) | {"seller": settled.case.contracts[each.called.contract].seller}


def _lines(settled: Settled) -> Rows:
    for each in settled.statements:
        for number, line in enumerate(each.lines, 1):
            yield {
                "statement": f"{each.contract} {month_code(each.month)}",
                "version": FIRST_VERSION,
                "state": PROVISIONAL,
                "contract": each.contract,
                "month": month_code(each.month),
                "line": number,
                "kind": line.kind.value,
                "reference": line.reference,
                "quantity": kwh(line.quantity),
                "unit": UNITS.get(line.kind),
                "price": kwh(line.price),
                "factor": kwh(line.factor),
                "amount": line.amount,
                "complete": line.complete,
            }


def _totals(settled: Settled) -> Rows:
    for each in settled.statements:
        sums = dict.fromkeys((*TOTAL_KEYS.values(), "correction"), Decimal("0.00"))
        for line in each.lines:
            sums[TOTAL_KEYS[line.kind]] += line.amount
        yield {"contract": each.contract, "month": month_code(each.month), **sums, "total": each.total}


def _documents(settled: Settled) -> Rows:
    for each in settled.invoices:
        last = calendar.monthrange(each.month.year, each.month.month)[1]
        yield {
            "type": each.type,
            "supply_from": each.month,
            "supply_to": each.month.replace(day=last),
            "seller": each.seller,
            "currency": "GBP",
            "net": each.net,
            "vat_rate": rounded(each.vat_rate * 100, 1),
            "vat": each.vat,
            "gross": each.gross,
        }


def _document_lines(settled: Settled) -> Rows:
    documents = {(each.seller, each.month): each for each in settled.invoices}
    for each in settled.statements:
        document = documents.get((each.seller, each.month))
        if document is None:
            continue
        sign = -1 if document.type == CREDIT_NOTE else 1
        for number, (kind, lines) in enumerate(_by_kind(each).items(), 1):
            quantities = [line.quantity for line in lines if line.quantity is not None]
            yield {
                "line": number,
                "contract": each.contract,
                "month": month_code(each.month),
                "kind": kind.value,
                "quantity": kwh(sum(quantities, Fraction(0))) if quantities else None,
                "unit": UNITS.get(kind),
                "net": sum((sign * line.amount for line in lines), Decimal("0.00")),
                "vat_rate": rounded(document.vat_rate * 100, 1),
            }


def _by_kind(statement: Statement) -> dict[LineKind, list[Line]]:
    found: dict[LineKind, list[Line]] = {}
    for line in statement.lines:
        found.setdefault(line.kind, []).append(line)
    return found
