"""Constant: B(p) = kW × h for every period; with 0 kW the zero baseline (operations, section 8.1)."""

from fractions import Fraction

from operations.domain.baselines.asked import Asked, Baseline


def constant(asked: Asked, kw: Fraction) -> Baseline:
    """The same net power throughout, export positive."""
    return Baseline(dict.fromkeys(asked.periods, kw * asked.hours))
