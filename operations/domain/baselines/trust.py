"""How a baseline would have done on days on which nothing was asked: its bias and its mean absolute error. Pure.

    bias = Σ (B − N) / Σ |N|        mean absolute error = Σ |B − N| / Σ |N|

over the periods of those days that have a baseline and a complete reading; the two figures by which methods of baselines are
compared (Coughlin, Piette, Goldman and Kiliccote, LBNL-63728, 2008).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from operations.domain.baselines.asked import Asked, Expected

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


def trust_of(days: Iterable[tuple[Asked, Expected]]) -> Trust:
    """Of each day the periods in which a unit would have been asked, and what was expected of it alone."""
    over = wrong = metered = Fraction(0)
    periods = counted = 0
    for asked, expected in days:
        counts = False
        for number, period in enumerate(asked.periods):
            baseline = expected.energy(0, number)
            if baseline is not None and asked.metered.is_complete(period):
                energy = asked.metered.energy(period)
                over += baseline - energy
                wrong += abs(baseline - energy)
                metered += abs(energy)
                periods += 1
                counts = True
        counted += counts
    if not metered:
        return Trust(None, None, periods, counted)
    return Trust(over / metered, wrong / metered, periods, counted)
