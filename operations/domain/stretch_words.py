"""Stretches of MW in words. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from marketplace.dates import moment_text, short_day_text, short_weekday_text
from marketplace.numbers import exact_text
from operations.domain.declaring import AvailabilityState
from operations.domain.local_times import times_text
from operations.domain.occurrences import Stretch

WORDS = {
    AvailabilityState.OPEN: "Open",
    AvailabilityState.LOCKED: "Locked",
    AvailabilityState.ACCEPTED: "Accepted",
    AvailabilityState.RELEASED: "Released",
    AvailabilityState.REDUCED: "Reduced",
}
"""The states as pages and files name them."""


def decimal_of(mw: Fraction) -> Decimal:
    """MW that have at most six decimals, exactly."""
    return Decimal(mw.numerator * 10**6 // mw.denominator).scaleb(-6)


def mw_text(mw: Fraction) -> str:
    """The number alone, without trailing zeros."""
    return exact_text(decimal_of(mw))


def stretch_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """From and to: the day once, where they lie on one."""
    local, until = start.astimezone(zone), end.astimezone(zone)
    if local.date() == until.date():
        return f"{short_weekday_text(local)} {short_day_text(local)}, {times_text(start, end, zone)}"
    return f"{moment_text(start, zone)} to {moment_text(end, zone)}"


def told(stretches: Iterable[Stretch]) -> list[str]:
    """Stretches as the logs hold them."""
    return [f"{each.start.isoformat()} to {each.end.isoformat()}: {mw_text(each.mw)}" for each in stretches]
