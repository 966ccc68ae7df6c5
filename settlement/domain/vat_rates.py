"""The standard rates of VAT, by country and the day from which each holds. Pure.

Sources. EU-27: European Commission, "VAT rates applied in the Member States of the European Union", section VIII (edition of
June 2021), and since then its Taxes in Europe Database (as of September 2026); Germany in 2020: Zweites Corona-Steuerhilfegesetz,
article 3. GB, which has the rates of Northern Ireland too: SI 2008/3020 (15 %), Finance Act 2009, section 9 (its end with 2009),
Finance (No. 2) Act 2010, section 3 (20 % for supplies from 4 January 2011 on). CH: Federal Tax Administration, "Development of
the Swiss VAT rates". NO: the Storting's yearly decision on merverdiavgift, with that of 25 November 2004 for 2005 (24 to 25 %,
statsbudsjettet.no).

Each country begins with the rate that held at the start of 2012. A region with a rate of its own (the Azores, Madeira, the Canary
Islands, overseas departments) has none here.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

Since = tuple[str, str]
"""The day from which a rate holds, and the rate in percent."""

_TOLD: Mapping[str, Sequence[Since]] = {
    "AT": [("1984-01-01", "20")],
    "BE": [("1996-01-01", "21")],
    "BG": [("1999-01-01", "20")],
    "CH": [("2011-01-01", "8"), ("2018-01-01", "7.7"), ("2024-01-01", "8.1")],
    "CY": [("2003-01-01", "15"), ("2012-03-01", "17"), ("2013-01-14", "18"), ("2014-01-13", "19")],
    "CZ": [("2010-01-01", "20"), ("2013-01-01", "21")],
    "DE": [("2007-01-01", "19"), ("2020-07-01", "16"), ("2021-01-01", "19")],
    "DK": [("1992-01-01", "25")],
    "EE": [("2009-07-01", "20"), ("2024-01-01", "22"), ("2025-07-01", "24")],
    "ES": [("2010-07-01", "18"), ("2012-09-01", "21")],
    "FI": [("2010-07-01", "23"), ("2013-01-01", "24"), ("2024-09-01", "25.5")],
    "FR": [("2000-04-01", "19.6"), ("2014-01-01", "20")],
    "GB": [("2008-12-01", "15"), ("2010-01-01", "17.5"), ("2011-01-04", "20")],
    "GR": [("2010-07-01", "23"), ("2016-06-01", "24")],
    "HR": [("2009-08-01", "23"), ("2012-03-01", "25")],
    "HU": [("2012-01-01", "27")],
    "IE": [("2012-01-01", "23"), ("2020-09-01", "21"), ("2021-03-01", "23")],
    "IT": [("2011-09-17", "21"), ("2013-10-01", "22")],
    "LT": [("2009-09-01", "21")],
    "LU": [("1992-01-01", "15"), ("2015-01-01", "17"), ("2023-01-01", "16"), ("2024-01-01", "17")],
    "LV": [("2011-01-01", "22"), ("2012-07-01", "21")],
    "MT": [("2004-01-01", "18")],
    "NL": [("2001-01-01", "19"), ("2012-10-01", "21")],
    "NO": [("2005-01-01", "25")],
    "PL": [("2011-01-01", "23")],
    "PT": [("2011-01-01", "23")],
    "RO": [("2010-07-01", "24"), ("2016-01-01", "20"), ("2017-01-01", "19"), ("2025-08-01", "21")],
    "SE": [("1990-07-01", "25")],
    "SI": [("2002-01-01", "20"), ("2013-07-01", "22")],
    "SK": [("2011-01-01", "20"), ("2025-01-01", "23")],
}

STANDARD_RATES: Mapping[str, Sequence[tuple[date, Fraction]]] = {
    country: [(date.fromisoformat(day), Fraction(percent) / 100) for day, percent in told]
    for country, told in _TOLD.items()
}


def standard_rate(country: str, day: date) -> Fraction | None:
    """The standard rate of a country on a day, as a share; None where the table has none."""
    known = [rate for first, rate in STANDARD_RATES.get(country.upper(), ()) if first <= day]
    return known[-1] if known else None
