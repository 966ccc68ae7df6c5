"""What delivered energy is paid by settlement terms, from shares and energies alone. Pure and exact until an amount.

Energies are fractions, or whole numbers of any one unit that is fine enough (``grain_of``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import lcm

from competitions.domain.curves import Number, Table
from competitions.domain.settlement_terms import Basis, PenaltyCap, PenaltyTerms, UtilisationTerms

EXACT = Context(prec=200)
ZERO, ONE = Fraction(0), Fraction(1)
EVERY_EXAMPLE = tuple(Fraction(percent, 100) for percent in (100, 95, 90, 80, 70, 60, 50, 25, 0))
JUST_BELOW = Fraction(1, 100)


def rounded(exact: Fraction, places: int) -> Decimal:
    """The value with so many decimals, half up (away from zero); never −0."""
    over, under = exact.numerator * 10**places, exact.denominator
    whole = (2 * abs(over) + under) // (2 * under)
    return EXACT.scaleb(Decimal(whole if over > 0 else -whole), -places)


def pence(exact: Fraction) -> Decimal:
    """An amount of a line."""
    return rounded(exact, 2)


def grain_of(utilisation: UtilisationTerms, penalties: PenaltyTerms) -> int:
    """Whole energies must be multiples of this, so that the shares of them that the terms name are whole too."""
    return lcm(utilisation.cap.denominator, penalties.tolerance.denominator)


def _share_of(energy: Number, share: Fraction) -> Number:
    """A share of an energy; a whole energy is a multiple of the share's denominator."""
    return energy * share if isinstance(energy, Fraction) else energy * share.numerator // share.denominator


def delivered_energy(terms: UtilisationTerms, requested: Number, flexibility: Number) -> Number:
    """What counts as delivered of the flexibility: at least nothing, at most the cap's share of what was requested."""
    return min(max(flexibility, 0 * requested), _share_of(requested, terms.cap))


def paid_energy(terms: UtilisationTerms, periods: Iterable[tuple[Number, Number]]) -> Fraction:
    """Energy that is paid at the full price, of the requested and delivered energy of each period of a dispatch.

    Σ Q f(delivered / Q); where the curve is applied to the whole dispatch, ΣQ f(Σdelivered / ΣQ).
    """
    asked = [(requested, delivered) for requested, delivered in periods if requested]
    if terms.basis is Basis.DISPATCH and asked:
        nothing = 0 * asked[0][0]
        asked = [(sum((each for each, _ in asked), nothing), sum((each for _, each in asked), nothing))]
    paid = sum(terms.curve.paid(delivered, requested) for requested, delivered in asked)
    return Fraction(paid, terms.curve.divisor)


def penalty_rate(terms: PenaltyTerms, utilisation_price: Fraction | None) -> Fraction:
    """The penalty in currency a MWh of deficiency."""
    return terms.price + terms.multiple * (utilisation_price or ZERO)


def deficiency(terms: PenaltyTerms, requested: Number, flexibility: Number) -> Number:
    """What is missing of the requested energy beyond the tolerance; the wrong way makes it more than was requested."""
    return max(0 * requested, requested - _share_of(requested, terms.tolerance) - flexibility)


@dataclass(frozen=True)
class Earned:
    """What a dispatch of 1 MW for 1 hour earns when ``share`` of it is delivered, in whole periods alike."""

    share: Fraction
    paid: Decimal
    penalty: Decimal

    @property
    def total(self) -> Decimal:
        return self.paid - self.penalty


def earned(
    utilisation: UtilisationTerms, penalties: PenaltyTerms, price: Fraction, share: Fraction
) -> Earned:
    """What 1 MWh earns of which a share was delivered, with no other payment in the month."""
    delivered = delivered_energy(utilisation, ONE, share)
    paid = pence(price * paid_energy(utilisation, [(ONE, delivered)]))
    penalty = pence(penalty_rate(penalties, price) * deficiency(penalties, ONE, share))
    if penalties.cap is not PenaltyCap.NONE:
        penalty = min(penalty, paid)
    return Earned(share, paid, penalty)


def example_of(utilisation: UtilisationTerms, penalties: PenaltyTerms, price: Fraction) -> list[Earned]:
    """What is earned at telling shares, the highest first: round ones, and on both sides of where the curve jumps."""
    shares = set(EVERY_EXAMPLE)
    if utilisation.cap > 1:
        shares.add(utilisation.cap)
    if isinstance(utilisation.curve, Table):
        places = [x for x, _ in utilisation.curve.points]
        jumps = {x for x in places if places.count(x) > 1 and 0 < x <= utilisation.cap}
        shares |= jumps | {max(ZERO, x - JUST_BELOW) for x in jumps}
    return [earned(utilisation, penalties, price, each) for each in sorted(shares, reverse=True)]
