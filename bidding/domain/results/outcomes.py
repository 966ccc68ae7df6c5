"""What a confirmed competition means for one bidder: each of its bids, the decision, why, its place, and what
cleared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Member
from bidding.domain.queries import own_bids
from bidding.domain.results.clearing import clearing_for_bidder
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition

ZERO = Decimal(0)


@dataclass(frozen=True)
class OutcomeLine:
    """A bid of the company: its cost in £ and its place among all bids for the window, the cheapest per MW
    first.

    ``per_mw`` is its cost in £ per MW, ``dearest_per_mw`` that of the dearest accepted bid for the window;
    None where none was accepted.
    """

    bid: Bid
    cost: Decimal
    per_mw: Decimal
    place: int
    of: int
    dearest_per_mw: Decimal | None

    @property
    def place_text(self) -> str:
        """As people say it: 2 of 5."""
        return f"{self.place} of {self.of}"

    @property
    def result_text(self) -> str:
        """The decision, and of a rejection the reason."""
        if self.is_accepted:
            return str(Decision.ACCEPTED.taken)
        why = ": ".join(
            each for each in (self.bid.get_rejection_reason_display(), self.bid.rejection_comment) if each
        )
        return f"{Decision.REJECTED.taken}. {why}" if why else str(Decision.REJECTED.taken)

    @property
    def is_accepted(self) -> bool:
        return self.bid.decision == Decision.ACCEPTED


@dataclass(frozen=True)
class Outcome:
    """All that a company is told of a confirmed competition."""

    competition: Competition
    lines: tuple[OutcomeLine, ...]

    @property
    def accepted(self) -> tuple[OutcomeLine, ...]:
        return tuple(line for line in self.lines if line.is_accepted)

    @property
    def rejected(self) -> tuple[OutcomeLine, ...]:
        return tuple(line for line in self.lines if not line.is_accepted)

    @property
    def accepted_mw(self) -> Decimal:
        return sum((line.bid.capacity_mw for line in self.accepted), ZERO)

    @property
    def accepted_cost(self) -> Decimal:
        return sum((line.cost for line in self.accepted), ZERO)


def is_told(competition: Competition, now: datetime) -> bool:
    """Whether bidders are told the results: they are confirmed, and the competition was not cancelled."""
    told = competition.confirmed_at
    return told is not None and told <= now and competition.cancelled_at is None


def outcome_for(member: Member, competition: Competition, now: datetime) -> Outcome | None:
    """The outcome for the member's own company; None before the results are confirmed and where it did not
    bid."""
    if not is_told(competition, now):
        return None
    own = list(own_bids(member).filter(ballot__competition=competition))
    return Outcome(competition, tuple(outcome_lines(member, competition, own, now))) if own else None


def outcome_lines(
    member: Member, competition: Competition, own: Sequence[Bid], now: datetime
) -> list[OutcomeLine]:
    """What became of these bids of the member's own company; the competition's results must be confirmed."""
    cleared = clearing_for_bidder(member, competition, now, {bid.window_id for bid in own})
    lines = []
    for bid in own:
        window = cleared[bid.window_id]
        ranked, dearest = window.ranked[bid.pk], window.dearest
        per_mw = None if dearest is None else dearest.per_mw
        lines.append(OutcomeLine(bid, ranked.cost, ranked.per_mw, ranked.place, len(window.bids), per_mw))
    return lines
