"""What the windows of a confirmed competition cleared at: their bids in merit order, and the dearest that was
accepted.

Whose a bid is, is told where the operator's rule of naming allows it, and to its own company.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial

from accounts.models import Member
from bidding.domain.ballots.bidding_context import kept_windows
from bidding.domain.queries import bids_for_operator
from bidding.domain.recommendation.costs import cost_of, to_pennies
from bidding.domain.results.bidder_disclosure import published_bids_of
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition, ServiceWindow

ZERO = Decimal(0)


@dataclass(frozen=True)
class RankedBid:
    """A bid in its window's merit order: its cost in £, and its place, equal costs per MW sharing one.

    ``name`` is the company's, empty where it is not told.
    """

    bid: Bid
    name: str
    cost: Decimal
    place: int

    @property
    def cost_per_mw(self) -> Decimal:
        return self.cost / self.bid.capacity_mw

    @property
    def per_mw(self) -> Decimal:
        """The same, rounded to the penny as it is shown."""
        return to_pennies(Fraction(self.cost) / Fraction(self.bid.capacity_mw))

    @property
    def is_accepted(self) -> bool:
        return self.bid.decision == Decision.ACCEPTED


@dataclass(frozen=True)
class Clearing:
    """A window with its bids, the cheapest per MW first."""

    window: ServiceWindow
    bids: tuple[RankedBid, ...]

    @cached_property
    def dearest(self) -> RankedBid | None:
        """The accepted bid that costs most per MW; None where none was accepted."""
        accepted = [each for each in self.bids if each.is_accepted]
        return max(accepted, key=lambda each: each.cost_per_mw, default=None)

    @cached_property
    def ranked(self) -> dict[uuid.UUID, RankedBid]:
        """Its bids by id."""
        return {each.bid.pk: each for each in self.bids}


def clearing_for_bidder(
    member: Member, competition: Competition, now: datetime, windows: Collection[uuid.UUID]
) -> dict[uuid.UUID, Clearing]:
    """These windows as their bidders may know them; nothing before the results are confirmed.

    The other bids are those that are published, named or not, in an order that tells no more than they do.
    """
    published = published_bids_of(competition, now, windows)
    named = [(each.bid, "" if each.provider is None else each.provider.name) for each in published]
    return _by_window(
        (bid, member.organisation.name if bid.ballot.provider_id == member.organisation_id else name)
        for bid, name in named
    )


def clearing_for_operator(
    member: Member, competition: Competition, now: datetime, windows: Collection[uuid.UUID]
) -> dict[uuid.UUID, Clearing]:
    """These windows as the competition's operator knows them, gate closed."""
    asked_for = set(windows)
    by_key = {window.pk: window for window in kept_windows(competition) if window.pk in asked_for}
    found = bids_for_operator(member, now).filter(ballot__competition=competition, window__in=list(by_key))
    bids = list(found.order_by().select_related(None).only(*_RANKED).prefetch_related("ballot__provider"))
    for bid in bids:
        bid.window, bid.ballot.competition = by_key[bid.window_id], competition
    return _by_window((bid, bid.ballot.provider.name) for bid in bids)


_RANKED = (
    "ballot",
    "window",
    "capacity_mw",
    "maximum_run_time",
    "availability_price",
    "utilisation_price",
    "service_fee",
    "decision",
)
"""What a merit order tells of a bid."""


class Clearings:
    """:func:`clearing_for_operator` for the windows that a page asks for, each read once."""

    def __init__(self, member: Member, competition: Competition, now: datetime) -> None:
        self._read = partial(clearing_for_operator, member, competition, now)
        self._known: dict[uuid.UUID, Clearing] = {}

    def of(self, windows: Collection[uuid.UUID]) -> dict[uuid.UUID, Clearing]:
        """These windows, as far as there are bids for them."""
        missing = [key for key in windows if key not in self._known]
        if missing:
            self._known |= self._read(missing)
        return {key: self._known[key] for key in windows if key in self._known}


def _by_window(bids: Iterable[tuple[Bid, str]]) -> dict[uuid.UUID, Clearing]:
    found: dict[uuid.UUID, list[tuple[Bid, str]]] = {}
    for bid, name in bids:
        found.setdefault(bid.window_id, []).append((bid, name))
    return {key: Clearing(rows[0][0].window, _ranked(rows)) for key, rows in found.items()}


def _ranked(rows: Sequence[tuple[Bid, str]]) -> tuple[RankedBid, ...]:
    costs = {bid.pk: cost_of(bid) for bid, _ in rows}
    ordered = sorted(rows, key=lambda row: (costs[row[0].pk] / row[0].capacity_mw, row[0].pk))
    ranked: list[RankedBid] = []
    for number, (bid, name) in enumerate(ordered, 1):
        cost = costs[bid.pk]
        before = ranked[-1] if ranked else None
        place = before.place if before and before.cost_per_mw == cost / bid.capacity_mw else number
        ranked.append(RankedBid(bid, name, cost, place))
    return tuple(ranked)
