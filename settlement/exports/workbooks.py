"""The workbooks of a settled month: performance and statements, and invoice data."""

import calendar
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

from competitions.domain.payment import rounded
from marketplace.dates import month_code
from marketplace.workbooks.write import write_bulk
from settlement.domain.lines import KWH_OF_MWH, Line, LineKind, Statement
from settlement.domain.settling import Settled
from settlement.workbooks.specs import INVOICE_DATA, SETTLEMENT

Rows = Iterator[Mapping[str, Any]]
EXACT_PLACES = 6
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
        "Periods": _periods(settled),
        "Assets": _assets(settled),
        "Baseline Days": _days(settled),
        "Statement": _lines(settled),
        "Totals": _totals(settled),
    }


def invoice_rows(settled: Settled) -> dict[str, Rows]:
    """The rows of each sheet of ``INVOICE_DATA``, as plain values by column key."""
    return {"Documents": _documents(settled), "Document Lines": _document_lines(settled)}


def _kwh(exact: Fraction | None) -> Decimal | None:
    return None if exact is None else rounded(exact, EXACT_PLACES)


def _mwh(exact: Fraction) -> Decimal:
    return rounded(exact / KWH_OF_MWH, EXACT_PLACES)


def _performance(settled: Settled) -> Rows:
    for each in settled.performance:
        called = each.called
        yield {
            "dispatch": called.dispatch,
            "contract": called.contract,
            "seller": settled.case.contracts[called.contract].seller,
            "kind": called.kind,
            "status": called.requested.response.value,
            "start": called.requested.start,
            "end": called.requested.end,
            "requested_mwh": _mwh(each.requested),
            "delivered_mwh": _mwh(each.delivered),
            "performance": rounded(each.share * 100, 1),
            "complete_periods": each.complete_periods,
            "periods": len(each.periods),
            "baseline": called.terms.baseline.method.value,
        }


def _periods(settled: Settled) -> Rows:
    for each in settled.performance:
        for period in each.periods:
            yield {
                "dispatch": each.called.dispatch,
                "start": period.start,
                "requested_kwh": _kwh(period.requested),
                "baseline_kwh": _kwh(period.baseline),
                "metered_kwh": _kwh(period.metered),
                "flexibility_kwh": _kwh(period.flexibility),
                "delivered_kwh": _kwh(period.delivered),
                "deficiency_kwh": _kwh(period.deficiency),
                "complete": period.complete,
            }


def _assets(settled: Settled) -> Rows:
    for each in settled.performance:
        for period in each.periods:
            for unit in period.units:
                yield {
                    "dispatch": each.called.dispatch,
                    "asset": unit.unit,
                    "start": period.start,
                    "baseline_kwh": _kwh(unit.baseline),
                    "metered_kwh": _kwh(unit.metered),
                    "flexibility_kwh": _kwh(unit.flexibility),
                    "delivered_kwh": _kwh(unit.credited),
                    "complete": unit.flexibility is not None,
                    "taken_kwh": _kwh(unit.taken),
                }


def _days(settled: Settled) -> Rows:
    for each in settled.performance:
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
                "quantity": _kwh(line.quantity),
                "unit": UNITS.get(line.kind),
                "price": _kwh(line.price),
                "factor": _kwh(line.factor),
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
    rates = {(each.seller, each.month): each.vat_rate for each in settled.invoices}
    for each in settled.statements:
        rate = rates.get((each.seller, each.month))
        if rate is None:
            continue
        for number, (kind, lines) in enumerate(_by_kind(each).items(), 1):
            quantities = [line.quantity for line in lines if line.quantity is not None]
            yield {
                "line": number,
                "contract": each.contract,
                "month": month_code(each.month),
                "kind": kind.value,
                "quantity": _kwh(sum(quantities, Fraction(0))) if quantities else None,
                "unit": UNITS.get(kind),
                "net": sum((line.amount for line in lines), Decimal("0.00")),
                "vat_rate": rounded(rate * 100, 1),
            }


def _by_kind(statement: Statement) -> dict[LineKind, list[Line]]:
    found: dict[LineKind, list[Line]] = {}
    for line in statement.lines:
        found.setdefault(line.kind, []).append(line)
    return found
