"""What delivered energy is paid by settlement terms, from shares and energies alone. Pure and exact until an amount."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from competitions.domain.curves import Table
from competitions.domain.settlement_terms import Basis, PenaltyCap, PenaltyTerms, UtilisationTerms

ZERO, ONE = Fraction(0), Fraction(1)
EVERY_EXAMPLE = tuple(Fraction(percent, 100) for percent in (100, 95, 90, 80, 70, 60, 50, 25, 0))
JUST_BELOW = Fraction(1, 100)


def rounded(exact: Fraction, places: int) -> Decimal:
    """The value with so many decimals, half up (away from zero); never −0."""
    with localcontext() as context:
        context.prec = 60
        scaled = abs(exact) * 10**places
        whole = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
        found = Decimal(whole).scaleb(-places)
        return -found if exact < 0 and whole else found


def pence(exact: Fraction) -> Decimal:
    """An amount of a line."""
    return rounded(exact, 2)


def delivered_energy(terms: UtilisationTerms, requested: Fraction, flexibility: Fraction) -> Fraction:
    """What counts as delivered of the flexibility: at least nothing, at most the cap's share of what was requested."""
    return min(max(flexibility, ZERO), terms.cap * requested)


def paid_energy(terms: UtilisationTerms, periods: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """Energy that is paid at the full price, of the requested and delivered energy of each period of a dispatch.

    Σ Q f(delivered / Q); where the curve is applied to the whole dispatch, ΣQ f(Σdelivered / ΣQ).
    """
    asked = [(requested, delivered) for requested, delivered in periods if requested]
    if terms.basis is Basis.DISPATCH:
        asked = (
            [(sum((each for each, _ in asked), ZERO), sum((each for _, each in asked), ZERO))]
            if asked
            else []
        )
    return sum((requested * terms.curve.share(delivered / requested) for requested, delivered in asked), ZERO)


def penalty_rate(terms: PenaltyTerms, utilisation_price: Fraction | None) -> Fraction:
    """The penalty in currency a MWh of deficiency."""
    return terms.price + terms.multiple * (utilisation_price or ZERO)


def deficiency(terms: PenaltyTerms, requested: Fraction, flexibility: Fraction) -> Fraction:
    """What is missing of the requested energy beyond the tolerance; the wrong way makes it more than was requested."""
    return max(ZERO, (1 - terms.tolerance) * requested - flexibility)


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
