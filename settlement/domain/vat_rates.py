"""The standard rates of VAT, by country and the day from which each holds. Pure.

GB: Finance (No. 3) Act 2010, section 3, and the rates before. IE: Revenue's table of current and historical rates.
"""

from datetime import date
from fractions import Fraction

STANDARD_RATES: dict[str, tuple[tuple[date, Fraction], ...]] = {
    "GB": (
        (date(2008, 12, 1), Fraction(15, 100)),
        (date(2010, 1, 1), Fraction(175, 1000)),
        (date(2011, 1, 4), Fraction(20, 100)),
    ),
    "IE": (
        (date(2012, 1, 1), Fraction(23, 100)),
        (date(2020, 9, 1), Fraction(21, 100)),
        (date(2021, 3, 1), Fraction(23, 100)),
    ),
}


def standard_rate(country: str, day: date) -> Fraction | None:
    """The standard rate of a country on a day, as a share; None where the table has none."""
    known = [rate for first, rate in STANDARD_RATES.get(country.upper(), ()) if first <= day]
    return known[-1] if known else None
