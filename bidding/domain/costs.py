"""What a bid is expected to cost. The one place of the formula."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

PENNY = Decimal("0.01")


def bid_cost(
    *,
    capacity_mw: Decimal,
    available_minutes: int,
    availability_price: Decimal | None,
    utilisation_price: Decimal | None,
    service_fee: Decimal | None,
    dispatch_estimate: int | None,
    dispatch_duration: timedelta | None,
) -> Decimal:
    """The expected cost of one bid in £, rounded half up to the penny.

    capacity (MW) × (availability price (£/MW/h) × available hours + utilisation price (£/MWh) × dispatches expected ×
    hours of each + service fee (£/MW)). What is absent counts as zero. Worked out exactly; only the result is rounded.
    """
    availability = Fraction(availability_price or 0) * Fraction(available_minutes, 60)
    dispatched_hours = Fraction((dispatch_duration or timedelta()) // timedelta(microseconds=1), 3_600_000_000)
    utilisation = Fraction(utilisation_price or 0) * (dispatch_estimate or 0) * dispatched_hours
    pounds = Fraction(capacity_mw) * (availability + utilisation + Fraction(service_fee or 0))
    return to_pennies(pounds)


def to_pennies(pounds: Fraction) -> Decimal:
    """An exact amount of £ rounded half up to the penny."""
    pennies = pounds * 100
    whole = (2 * pennies.numerator + pennies.denominator) // (2 * pennies.denominator)
    return (Decimal(whole) * PENNY).quantize(PENNY, rounding=ROUND_HALF_UP)
