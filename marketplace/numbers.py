"""How numbers are shown: counts, exact amounts, power, money, hours, areas. Pure; pages use the same as
filters."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from marketplace.units import currency_sign


def count_text(number: int | Decimal) -> str:
    """12,345: a whole number, or a bound as it is declared, with its thousands grouped."""
    return f"{number:,}"


def short_count_text(number: int) -> str:
    """950, 1.2k or 12k: a count where there is room for a few characters only."""
    return (
        f"{number}" if number < 1000 else f"{number / 1000:.1f}k" if number < 10_000 else f"{number // 1000}k"
    )


def counted(number: int, thing: str, things: str = "") -> str:
    """1 asset, 2 assets: a count and what is counted, ``things`` where an s doesn't make the plural."""
    return f"{count_text(number)} {thing if number == 1 else things or thing + 's'}"


def exact_text(number: Decimal | None) -> str:
    """1234.5: as a person types it, for inputs and cells; no grouping, trailing zeros or exponent. Nothing
    for None."""
    return "" if number is None else _without_zeros(f"{number:f}")


def grouped_text(number: Decimal | int) -> str:
    """1,234.5: exact, for reading; thousands grouped, no trailing zeros or exponent."""
    return _without_zeros(f"{Decimal(number):,f}")


def rounded_text(number: Decimal | float, places: int) -> str:
    """1,234.50: rounded to this many decimals, which are all shown; thousands grouped."""
    return f"{number:,.{places}f}"


def places_of(numbers: Iterable[Decimal], most: int = 6) -> int:
    """How many decimals a column of these numbers needs, so that all of them show the same."""
    needed = (-int(number.normalize().as_tuple().exponent) for number in numbers)
    return max(0, min(most, max(needed, default=0)))


def power_text(amount: Decimal | int, unit: str) -> str:
    """12.5 MW: an exact amount of power and its unit (see :func:`marketplace.units.power_unit`)."""
    return f"{grouped_text(amount)} {unit}"


def money_text(amount: Decimal | int, currency: str = "GBP") -> str:
    """£1,234.50, or -£10.00: an amount of money in the currency of this code."""
    text = rounded_text(amount, 2)
    minus = "-" if text.startswith("-") else ""
    return f"{minus}{currency_sign(currency)}{text.removeprefix('-')}"


def area_text(km2: Decimal | float) -> str:
    """1,234.50 km²: the size of an area."""
    return f"{rounded_text(km2, 2)} km²"


def hours_of(minutes: int) -> Decimal:
    """Minutes as hours for showing: up to four decimals, rounded half up, without trailing zeros."""
    hours = (Decimal(minutes) / 60).quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP").normalize()
    return hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours


def hours_text(minutes: int) -> str:
    """16.5 h: minutes as hours with up to four decimals."""
    return f"{grouped_text(hours_of(minutes))} h"


def clock_length(duration: timedelta) -> str:
    """2:00, or 26:00:30 with the seconds where there are some: a duration as H:MM."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def percent_of(part: int | Decimal, whole: int | Decimal) -> int:
    """Whole percent, rounded down, at most 100; 0 of nothing."""
    return min(100, int(part * 100 / whole)) if whole else 0


def _without_zeros(text: str) -> str:
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short


def aligned_texts(numbers: Iterable[Decimal], least: int = 1, most: int = 2) -> list[str]:
    """Numbers that stand below one another, all with the decimals that the finest of them needs, from least
    to most."""
    listed = list(numbers)
    needed = max((-int(each.normalize().as_tuple().exponent) for each in listed), default=least)
    decimals = min(most, max(least, needed))
    return [f"{each:,.{decimals}f}" for each in listed]
