"""The merit order of one window as a drawing: each bid a block as wide as its MW and as high as its cost per
MW."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from django.utils.safestring import SafeString

from bidding.enums import Decision
from marketplace.numbers import grouped_text, power_text, rounded_text
from marketplace.units import currency_sign
from marketplace.web.figures import svg_number

MOST_BLOCKS = 200
WIDTH, LEFT, TOP, BASE = 372, 46, 30, 196
"""Of the drawing, in its own units: the axes stand at LEFT and BASE."""
ROOM_FOR_NAME, ROOM_FOR_MW = 58, 34
STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class MeritBid:
    """A bid as the drawing needs it: MW (MVAr of reactive power) and £ for each of them."""

    name: str
    capacity_mw: Decimal
    cost_per_mw: Decimal
    decision: Decision
    is_chosen: bool = False


@dataclass(frozen=True)
class Block:
    """A drawn bid: its place and size, and the words that fit on it."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    decision: str
    is_chosen: bool
    name: str
    amount: str

    @property
    def html(self) -> str:
        """The block with its words; a template draws two hundred of them too slowly."""
        chosen = " is-chosen" if self.is_chosen else ""
        words = "".join(
            f'<text class="m-word-{self.decision}" x="{self.middle}" y="{self.y}" dy="{down}" '
            f'text-anchor="middle">{escape(word)}</text>'
            for word, down in ((self.name, 15), (self.amount, 29 if self.name else 15))
            if word
        )
        return (
            f'<rect class="m-{self.decision}{chosen}" x="{self.x}" y="{self.y}" width="{self.width}" '
            f'height="{self.height}"></rect>{words}'
        )


@dataclass(frozen=True)
class Mark:
    """A place on an axis with its word."""

    at: str
    word: str


@dataclass(frozen=True)
class MeritOrder:
    """The drawing in plain data, and what it says as a sentence."""

    blocks: tuple[Block, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    required: Mark
    sentence: str
    left_out: int

    @property
    def blocks_html(self) -> SafeString:
        """All blocks as parts of the drawing."""
        return SafeString("".join(block.html for block in self.blocks))

    @property
    def required_anchor(self) -> str:
        """On which side of the line its word has room."""
        place = float(self.required.at)
        return "end" if place > WIDTH - 60 else "start" if place < LEFT + 60 else "middle"


def merit_order_drawing(
    bids: Sequence[MeritBid], required_mw: Decimal, unit: str, currency: str
) -> MeritOrder:
    """The bids in their order, cheapest per MW first; those after the two hundredth are only counted."""
    shown = bids[:MOST_BLOCKS]
    offered = sum((bid.capacity_mw for bid in shown), Decimal(0))
    widest = max(offered, required_mw) * Decimal("1.04")
    highest, rungs = _axis(max((bid.cost_per_mw for bid in shown), default=Decimal(0)))
    _, places = _axis(widest)

    def across(mw: Decimal) -> float:
        return LEFT + float(mw / widest) * (WIDTH - LEFT - 8)

    def up(pounds: Decimal) -> float:
        return BASE - float(pounds / highest) * (BASE - TOP)

    return MeritOrder(
        blocks=tuple(_blocks(shown, across, up, unit)),
        across=tuple(Mark(svg_number(across(mw)), grouped_text(mw)) for mw in places if mw <= widest),
        up=tuple(Mark(svg_number(up(pounds)), grouped_text(pounds)) for pounds in rungs),
        required=Mark(svg_number(across(required_mw)), f"{power_text(required_mw, unit)} required"),
        sentence=_sentence(shown, required_mw, unit, currency),
        left_out=len(bids) - len(shown),
    )


def _blocks(
    bids: Sequence[MeritBid],
    across: Callable[[Decimal], float],
    up: Callable[[Decimal], float],
    unit: str,
) -> Iterator[Block]:
    at = Decimal(0)
    for bid in bids:
        left, right, top = across(at), across(at + bid.capacity_mw), up(bid.cost_per_mw)
        at += bid.capacity_mw
        width = max(right - left - 1.5, 0.6)
        is_high = BASE - top >= 34
        yield Block(
            x=svg_number(left),
            y=svg_number(top),
            width=svg_number(width),
            height=svg_number(max(BASE - top, 0.5)),
            middle=svg_number(left + width / 2),
            decision=bid.decision.value,
            is_chosen=bid.is_chosen,
            name=_fitting(bid.name, width) if is_high and width >= ROOM_FOR_NAME else "",
            amount=power_text(bid.capacity_mw, unit) if is_high and width >= ROOM_FOR_MW else "",
        )


def _fitting(name: str, width: float) -> str:
    """The name, its first word alone, or the start of that."""
    most = int(width / 6.2)
    name = name if len(name) <= most else name.split()[0]
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _axis(most: Decimal) -> tuple[Decimal, list[Decimal]]:
    """The end of an axis that holds ``most``, and its marks in round steps from zero."""
    if most <= 0:
        return Decimal(1), [Decimal(0)]
    rough = most / 4
    power = Decimal(10) ** rough.adjusted()
    step = next(power * each for each in STEPS if power * each >= rough)
    count = int(most / step) + (1 if most % step else 0)
    return step * count, [step * each for each in range(count + 1)]


def _sentence(bids: Sequence[MeritBid], required_mw: Decimal, unit: str, currency: str) -> str:
    told = [
        f"{bid.name} {power_text(bid.capacity_mw, unit)} at "
        f"{currency_sign(currency)}{rounded_text(bid.cost_per_mw, 2)}, {bid.decision.taken.lower()}"
        for bid in bids[:12]
    ]
    more = [f"and {len(bids) - 12} more"] if len(bids) > 12 else []
    return (
        f"Bids by cost per {unit}: {'; '.join(told + more)}. {power_text(required_mw, unit)} required."
        if bids
        else f"No bid for this window; {power_text(required_mw, unit)} required."
    )
