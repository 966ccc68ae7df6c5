"""What every baseline is asked for and answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from operations.domain.series import Periods, instant_of


@dataclass(frozen=True)
class Asked:
    """The settlement periods of one dispatch, for one delivery unit.

    ``periods`` are numbers of periods of ``minutes`` since 1970; ``start`` is the dispatch's; ``sigma`` is +1
    where more export or less import is delivery, −1 where the reverse is.
    """

    periods: Sequence[int]
    minutes: int
    start: datetime
    sigma: int
    zone: ZoneInfo
    metered: Periods

    @property
    def hours(self) -> Fraction:
        return Fraction(self.minutes, 60)

    def start_of(self, period: int) -> datetime:
        return instant_of(period * self.minutes)


@dataclass(frozen=True)
class ConsideredDay:
    """A day that a baseline looked at: its rank by import (1 the highest) if it was near enough, or why it is
    left out."""

    day: date
    is_used: bool
    why_not: str = ""
    rank: int | None = None


@dataclass(frozen=True)
class Baseline:
    """Net kWh by period; a period without a value has no baseline. ``note`` says what the reader should
    know."""

    energy: Mapping[int, Fraction]
    days: Sequence[ConsideredDay] = field(default=())
    note: str = ""

    @property
    def used_days(self) -> list[date]:
        return sorted(each.day for each in self.days if each.is_used)


def none_because(why: str, days: Sequence[ConsideredDay] = ()) -> Baseline:
    """No baseline for any period."""
    return Baseline({}, days, why)
