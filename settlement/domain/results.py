"""What a version was worked out from and came to, as plain data that stays as it is.

Exact numbers are fractions as text, so that everything that is written of a version is the same for ever.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from marketplace.canonical_json import canonical_json
from marketplace.dates import utc_stamp
from marketplace.units import power_unit
from operations.domain.called import terms_of_contract
from operations.domain.measuring import Measured
from operations.domain.performance import PeriodResult, UnitPeriod
from settlement.domain.line_words import words_of
from settlement.domain.lines import Line
from settlement.domain.working_out import WorkedOut

Result = Mapping[str, Any]
_UNIT = ("baseline", "metered", "taken", "flexibility", "credited")
_PERIOD = ("requested", "baseline", "metered", "flexibility", "delivered", "deficiency")


def result_of(worked: WorkedOut) -> dict[str, Any]:
    """The lines of the month and every dispatch behind them, period by period and asset by asset."""
    contract = worked.contract
    by_dispatch = {each.performance.called.dispatch: each.performance for each in worked.measured}
    terms, currency = terms_of_contract(contract), contract.buyer.currency
    prefix = power_unit(contract.competition.power_type)
    return {
        "contract": str(contract.pk),
        "month": worked.statement.month.isoformat(),
        "terms": contract.terms,
        "until": None if contract.withdrawn_at is None else utc_stamp(contract.withdrawn_at),
        "lines": [
            _line(each) | {"words": words_of(each, terms, currency, by_dispatch.get(each.reference), prefix)}
            for each in worked.statement.lines
        ],
        "dispatches": [_dispatch(each) for each in worked.measured],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "reference": line.reference,
        "quantity": _text(line.quantity),
        "price": _text(line.price),
        "factor": _text(line.factor),
        "amount": str(line.amount),
        "complete": line.complete,
    }


def packed(result: Result) -> tuple[bytes, str]:
    """The result as it is kept, and its digest."""
    text = canonical_json(result).encode()
    return zlib.compress(text, 9), hashlib.sha256(text).hexdigest()


def unpacked(kept: bytes | memoryview) -> dict[str, Any]:
    """The result as it was."""
    found: dict[str, Any] = json.loads(zlib.decompress(bytes(kept)))
    return found


def exact(text: str | None) -> Fraction | None:
    """A number of a result."""
    return None if text is None else Fraction(text)


def _dispatch(measured: Measured) -> dict[str, Any]:
    performance, dispatch, contract = measured.performance, measured.dispatch, measured.contract
    called = performance.called
    return {
        "id": str(dispatch.pk),
        "ref": dispatch.ref,
        "competition": contract.competition.ref,
        "window": contract.window_name,
        "seller": contract.seller.name,
        "terms": str(contract.terms_version),
        "kind": called.kind,
        "status": called.requested.response.value,
        "start": utc_stamp(called.requested.start),
        "end": utc_stamp(called.requested.end),
        "minutes": called.terms.period_minutes,
        "baseline": called.terms.baseline.method.value,
        "assets": list(called.units),
        "notes": {unit: each.note for unit, each in sorted(performance.baselines.items()) if each.note},
        "periods": [_period(each) for each in performance.periods],
        "days": [
            [unit, day.day.isoformat(), day.is_used, day.why_not, day.rank]
            for unit, baseline in sorted(performance.baselines.items())
            for day in sorted(baseline.days, key=lambda each: each.day, reverse=True)
        ],
    }


def _period(period: PeriodResult) -> dict[str, Any]:
    return {
        "start": utc_stamp(period.start),
        "complete": period.complete,
        "assets": [_unit(each) for each in period.units],
        **{name: _text(getattr(period, name)) for name in _PERIOD},
    }


def _unit(unit: UnitPeriod) -> dict[str, Any]:
    return {"asset": unit.unit, **{name: _text(getattr(unit, name)) for name in _UNIT}}


def _text(number: Fraction | None) -> str | None:
    return None if number is None else str(number)


def dispatch_totals(dispatch: Mapping[str, Any]) -> dict[str, Fraction]:
    """What a dispatch of a result asked for, delivered and lacked, in kWh."""
    return {
        name: sum((Fraction(each[name]) for each in dispatch["periods"]), Fraction(0))
        for name in ("requested", "delivered", "deficiency")
    }


def by_id(result: Result) -> dict[str, Mapping[str, Any]]:
    """The dispatches of a result."""
    return {each["id"]: each for each in result["dispatches"]}


def assets_of(dispatches: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    """The assets of these dispatches, in order."""
    return sorted({asset for each in dispatches for asset in each["assets"]})
