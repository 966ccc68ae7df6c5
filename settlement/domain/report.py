"""A settled case as ``report.json``: numbers as text, rounded half up. Pure."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import BaselineMethod
from marketplace.dates import month_code, utc_stamp
from operations.domain.performance import Performance, PeriodResult
from settlement.domain.invoices import Invoice
from settlement.domain.lines import Line, LineKind, Statement
from settlement.domain.settling import Settled

KWH_PLACES, SHARE_PLACES, HOURS_PLACES = 3, 1, 6
MONTH_REFERENCE = "month"


def report_of(settled: Settled) -> dict[str, Any]:
    """What the command ``settle`` writes."""
    return {
        "performance": [_performance(each) for each in settled.performance],
        "without_effect": [
            {"dispatch": each.id, "status": each.requested.response.value} for each in settled.without_effect
        ],
        "statements": [_statement(each) for each in settled.statements],
        "invoices": [_invoice(each) for each in settled.invoices],
    }


def _performance(measured: Performance) -> dict[str, Any]:
    called = measured.called
    return {
        "dispatch": called.dispatch,
        "contract": called.contract,
        "status": called.requested.response.value,
        "requested_kwh": _kwh(measured.requested),
        "delivered_kwh": _kwh(measured.delivered),
        "performance_percent": str(rounded(measured.share * 100, SHARE_PLACES)),
        "baseline_days": {
            unit: [day.isoformat() for day in baseline.used_days]
            for unit, baseline in sorted(measured.baselines.items())
            if called.terms.baseline.method is BaselineMethod.RECENT_DAYS
        },
        "periods": [_period(each) for each in measured.periods],
    }


def _period(of: PeriodResult) -> dict[str, Any]:
    return {
        "start": _moment(of.start),
        "requested_kwh": _kwh(of.requested),
        "baseline_kwh": _kwh(of.baseline),
        "metered_kwh": _kwh(of.metered),
        "flexibility_kwh": _kwh(of.flexibility),
        "delivered_kwh": _kwh(of.delivered),
        "deficiency_kwh": _kwh(of.deficiency),
        "complete": of.complete,
    }


def _statement(of: Statement) -> dict[str, Any]:
    return {
        "contract": of.contract,
        "month": month_code(of.month),
        "lines": [_line(each) for each in of.lines],
        "total": str(of.total),
    }


def _line(of: Line) -> dict[str, Any]:
    places = HOURS_PLACES if of.kind is LineKind.AVAILABILITY else KWH_PLACES
    return {
        "kind": of.kind.value,
        "ref": MONTH_REFERENCE if of.kind is LineKind.RELIEF else of.reference,
        "quantity": "" if of.quantity is None else str(rounded(of.quantity, places)),
        "factor": "" if of.factor is None else str(rounded(of.factor, HOURS_PLACES)),
        "amount": str(of.amount),
    }


def _invoice(of: Invoice) -> dict[str, Any]:
    return {
        "seller": of.seller,
        "month": month_code(of.month),
        "type": of.type,
        "net": str(of.net),
        "vat_rate": str(rounded(of.vat_rate * 100, SHARE_PLACES)),
        "vat": str(of.vat),
        "gross": str(of.gross),
    }


def _kwh(exact: Fraction) -> str:
    return str(rounded(exact, KWH_PLACES))


def _moment(instant: datetime) -> str:
    return utc_stamp(instant)
