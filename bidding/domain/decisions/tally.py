"""What a competition's decisions come to, from a few columns of its bids: a desk opens with thousands of
them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from bidding.domain.decisions.seen import State, digest_of_states
from bidding.domain.queries import bids_of_competition
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition, ServiceWindow
from marketplace.prepared import asked

ZERO = Decimal(0)


@dataclass(frozen=True)
class TalliedBid:
    """A bid as far as sums need it: MW (MVAr of reactive power), and the decision with reason and comment."""

    id: uuid.UUID
    window_id: uuid.UUID
    capacity_mw: Decimal
    state: State

    @property
    def decision(self) -> Decision:
        return Decision(self.state[0])


@dataclass(frozen=True)
class WindowTally:
    """One window: MW required, offered, accepted and advised, £ of what is accepted, and bids not decided."""

    window: ServiceWindow
    offered_mw: Decimal
    accepted_mw: Decimal
    advised_mw: Decimal
    cost: Decimal
    bids: int
    undecided: int

    @property
    def required_mw(self) -> Decimal:
        return self.window.capacity_required_mw

    @cached_property
    def missing_mw(self) -> Decimal:
        return max(self.required_mw - self.accepted_mw, ZERO)

    @property
    def surplus_mw(self) -> Decimal:
        return max(self.accepted_mw - self.required_mw, ZERO)


@dataclass(frozen=True)
class Tally:
    """All windows in order, and the sums over them."""

    windows: tuple[WindowTally, ...]
    accepted: int
    rejected: int

    @cached_property
    def bids(self) -> int:
        return sum(each.bids for each in self.windows)

    @cached_property
    def undecided(self) -> int:
        return sum(each.undecided for each in self.windows)

    @cached_property
    def accepted_mw(self) -> Decimal:
        return sum((each.accepted_mw for each in self.windows), ZERO)

    @cached_property
    def missing_mw(self) -> Decimal:
        return sum((each.missing_mw for each in self.windows), ZERO)

    @cached_property
    def short_windows(self) -> int:
        return sum(each.missing_mw > 0 for each in self.windows)

    @cached_property
    def cost(self) -> Decimal:
        return sum((each.cost for each in self.windows), ZERO)


def tallied_bids(competition: Competition) -> list[TalliedBid]:
    """The bids of a competition whose gate is closed, none before that; one query of a few columns."""

    def read() -> None:
        bids = bids_of_competition(competition).order_by().select_related(None)
        list(bids.values_list(*_TALLIED))

    rows = asked("bidding.tallied", Bid, read, whose=None, competition=competition.pk)
    return [
        TalliedBid(key, window, capacity, (decision, reason, comment))
        for key, window, capacity, decision, reason, comment in rows
    ]


_TALLIED = ("pk", "window", "capacity_mw", "decision", "rejection_reason", "rejection_comment")


def tally_digest(bids: Sequence[TalliedBid]) -> str:
    """The same as :func:`bidding.domain.decisions.seen.decisions_digest` of the bids themselves."""
    return digest_of_states({bid.id: bid.state for bid in bids})


def tally_of(
    windows: Sequence[ServiceWindow],
    bids: Sequence[TalliedBid],
    costs: Mapping[uuid.UUID, Decimal],
    advised: frozenset[str],
) -> Tally:
    """The sums of these bids; ``costs`` in £ by bid, ``advised`` the ids of the recommended ones."""
    sums = {window.pk: _Sums() for window in windows}
    for bid in bids:
        sums[bid.window_id].add(bid, costs[bid.id], str(bid.id) in advised)
    tallies = [WindowTally(window, **vars(sums[window.pk])) for window in windows]
    undecided = sum(each.undecided for each in tallies)
    accepted = sum(bid.state[0] == Decision.ACCEPTED for bid in bids)
    return Tally(tuple(tallies), accepted, len(bids) - undecided - accepted)


@dataclass
class _Sums:
    offered_mw: Decimal = ZERO
    accepted_mw: Decimal = ZERO
    advised_mw: Decimal = ZERO
    cost: Decimal = ZERO
    bids: int = 0
    undecided: int = 0

    def add(self, bid: TalliedBid, cost: Decimal, is_advised: bool) -> None:
        self.bids += 1
        self.offered_mw += bid.capacity_mw
        if is_advised:
            self.advised_mw += bid.capacity_mw
        if bid.state[0] == Decision.ACCEPTED:
            self.accepted_mw += bid.capacity_mw
            self.cost += cost
        elif bid.state[0] == Decision.UNDECIDED:
            self.undecided += 1
