"""What share of the full payment a delivered share earns. Pure and exact.

Energies are fractions, or whole numbers of any one unit: a curve pays in parts of its divisor, so that these stay whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import lcm
from typing import Any, Protocol, TypeVar

Number = TypeVar("Number", int, Fraction)
MOST_DIGITS = 30


class Curve(Protocol):
    """A curve of payment f, the share of the full payment for a delivered share."""

    @property
    def divisor(self) -> int:
        """In what parts ``paid`` tells its answer, so that whole energies stay whole."""

    def paid(self, delivered: Number, requested: Number) -> Number:
        """Requested × f(delivered / requested), times the divisor; ``requested`` is above 0."""

    def share(self, delivered: Fraction) -> Fraction:
        """The share of the full payment for a delivered share, both from 0."""


class UnusableCurve(ValueError):
    """A curve that can't be: the message is the sentence for people."""


@dataclass(frozen=True)
class Table:
    """Points (delivered, paid), linear in between; at a delivered share given twice the later payment
    holds."""

    points: tuple[tuple[Fraction, Fraction], ...]

    @cached_property
    def _lines(self) -> list[tuple[Fraction, Fraction, Fraction]]:
        """From each delivered share on, the slope and the height at 0 of the line that holds."""
        found = [
            (x, (next_y - y) / (next_x - x), y - x * (next_y - y) / (next_x - x))
            for (x, y), (next_x, next_y) in pairwise(self.points)
            if x < next_x
        ]
        return [*found, (self.points[-1][0], Fraction(0), self.points[-1][1])]

    @cached_property
    def divisor(self) -> int:
        heights = [self.points[0][1], *(height for _, _, height in self._lines)]
        return lcm(*(each.denominator for each in [*heights, *(slope for _, slope, _ in self._lines)]))

    @cached_property
    def _whole_lines(self) -> list[tuple[int, int, int, int]]:
        """The lines in whole numbers: the share as a ratio, slope and height times the divisor."""
        return [
            (x.numerator, x.denominator, int(slope * self.divisor), int(height * self.divisor))
            for x, slope, height in self._lines
        ]

    def paid(self, delivered: Number, requested: Number) -> Number:
        """Below the first and above the last point, that point's payment."""
        slope, height = 0, int(self.points[0][1] * self.divisor)
        for over, under, next_slope, next_height in self._whole_lines:
            if over * requested > under * delivered:
                break
            slope, height = next_slope, next_height
        return slope * delivered + height * requested

    def share(self, delivered: Fraction) -> Fraction:
        return self.paid(delivered, Fraction(1)) / self.divisor


@dataclass(frozen=True)
class GraceSlope:
    """The full payment down to a grace below full delivery, then ``slope`` times what is missing beyond
    it."""

    grace: Fraction
    slope: Fraction

    @cached_property
    def divisor(self) -> int:
        return self.grace.denominator * self.slope.denominator

    def paid(self, delivered: Number, requested: Number) -> Number:
        """max(0, Q − slope × max(0, (1 − grace) × Q − delivered)) of the requested Q."""
        grace, slope = self.grace, self.slope
        missing = (grace.denominator - grace.numerator) * requested - grace.denominator * delivered
        nothing = 0 * requested
        return max(nothing, self.divisor * requested - slope.numerator * max(nothing, missing))

    def share(self, delivered: Fraction) -> Fraction:
        """max(0, 1 − slope × max(0, 1 − grace − delivered))."""
        return self.paid(delivered, Fraction(1)) / self.divisor


def exact_number(told: Any) -> Fraction:
    """The number that a text or value tells, exactly. Raises ``ValueError`` for none, and for one with more than 30 digits
    before or behind the point: as a fraction it could fill the memory."""
    try:
        number = Decimal(str(told))
    except InvalidOperation:
        raise ValueError(told) from None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(told)
    return Fraction(number)


def _fraction(told: Any, what: str) -> Fraction:
    try:
        return exact_number(told)
    except ValueError:
        raise UnusableCurve(f"{what} of a curve must be a number, not “{told}”.") from None


def table(*points: tuple[str, str]) -> Table:
    """A table of points written as decimals. Raises ``UnusableCurve`` without points or where delivered
    shares fall."""
    exact = tuple((_fraction(x, "A point"), _fraction(y, "A point")) for x, y in points)
    if not exact:
        raise UnusableCurve("A curve needs at least one point.")
    if any(later < earlier for (earlier, _), (later, _) in pairwise(exact)):
        raise UnusableCurve("The delivered shares of a curve must not fall from one point to the next.")
    return Table(exact)


READY_MADE: Mapping[str, Curve] = {
    "proportional": table(("0", "0"), ("1", "1")),
    "threshold_50": table(("0", "0"), ("0.5", "0"), ("0.5", "0.5"), ("1", "1")),
    "threshold_75": table(("0", "0"), ("0.75", "0"), ("0.75", "0.75"), ("1", "1")),
    "grace_5_slope_3": GraceSlope(Fraction(5, 100), Fraction(3)),
    "uftp": table(("0", "0"), ("1", "1")),
}
"""Curves offered by name."""


def curve_of(told: str | Mapping[str, Any]) -> Curve:
    """A curve by its name, or as written in a file. Raises ``UnusableCurve``."""
    if isinstance(told, str):
        if told not in READY_MADE:
            raise UnusableCurve(f"There is no curve named “{told}”.")
        return READY_MADE[told]
    if told.get("kind") == "table":
        points: Sequence[Any] = told.get("points", ())
        if not all(isinstance(point, list | tuple) and len(point) == 2 for point in points):
            raise UnusableCurve("Each point of a curve is a pair: delivered share and paid share.")
        return table(*(tuple(point) for point in points))
    if told.get("kind") == "grace_slope":
        return GraceSlope(
            _fraction(told.get("grace", "0"), "The grace"), _fraction(told.get("slope", "1"), "The slope")
        )
    raise UnusableCurve("A curve is of the kind table or grace_slope.")
