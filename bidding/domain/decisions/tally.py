"""What a competition's decisions come to, from a few columns of its bids: a desk opens with thousands of
them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.decisions.seen import State, digest_of_states
from bidding.domain.queries import bids_of_competition
from bidding.enums import Decision
from competitions.models import Competition, ServiceWindow

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

    @property
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

    @property
    def bids(self) -> int:
        return sum(each.bids for each in self.windows)

    @property
    def undecided(self) -> int:
        return sum(each.undecided for each in self.windows)

    @property
    def accepted_mw(self) -> Decimal:
        return sum((each.accepted_mw for each in self.windows), ZERO)

    @property
    def missing_mw(self) -> Decimal:
        return sum((each.missing_mw for each in self.windows), ZERO)

    @property
    def short_windows(self) -> int:
        return sum(each.missing_mw > 0 for each in self.windows)

    @property
    def cost(self) -> Decimal:
        return sum((each.cost for each in self.windows), ZERO)


def tallied_bids(competition: Competition) -> list[TalliedBid]:
    """The bids of a competition whose gate is closed, none before that; one query of a few columns."""
    rows = bids_of_competition(competition).order_by().select_related(None)
    return [
        TalliedBid(key, window, capacity, (decision, reason, comment))
        for key, window, capacity, decision, reason, comment in rows.values_list(
            "pk", "window", "capacity_mw", "decision", "rejection_reason", "rejection_comment"
        )
    ]


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
    by_window: dict[uuid.UUID, list[TalliedBid]] = {window.pk: [] for window in windows}
    for bid in bids:
        by_window[bid.window_id].append(bid)
    return Tally(
        tuple(_window(window, by_window[window.pk], costs, advised) for window in windows),
        accepted=sum(bid.decision == Decision.ACCEPTED for bid in bids),
        rejected=sum(bid.decision == Decision.REJECTED for bid in bids),
    )


def _window(
    window: ServiceWindow,
    bids: Sequence[TalliedBid],
    costs: Mapping[uuid.UUID, Decimal],
    advised: frozenset[str],
) -> WindowTally:
    accepted = [bid for bid in bids if bid.decision == Decision.ACCEPTED]
    return WindowTally(
        window=window,
        offered_mw=_mw(bids),
        accepted_mw=_mw(accepted),
        advised_mw=_mw([bid for bid in bids if str(bid.id) in advised]),
        cost=sum((costs[bid.id] for bid in accepted), ZERO),
        bids=len(bids),
        undecided=sum(bid.decision == Decision.UNDECIDED for bid in bids),
    )


def _mw(bids: Sequence[TalliedBid]) -> Decimal:
    return sum((bid.capacity_mw for bid in bids), ZERO)
