"""The standard rates of VAT by country and day."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from settlement.domain.vat_rates import STANDARD_RATES, standard_rate

EU = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE"),
    *("IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
}


def test_the_eu_britain_norway_and_switzerland_have_a_rate_on_every_day_since_2012():
    assert set(STANDARD_RATES) == EU | {"GB", "NO", "CH"}
    for country, told in STANDARD_RATES.items():
        days = [day for day, _ in told]
        assert days == sorted(set(days)), country
        assert days[0] <= date(2012, 1, 1), country
        assert all(Fraction(7, 100) < rate < Fraction(28, 100) for _, rate in told), country


@pytest.mark.parametrize(
    ("country", "day", "before", "after"),
    [
        ("GB", date(2011, 1, 4), "17.5", "20"),
        ("IE", date(2021, 3, 1), "21", "23"),
        ("DE", date(2020, 7, 1), "19", "16"),
        ("DE", date(2021, 1, 1), "16", "19"),
        ("LU", date(2024, 1, 1), "16", "17"),
        ("FI", date(2024, 9, 1), "24", "25.5"),
        ("SK", date(2025, 1, 1), "20", "23"),
        ("EE", date(2025, 7, 1), "22", "24"),
        ("RO", date(2025, 8, 1), "19", "21"),
        ("CH", date(2024, 1, 1), "7.7", "8.1"),
    ],
)
def test_a_rate_holds_from_its_day_on(country, day, before, after):
    assert standard_rate(country, day - timedelta(days=1)) == Fraction(before) / 100
    assert standard_rate(country, day) == Fraction(after) / 100


def test_a_country_or_a_day_outside_the_table_has_none():
    assert standard_rate("US", date(2026, 6, 30)) is None
    assert standard_rate("gb", date(2000, 1, 1)) is None
    assert [standard_rate("NO", date(2005, 1, 1) - days * timedelta(days=1)) for days in (0, 1)] == [
        Fraction(25, 100),
        None,
    ]
