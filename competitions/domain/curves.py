"""What share of the full payment a delivered share earns. Pure and exact: shares are fractions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Any, Protocol


class Curve(Protocol):
    """A curve of payment."""

    def share(self, delivered: Fraction) -> Fraction:
        """The share of the full payment for a delivered share, both from 0."""


class UnusableCurve(ValueError):
    """A curve that can't be: the message is the sentence for people."""


@dataclass(frozen=True)
class Table:
    """Points (delivered, paid), linear in between; at a delivered share given twice the later payment
    holds."""

    points: tuple[tuple[Fraction, Fraction], ...]

    def share(self, delivered: Fraction) -> Fraction:
        """Below the first and above the last point, that point's payment."""
        if delivered < self.points[0][0]:
            return self.points[0][1]
        found = self.points[-1][1]
        for (x, y), (next_x, next_y) in pairwise(self.points):
            if x <= delivered < next_x:
                found = y + (next_y - y) * (delivered - x) / (next_x - x)
        return found


@dataclass(frozen=True)
class GraceSlope:
    """The full payment down to a grace below full delivery, then ``slope`` times what is missing beyond
    it."""

    grace: Fraction
    slope: Fraction

    def share(self, delivered: Fraction) -> Fraction:
        """max(0, 1 − slope × max(0, 1 − grace − delivered))."""
        missing = max(Fraction(0), 1 - self.grace - delivered)
        return max(Fraction(0), 1 - self.slope * missing)


def _fraction(told: Any, what: str) -> Fraction:
    try:
        return Fraction(Decimal(str(told)))
    except (InvalidOperation, ValueError, OverflowError):
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
