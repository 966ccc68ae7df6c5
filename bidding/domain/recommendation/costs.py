"""What a bid is expected to cost. The one place of the formula."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from bidding.domain.ballots.bidding_context import terms_of_bid
from bidding.domain.ballots.limits import BidTerms
from bidding.models import Bid
from competitions.models import ServiceWindow

TICKS = 3_600_000_000
"""Microseconds in an hour: what a price is charged for is a whole number of them."""


def charged_ticks(
    *, available_minutes: int, dispatch_estimate: int | None, dispatch_duration: timedelta | None
) -> dict[str, int]:
    """For each MW, how many hours each price is charged for, in whole microseconds.

    The availability price (£/MW/h) for the available hours; the utilisation price (£/MWh) for the hours of
    the dispatches expected; the service fee (£/MW) once, as if for one hour. What is absent counts as zero.
    """
    dispatch = (dispatch_duration or timedelta()) // timedelta(microseconds=1)
    return {
        "availability_price": available_minutes * TICKS // 60,
        "utilisation_price": (dispatch_estimate or 0) * dispatch,
        "service_fee": TICKS,
    }


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

    capacity (MW) × (availability price (£/MW/h) × available hours + utilisation price (£/MWh) × dispatches
    expected × hours of each + service fee (£/MW)). What is absent counts as zero. Worked out exactly; only
    the result is rounded.
    """
    ticks = charged_ticks(
        available_minutes=available_minutes,
        dispatch_estimate=dispatch_estimate,
        dispatch_duration=dispatch_duration,
    )
    prices = {
        "availability_price": availability_price,
        "utilisation_price": utilisation_price,
        "service_fee": service_fee,
    }
    capacity, capacity_parts = capacity_mw.as_integer_ratio()
    charged, charged_parts = 0, 1
    for name, price in prices.items():
        if price:
            amount, parts = price.as_integer_ratio()
            charged = charged * parts + amount * ticks[name] * charged_parts
            charged_parts *= parts
    return _pennies(capacity * charged, capacity_parts * charged_parts * TICKS)


def cost_of(bid: Bid) -> Decimal:
    """The expected cost of a bid in £; its window must be loaded."""
    return expected_cost(terms_of_bid(bid), bid.window)


def expected_cost(terms: BidTerms, window: ServiceWindow) -> Decimal:
    """What a bid on these terms is expected to cost the operator, and so could earn its company, in £."""
    return bid_cost(
        capacity_mw=terms.capacity_mw,
        available_minutes=window.available_minutes,
        availability_price=terms.availability_price,
        utilisation_price=terms.utilisation_price,
        service_fee=terms.service_fee,
        dispatch_estimate=window.dispatch_estimate,
        dispatch_duration=window.dispatch_duration,
    )


def to_pennies(pounds: Fraction) -> Decimal:
    """An exact amount of £ rounded half up to the penny."""
    return _pennies(pounds.numerator, pounds.denominator)


def _pennies(pounds: int, parts: int) -> Decimal:
    return Decimal((200 * pounds + parts) // (2 * parts)).scaleb(-2)
