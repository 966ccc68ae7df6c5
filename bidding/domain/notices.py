"""What bidding tells people. Before a gate is closed nothing here says to anyone but its provider whether a bid exists:
who is reminded is told under the competition's seal."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from accounts.domain.telling import Words, tell
from accounts.enums import Role
from accounts.models import Organisation
from bidding.enums import BallotState, Decision
from bidding.models import Ballot, Bid, GateClose
from competitions.models import Competition
from marketplace.notifications import Kind, declare
from marketplace.notifications.words import counted, deadline, some_of
from marketplace.web.templatetags.marketplace import megawatts
from qualification.domain.standing import qualified_by_provider

OPEN = Kind("bidding_open", "Bidding opens for your qualified assets", "fsp")
CLOSING = Kind("bidding_closing", "Bidding closes in 24 hours and you have submitted nothing", "fsp")
RESULTS = Kind("results_confirmed", "Results of your bids", "fsp", switchable=False)
CLOSED = Kind("bidding_closed", "Bidding has closed: how many bids", "so")
KINDS = (OPEN, CLOSING, RESULTS, CLOSED)


def declare_kinds() -> None:
    """Make them known; called once at start."""
    for kind in KINDS:
        declare(kind)


def page_of(competition: Competition) -> str:
    """The path of the page where a provider bids."""
    return reverse("bidding:competition", args=[competition.pk])


def tell_open(competition: Competition, now: datetime) -> None:
    """Tell every provider that may bid with which assets; the competition is frozen."""
    assets = qualified_by_provider(competition, now)

    def say(to: Organisation) -> Words:
        own = assets[to.pk]
        mw = megawatts(sum((mw for _, mw in own), Decimal(0)), competition.power_type)
        return f"Bidding is open in {competition.ref}", [
            f"You can bid in {competition.ref} {competition.name} until {_close(competition, to)}.",
            f"{counted(len(own), 'asset of yours is', 'assets of yours are')} qualified, with {mw} together:"
            f" {some_of(sorted(ref for ref, _ in own))}.",
        ]

    tell(
        OPEN.code,
        assets,
        [Role.BIDS],
        say,
        link=page_of(competition),
        key=str(competition.pk),
        now=now,
        worth_until=competition.bidding_close,
    )


def tell_closing(competition: Competition, now: datetime) -> None:
    """Remind every provider that may bid and holds no ballot. Sealed: whom it reaches says who has not bid."""
    submitted = Ballot.objects.filter(competition=competition, state=BallotState.SUBMITTED)
    silent = qualified_by_provider(competition, now).keys() - set(submitted.values_list("provider", flat=True))

    def say(to: Organisation) -> Words:
        return f"Bidding in {competition.ref} closes on {_close(competition, to)}", [
            f"Your company has submitted no bid in {competition.ref} {competition.name}.",
            "After the close nothing can be submitted.",
        ]

    tell(
        CLOSING.code,
        silent,
        [Role.BIDS],
        say,
        link=page_of(competition),
        key=f"{competition.pk} {competition.bidding_close.isoformat() if competition.bidding_close else ''}",
        now=now,
        sealed_under=competition.pk,
        worth_until=competition.bidding_close,
    )


def _close(competition: Competition, to: Organisation) -> str:
    close = competition.bidding_close
    return deadline(close, to.zone, competition.operator.zone) if close is not None else ""


def tell_closed(gate: GateClose, now: datetime) -> None:
    """Tell the operator how many bids there are; called when the gate is closed, not before."""
    competition = gate.competition

    def say(to: Organisation) -> Words:
        waiting = "They wait for your decision." if gate.bid_count else "You can confirm it without an award."
        bids = counted(gate.bid_count, "bid") if gate.bid_count else "no bid"
        return f"Bidding in {competition.ref} has closed: {bids}", [
            f"{competition.ref} {competition.name} received {bids}. {waiting}",
        ]

    link = reverse("bidding:desk", args=[competition.pk])
    tell(CLOSED.code, [competition.operator_id], [Role.BIDS], say, link=link, key=str(competition.pk), now=now)


def tell_results(competition: Competition, bids: Sequence[Bid], now: datetime) -> None:
    """Tell each bidder what became of its bids; called in the transaction that confirms the results."""
    by_provider: dict[uuid.UUID, list[Bid]] = {}
    for bid in bids:
        by_provider.setdefault(bid.ballot.provider_id, []).append(bid)

    def say(to: Organisation) -> Words:
        accepted, rejected = (
            [bid for bid in by_provider[to.pk] if bid.decision == decision]
            for decision in (Decision.ACCEPTED, Decision.REJECTED)
        )
        return f"Results of {competition.ref} are confirmed", [
            f"{competition.operator} confirmed the results of {competition.ref} {competition.name}.",
            f"Accepted: {_summed(accepted, competition)}.",
            f"Rejected: {_summed(rejected, competition)}{_reasons(rejected)}.",
        ]

    tell(
        RESULTS.code,
        by_provider,
        [Role.BIDS],
        say,
        link=reverse("bidding:outcome", args=[competition.pk]),
        key=str(competition.pk),
        now=now,
    )


def _summed(bids: Collection[Bid], competition: Competition) -> str:
    if not bids:
        return "no bid"
    mw = sum((bid.capacity_mw for bid in bids), Decimal(0))
    return f"{counted(len(bids), 'bid')}, {megawatts(mw, competition.power_type)} summed over them"


def _reasons(rejected: Collection[Bid]) -> str:
    reasons = sorted({bid.get_rejection_reason_display().lower() for bid in rejected})
    return f" ({'; '.join(reasons)})" if reasons else ""
