"""How a baseline of recent days follows the meter before the dispatch (operations, section 8.3). Pure and exact.

    additive        a = mean over W of (N − B⁰), |a| ≤ cap · mean |B⁰|;   B = B⁰ + a
    multiplicative  r = ΣN / ΣB⁰ over W, 1 − cap ≤ r ≤ 1 + cap;           B = r · B⁰

Everything is whole numbers: the baseline B⁰ = total / days, what is adjusted a numerator over a divisor that the days divide.
"""

from dataclasses import dataclass

import numpy as np

from competitions.domain.settlement_terms import Adjustment, AdjustmentKind
from operations.domain.whole_numbers import Integers, with_room


@dataclass(frozen=True)
class Totals:
    """Net energy of the chosen days, summed, by unit and dispatch: of each period, and of all of the adjustment window.

    ``days`` of each are chosen, at least 1; ``metered`` is the energy of the window itself, which has so many periods;
    ``periods`` and ``sigma`` are those of each dispatch; no single energy is further from 0 than ``largest``.
    """

    of_dispatch: Integers
    of_window: Integers
    days: Integers
    metered: Integers
    window: int
    periods: Integers
    sigma: Integers
    largest: int


def adjusted(totals: Totals, adjustment: Adjustment) -> tuple[Integers, Integers]:
    """The baseline of each period, as numerators and the divisors of each unit and dispatch."""
    move = _additive if adjustment.kind is AdjustmentKind.ADDITIVE else _multiplicative
    found, divisor = move(totals, adjustment)
    if not adjustment.one_sided:
        return found, divisor
    before = totals.of_dispatch * (divisor // totals.days)[..., None]
    kept = np.where(totals.sigma[:, None] * (found - before) > 0, before, found)
    return kept, divisor


def _additive(totals: Totals, adjustment: Adjustment) -> tuple[Integers, Integers]:
    cap, below = adjustment.cap.numerator, adjustment.cap.denominator
    longest, days = totals.of_dispatch.shape[-1], int(totals.days.max(initial=1))
    most = max(totals.largest, 1) * days * totals.window * longest * (3 * below + cap)
    of_dispatch, of_window = with_room(totals.of_dispatch, most), with_room(totals.of_window, most)
    periods = with_room(totals.periods, most) * below
    moved = (totals.days * with_room(totals.metered, most) - of_window) * periods
    limit = cap * totals.window * np.abs(of_dispatch).sum(axis=-1)
    moved = np.maximum(-limit, np.minimum(limit, moved))
    scale = totals.window * periods
    return of_dispatch * scale[:, None] + moved[..., None], totals.days * scale


def _multiplicative(totals: Totals, adjustment: Adjustment) -> tuple[Integers, Integers]:
    cap, below = adjustment.cap.numerator, adjustment.cap.denominator
    days = int(totals.days.max(initial=1))
    of_window = totals.largest * days * totals.window
    most = max(totals.largest * days, below + cap) * max(of_window, below + cap)
    over = with_room(totals.metered, most) * totals.days
    under = with_room(totals.of_window, most)
    over, under = np.where(under < 0, -over, over), np.abs(under)
    is_one = (under == 0) | (over <= 0)
    over, under = np.where(is_one, 1, over), np.where(is_one, 1, under)
    is_above, is_below = over * below > (below + cap) * under, over * below < (below - cap) * under
    over = np.where(is_above, below + cap, np.where(is_below, below - cap, over))
    under = np.where(is_above | is_below, below, under)
    return with_room(totals.of_dispatch, most) * over[..., None], totals.days * under
