"""How a baseline of recent days follows the meter before the dispatch (operations, section 8.3). Pure and exact.

    additive        a = mean over W of (N − B⁰), |a| ≤ cap · mean |B⁰|;   B = B⁰ + a
    multiplicative  r = ΣN / ΣB⁰ over W, 1 − cap ≤ r ≤ 1 + cap;           B = r · B⁰

Everything is whole numbers: the baseline B⁰ = total / days, what is adjusted a numerator over a divisor that the days divide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from competitions.domain.settlement_terms import Adjustment, AdjustmentKind


@dataclass(frozen=True)
class Totals:
    """Net energy of the chosen days, summed: of the dispatch's periods and of those of the adjustment window."""

    of_dispatch: Sequence[int]
    of_window: Sequence[int]
    days: int


def adjusted(
    totals: Totals, metered: Sequence[int], adjustment: Adjustment, sigma: int
) -> tuple[list[int], int]:
    """The baseline of each period of the dispatch, as numerators and their divisor. ``metered``: the window's energies."""
    move = _additive if adjustment.kind is AdjustmentKind.ADDITIVE else _multiplicative
    found, divisor = move(totals, metered, adjustment)
    if not adjustment.one_sided:
        return found, divisor
    before = [each * (divisor // totals.days) for each in totals.of_dispatch]
    kept = [old if sigma * (new - old) > 0 else new for old, new in zip(before, found, strict=True)]
    return kept, divisor


def _additive(totals: Totals, metered: Sequence[int], adjustment: Adjustment) -> tuple[list[int], int]:
    cap, below = adjustment.cap.numerator, adjustment.cap.denominator
    window, periods = len(metered), len(totals.of_dispatch)
    scale = window * below * periods
    moved = (totals.days * sum(metered) - sum(totals.of_window)) * below * periods
    limit = cap * window * sum(abs(each) for each in totals.of_dispatch)
    moved = max(-limit, min(limit, moved))
    return [each * scale + moved for each in totals.of_dispatch], totals.days * scale


def _multiplicative(totals: Totals, metered: Sequence[int], adjustment: Adjustment) -> tuple[list[int], int]:
    cap, below = adjustment.cap.numerator, adjustment.cap.denominator
    over, under = totals.days * sum(metered), sum(totals.of_window)
    if under < 0:
        over, under = -over, -under
    if not under or over <= 0:
        over = under = 1
    if over * below > (below + cap) * under:
        over, under = below + cap, below
    elif over * below < (below - cap) * under:
        over, under = below - cap, below
    return [each * over for each in totals.of_dispatch], totals.days * under
