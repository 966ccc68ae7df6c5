"""The two sums that explain the advice on a bid, in words and amounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.recommendation.explained import BidSet, Explanation
from bidding.domain.recommendation.solver import OfferedBid
from marketplace.numbers import money_text, places_of, rounded_text

MOST_LINES = 6
ZERO = Decimal(0)


@dataclass(frozen=True)
class SumLine:
    """A line of a sum: what, MW and £ as text."""

    name: str
    mw: str
    cost: str


@dataclass(frozen=True)
class SumShown:
    """One of the two sums, its total in words."""

    title: str
    lines: tuple[SumLine, ...]
    total: SumLine
    is_covered: bool
    compared: SumLine | None = None


@dataclass(frozen=True)
class WhyShown:
    """The bidder, the result in one line (empty where it would be too long), and the sums with and without
    the bid."""

    name: str
    short: str
    sums: tuple[SumShown, SumShown]
    is_proven: bool


@dataclass(frozen=True)
class _Words:
    """How the amounts of one explanation are written: MW with the same decimals throughout."""

    names: Mapping[str, str]
    places: int
    unit: str
    currency: str

    def number(self, amount: Decimal) -> str:
        return rounded_text(amount, self.places)

    def mw(self, amount: Decimal) -> str:
        return f"{self.number(amount)} {self.unit}"

    def money(self, amount: Decimal) -> str:
        return money_text(amount, self.currency)


def why_shown(found: Explanation, names: Mapping[str, str], unit: str, currency: str) -> WhyShown:
    """The explanation in words; ``names`` are the bidders' by the bids' ids."""
    amounts = [bid.capacity_mw for bid in (*found.with_it.bids, *found.without.bids)]
    words = _Words(names, places_of([*amounts, found.with_it.required_mw]), unit, currency)
    name = names[found.bid.id]
    return WhyShown(
        name=name,
        short=_short(found, words),
        sums=(
            _sum(f"With {name}", found.with_it, words),
            _sum(f"Without {name}", found.without, words, _compared(found, name, words)),
        ),
        is_proven=found.is_proven,
    )


def _sum(title: str, part: BidSet, words: _Words, compared: SumLine | None = None) -> SumShown:
    lines = [
        SumLine(words.names[bid.id], words.mw(bid.capacity_mw), words.money(bid.cost))
        for bid in part.bids[:MOST_LINES]
    ]
    rest = part.bids[MOST_LINES:]
    if rest:
        lines.append(SumLine(f"{len(rest)} more", words.mw(_mw(rest)), words.money(_cost(rest))))
    total = SumLine(_covered(part, words), words.mw(part.capacity_mw), words.money(part.cost))
    return SumShown(title, tuple(lines), total, not part.missing_mw and not part.over_budget, compared)


def _covered(part: BidSet, words: _Words) -> str:
    if part.over_budget:
        return f"{words.money(part.over_budget)} over the budget"
    if part.missing_mw:
        return f"{words.mw(part.missing_mw)} short of {words.number(part.required_mw)}"
    return f"Covered, {words.mw(part.surplus_mw)} over" if part.surplus_mw else "Covered exactly"


def _short(found: Explanation, words: _Words) -> str:
    """4.8 + 4.8 MW = £38,880.00 of £60,000.00 left of the budget; with this bid £51,030.00."""
    first, second, word = (
        (found.without, found.with_it, "with")
        if found.saved >= 0
        else (found.with_it, found.without, "without")
    )
    if not first.bids or len(first.bids) > MOST_LINES:
        return ""
    amounts = " + ".join(words.number(bid.capacity_mw) for bid in first.bids)
    of = "" if first.budget_left is None else f" of {words.money(first.budget_left)} left of the budget"
    return (
        f"{amounts} {words.unit} = {words.money(first.cost)}{of}; {word} this bid {words.money(second.cost)}."
    )


def _compared(found: Explanation, name: str, words: _Words) -> SumLine:
    if found.less_covered:
        more_or_less = "Less" if found.less_covered > 0 else "More"
        return SumLine(f"{more_or_less} covered than with {name}", words.mw(abs(found.less_covered)), "")
    if found.saved:
        more_or_less = "Less" if found.saved > 0 else "More"
        return SumLine(f"{more_or_less} than with {name}", "", words.money(abs(found.saved)))
    return SumLine(f"As much as with {name}", "", "")


def _mw(bids: Sequence[OfferedBid]) -> Decimal:
    return sum((bid.capacity_mw for bid in bids), ZERO)


def _cost(bids: Sequence[OfferedBid]) -> Decimal:
    return sum((bid.cost for bid in bids), ZERO)
