"""What a line of a statement means, in a sentence that shows how its amount comes about. Pure."""

from decimal import Decimal
from fractions import Fraction

from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import SettlementTerms
from marketplace.numbers import exact_text, grouped_text, money_text, rounded_text
from operations.domain.performance import Performance
from settlement.domain.lines import Line
from settlement.enums import LineKind

KWH = 1000
UNITS = {LineKind.AVAILABILITY: "MW·h", LineKind.UTILISATION: "kWh", LineKind.PENALTY: "kWh"}


def words_of(
    line: Line, terms: SettlementTerms, currency: str, measured: Performance | None, prefix: str = "MW"
) -> str:
    """“0.873 MWh of 1 MWh delivered (87.3 %), 0.873 MWh paid at £150.00/MWh: £130.95”."""
    amount = money_text(line.amount, currency)
    if line.kind is LineKind.AVAILABILITY:
        return f"{_availability(line, currency, prefix)}: {amount}"
    if line.kind is LineKind.UTILISATION and measured is not None:
        return f"{_utilisation(line, terms, currency, measured, prefix)}: {amount}"
    if line.kind is LineKind.PENALTY and line.quantity is not None:
        price = _price(line.price, currency)
        return f"{_mwh(line.quantity)} {prefix}h missing at {price}/{prefix}h: {amount}"
    if line.kind is LineKind.RELIEF:
        return f"Penalties beyond the cap of the terms, added back: {amount}"
    if line.kind is LineKind.SERVICE_FEE:
        fee = f"Service fee of {_price(line.price, currency)}/{prefix}"
        return f"{fee}, by the minutes of service up to the month's end: {amount}"
    return amount


def _availability(line: Line, currency: str, prefix: str) -> str:
    hours = grouped_text(rounded(line.quantity or Fraction(0), 6))
    told = f"{hours} {prefix}·h there at {_price(line.price, currency)}/{prefix}/h"
    if line.factor is None or line.factor == 1:
        return told
    return f"{told}, factor {exact_text(rounded(line.factor, 6))}"


def _utilisation(
    line: Line, terms: SettlementTerms, currency: str, measured: Performance, prefix: str
) -> str:
    share = f"{rounded_text(rounded(measured.share * 100, 1), 1)} %"
    told = f"{_mwh(measured.delivered)} {prefix}h of {_mwh(measured.requested)} {prefix}h delivered ({share})"
    if not terms.utilisation.tests_paid and measured.called.kind == "test":
        return f"{told}, a test that the terms do not pay"
    return f"{told}, {_mwh(measured.paid)} {prefix}h paid at {_price(line.price, currency)}/{prefix}h"


def _mwh(kwh: Fraction) -> str:
    return grouped_text(rounded(kwh / KWH, 6))


def _price(price: Fraction | None, currency: str) -> str:
    return money_text(Decimal(0) if price is None else rounded(price, 2), currency)
