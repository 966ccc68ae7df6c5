"""The lines of a statement: what one contract earned in one month. Pure.

Exact until a line; each line is rounded half up to the penny.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from competitions.domain.payment import penalty_rate, pence
from competitions.domain.settlement_terms import (
    AvailabilityFactor,
    AvailabilityMode,
    PenaltyCap,
    SettlementTerms,
)
from marketplace.dates import month_code
from operations.domain.occurrences import Occurrence, Stretch, Window, accepted_hours, occurrences
from operations.domain.performance import Performance
from operations.domain.profiles import Response
from settlement.enums import LineKind as LineKind

ZERO = Fraction(0)
KWH_OF_MWH = 1000


@dataclass(frozen=True)
class Line:
    """One line: ``quantity`` in MW·h or kWh, ``price`` a unit of it (kWh: a MWh); both absent where they say nothing."""

    kind: LineKind
    reference: str
    quantity: Fraction | None
    price: Fraction | None
    factor: Fraction | None
    amount: Decimal
    complete: bool = True


@dataclass(frozen=True)
class Contracted:
    """A contract as settlement sees it; a price that is not part of it is None. ``until``: when it was withdrawn."""

    id: str
    seller: str
    capacity_mw: Fraction
    sigma: int
    units: Sequence[str]
    window: Window
    availability_price: Fraction | None
    utilisation_price: Fraction | None
    service_fee: Fraction | None
    terms: SettlementTerms
    accepted: Sequence[Stretch] = ()
    unavailable: Sequence[Stretch] = ()
    until: datetime | None = None

    @property
    def not_there(self) -> Sequence[Stretch]:
        """What is not there of what was accepted: by notice, and all of it once the contract is withdrawn."""
        if self.until is None:
            return self.unavailable
        return [*self.unavailable, Stretch(self.until, datetime.max.replace(tzinfo=UTC), ZERO)]


@dataclass(frozen=True)
class Statement:
    """What one contract earned in one month (its first day)."""

    contract: str
    seller: str
    month: date
    lines: Sequence[Line]

    @property
    def total(self) -> Decimal:
        return sum((each.amount for each in self.lines), Decimal("0.00"))


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_before(month: date) -> date:
    return (
        month.replace(year=month.year - 1, month=12)
        if month.month == 1
        else month.replace(month=month.month - 1)
    )


def statement(
    contract: Contracted,
    month: date,
    measured: Sequence[Performance],
    holidays: Collection[date],
    zone: ZoneInfo,
) -> Statement:
    """The statement of a contract for a month. ``measured`` are all of its dispatches with effect, in order of issue."""
    service = occurrences(contract.window, holidays, zone)
    lines = _availability(contract, month, service, measured, zone)
    paid = [each for each in measured if _month_started(each, zone) == month]
    for each in paid:
        lines += _dispatch(contract, each)
    lines += _service_fee(contract, month, service, zone)
    return Statement(contract.id, contract.seller, month, _with_relief(contract, month, lines))


def _month_started(measured: Performance, zone: ZoneInfo) -> date:
    return month_of(measured.called.requested.start.astimezone(zone).date())


def _availability(
    contract: Contracted,
    month: date,
    service: Sequence[Occurrence],
    measured: Sequence[Performance],
    zone: ZoneInfo,
) -> list[Line]:
    terms = contract.terms.availability
    if contract.availability_price is None or terms.mode is AvailabilityMode.NONE:
        return []
    lines, starts = [], [each.called.requested.start for each in measured]
    for each in service:
        if month_of(each.day) != month:
            continue
        hours = accepted_hours(each, terms.mode, contract.capacity_mw, contract.accepted, contract.not_there)
        if hours <= 0:
            continue
        within = [one for one, start in zip(measured, starts, strict=True) if each.start <= start < each.end]
        factor, is_complete = _factor(contract, month, within, measured, zone)
        amount = pence(contract.availability_price * hours * factor)
        lines.append(
            Line(
                LineKind.AVAILABILITY,
                each.day.isoformat(),
                hours,
                contract.availability_price,
                factor,
                amount,
                is_complete,
            )
        )
    return lines


def _factor(
    contract: Contracted,
    month: date,
    within: Sequence[Performance],
    measured: Sequence[Performance],
    zone: ZoneInfo,
) -> tuple[Fraction, bool]:
    """What the availability payment of an occurrence is scaled by, and whether all data behind it is complete."""
    terms = contract.terms.availability
    if terms.declined_forfeits and any(
        each.called.requested.response is Response.DECLINED for each in within
    ):
        return ZERO, True
    if terms.factor is AvailabilityFactor.NONE:
        return Fraction(1), True
    if terms.factor is AvailabilityFactor.OCCURRENCE:
        counting = list(within)
    else:
        wanted = month if terms.factor is AvailabilityFactor.MONTH else month_before(month)
        counting = [each for each in measured if _month_started(each, zone) == wanted]
    asked = sum((each.requested for each in counting), ZERO)
    if not asked:
        return Fraction(1), True
    rate = min(Fraction(1), sum((each.delivered for each in counting), ZERO) / asked)
    return terms.curve.share(rate), all(_is_complete(each) for each in counting)


def _is_complete(measured: Performance) -> bool:
    return measured.complete_periods == len(measured.periods)


def _dispatch(contract: Contracted, measured: Performance) -> list[Line]:
    lines = []
    reference, is_complete = measured.called.dispatch, _is_complete(measured)
    price = contract.utilisation_price
    if price is not None:
        is_paid = contract.terms.utilisation.tests_paid or measured.called.kind != "test"
        amount = pence(price * measured.paid / KWH_OF_MWH) if is_paid else Decimal("0.00")
        lines.append(
            Line(
                LineKind.UTILISATION,
                reference,
                measured.delivered,
                price,
                measured.share,
                amount,
                is_complete,
            )
        )
    penalty = penalty_rate(contract.terms.penalty, price)
    if penalty and measured.deficiency:
        amount = -pence(penalty * measured.deficiency / KWH_OF_MWH)
        lines.append(
            Line(LineKind.PENALTY, reference, measured.deficiency, penalty, Fraction(1), amount, is_complete)
        )
    return lines


def _service_fee(
    contract: Contracted, month: date, service: Sequence[Occurrence], zone: ZoneInfo
) -> list[Line]:
    if contract.service_fee is None:
        return []
    first, last = month_of(contract.window.first_day), month_of(contract.window.last_day)
    if contract.until is not None:
        last = min(last, month_of(contract.until.astimezone(zone).date()))
    minutes = sum(each.minutes for each in service)
    if not first <= month <= last or not minutes:
        return []

    def until_end_of(last_month: date) -> Decimal:
        served = sum(
            _served_minutes(each, contract.until) for each in service if month_of(each.day) <= last_month
        )
        assert contract.service_fee is not None
        return pence(contract.service_fee * contract.capacity_mw * served / minutes)

    amount = until_end_of(month) - until_end_of(month_before(month))
    reference = month_code(month)
    return [Line(LineKind.SERVICE_FEE, reference, None, contract.service_fee, Fraction(1), amount)]


def _served_minutes(occurrence: Occurrence, until: datetime | None) -> Fraction:
    if until is None or until >= occurrence.end:
        return Fraction(occurrence.minutes)
    return max(ZERO, Fraction(int((until - occurrence.start).total_seconds()), 60))


def _with_relief(contract: Contracted, month: date, lines: Sequence[Line]) -> list[Line]:
    """The lines with what of the penalties lies beyond the cap added back, before the service fee."""
    cap = contract.terms.penalty.cap
    kinds = {
        PenaltyCap.UTILISATION: (LineKind.UTILISATION,),
        PenaltyCap.ALL: (LineKind.AVAILABILITY, LineKind.UTILISATION, LineKind.SERVICE_FEE),
    }.get(cap)
    if kinds is None:
        return list(lines)
    penalties = -sum((each.amount for each in lines if each.kind is LineKind.PENALTY), Decimal(0))
    beyond = penalties - sum((each.amount for each in lines if each.kind in kinds), Decimal(0))
    if beyond <= 0:
        return list(lines)
    relief = Line(LineKind.RELIEF, month_code(month), None, None, None, min(beyond, penalties))
    before = [each for each in lines if each.kind is not LineKind.SERVICE_FEE]
    return [*before, relief, *(each for each in lines if each.kind is LineKind.SERVICE_FEE)]
