"""How a baseline would have done on days on which nothing was asked: its bias and its mean absolute error. Pure.

    bias = Σ (B − N) / Σ |N|        mean absolute error = Σ |B − N| / Σ |N|

over the periods of those days that have a baseline and a complete reading; the two figures by which methods of baselines are
compared (Coughlin, Piette, Goldman and Kiliccote, LBNL-63728, 2008).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from operations.domain.baselines.asked import Asked, Baseline

MOST_BIAS = Fraction(1, 10)
"""Beyond this bias, either way, a baseline is not to be trusted."""


@dataclass(frozen=True)
class Trust:
    """The two shares of metered energy, from how many periods of how many days; None without any."""

    bias: Fraction | None
    error: Fraction | None
    periods: int
    days: int

    @property
    def is_doubtful(self) -> bool:
        return self.bias is not None and abs(self.bias) > MOST_BIAS


def trust_of(days: Iterable[tuple[date, Iterable[Asked]]], baseline: Callable[[Asked], Baseline]) -> Trust:
    """Of each day the periods in which each unit would have been asked, and how its baseline is made."""
    over = wrong = metered = Fraction(0)
    periods = counted = 0
    for _, units in days:
        counts = False
        for asked in units:
            expected = baseline(asked).energy
            for period in asked.periods:
                if period in expected and asked.metered.is_complete(period):
                    energy = asked.metered.energy(period)
                    over += expected[period] - energy
                    wrong += abs(expected[period] - energy)
                    metered += abs(energy)
                    periods += 1
                    counts = True
        counted += counts
    if not metered:
        return Trust(None, None, periods, counted)
    return Trust(over / metered, wrong / metered, periods, counted)
