"""What bidding tells people. Before a gate is closed nothing here says to anyone but its provider whether a
bid exists: who is reminded is told under the competition's seal."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from accounts.domain.organisation_notifications import About, Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from bidding.enums import BallotState, Decision
from bidding.models import Ballot, Bid, GateClose
from competitions.domain.competition_notifications import (
    CompetitionWording,
    by_competition,
    notify_of_competitions,
)
from competitions.models import Competition
from marketplace.notifications import Kind
from marketplace.notifications.words import deadline, some_of
from marketplace.numbers import counted
from marketplace.web.templatetags.marketplace import megawatts
from qualification.domain.verdicts.standing import qualified_by_provider

OPEN = Kind("bidding_open", "Bidding opens for your qualified assets", "fsp")
CLOSING = Kind(
    "bidding_closing", "Bidding closes in 24 hours and you have submitted nothing", "fsp", tells_of_bids=True
)
RESULTS = Kind("results_confirmed", "Results of your bids", "fsp", switchable=False)
CLOSED = Kind("bidding_closed", "Bidding has closed: how many bids", "so")
KINDS = (OPEN, CLOSING, RESULTS, CLOSED)


def page_of(competition: Competition) -> str:
    """The path of the page where a provider bids."""
    return reverse("bidding:competition", args=[competition.pk])


def notify_open(competitions: Collection[Competition], now: datetime) -> None:
    """Tell every provider that may bid with which assets; the competitions are frozen."""
    assets = qualified_by_provider(competitions)

    def mine(competition: Competition, to: Organisation) -> str:
        own = assets[competition.pk, to.pk]
        mw = megawatts(sum((mw for _, mw in own), Decimal(0)), competition.power_type)
        return (
            f"{counted(len(own), 'asset of yours is', 'assets of yours are')} qualified, with {mw} together"
        )

    def alone(competition: Competition, to: Organisation) -> Words:
        refs = some_of(sorted(ref for ref, _ in assets[competition.pk, to.pk]))
        return f"Bidding is open in {competition.ref}", [
            f"You can bid in {competition.ref} {competition.name} until {_close(competition, to)}.",
            f"{mine(competition, to)}: {refs}.",
        ]

    def line(competition: Competition, to: Organisation) -> str:
        return (
            f"{competition.ref} {competition.name} until {_close(competition, to)}: {mine(competition, to)}."
        )

    wording = CompetitionWording(
        OPEN.code,
        Role.BIDS,
        alone,
        "Bidding is open in {count} competitions",
        line,
        page_of,
        reverse("bidding:list"),
        worth_until=lambda competition: competition.bidding_close,
    )
    notify_of_competitions(wording, by_competition(competitions, assets), now)


def notify_closing(competitions: Collection[Competition], now: datetime) -> None:
    """Remind every provider that may bid and holds no ballot. Sealed: whom it reaches says who has not
    bid."""
    ballots = Ballot.objects.filter(competition__in=competitions, state=BallotState.SUBMITTED)
    submitted = set(ballots.values_list("competition", "provider"))
    silent = qualified_by_provider(competitions).keys() - submitted

    def alone(competition: Competition, to: Organisation) -> Words:
        return f"Bidding in {competition.ref} closes on {_close(competition, to)}", [
            f"Your company has submitted no bid in {competition.ref} {competition.name}.",
            "After the close nothing can be submitted.",
        ]

    wording = CompetitionWording(
        CLOSING.code,
        Role.BIDS,
        alone,
        "Bidding closes soon in {count} competitions in which you have submitted nothing",
        lambda competition, to: f"{competition.ref} {competition.name} closes on {_close(competition, to)}.",
        page_of,
        reverse("bidding:list"),
        worth_until=lambda competition: competition.bidding_close,
        sealed=True,
    )
    notify_of_competitions(wording, by_competition(competitions, silent), now)


def _close(competition: Competition, to: Organisation) -> str:
    close = competition.bidding_close
    return deadline(close, to.zone, competition.operator.zone) if close is not None else ""


def notify_closed(competitions: Collection[Competition], now: datetime) -> None:
    """Tell the operators how many bids there are, of competitions whose gate is closed."""
    counts = dict(
        GateClose.objects.filter(competition__in=competitions).values_list("competition", "bid_count")
    )

    def bids(competition: Competition) -> str:
        count = counts[competition.pk]
        return counted(count, "bid") if count else "no bid"

    def alone(competition: Competition, to: Organisation) -> Words:
        waiting = (
            "They wait for your decision."
            if counts[competition.pk]
            else "You can confirm it without an award."
        )
        return f"Bidding in {competition.ref} has closed: {bids(competition)}", [
            f"{competition.ref} {competition.name} received {bids(competition)}. {waiting}",
        ]

    wording = CompetitionWording(
        CLOSED.code,
        Role.BIDS,
        alone,
        "Bidding in {count} competitions has closed",
        lambda competition, to: f"{competition.ref} {competition.name} received {bids(competition)}.",
        lambda competition: reverse("bidding:desk", args=[competition.pk]),
        reverse("bidding:decisions"),
    )
    notify_of_competitions(wording, {each: {each.operator_id} for each in competitions}, now)


def notify_results(competition: Competition, bids: Sequence[Bid], now: datetime) -> None:
    """Tell each bidder what became of its bids; called in the transaction that confirms the results."""
    by_provider: dict[uuid.UUID, list[Bid]] = {}
    for bid in bids:
        by_provider.setdefault(bid.ballot.provider_id, []).append(bid)

    def of(provider: uuid.UUID, decision: Decision) -> list[Bid]:
        return [bid for bid in by_provider[provider] if bid.decision == decision]

    def say(to: Organisation) -> Words:
        accepted, rejected = of(to.pk, Decision.ACCEPTED), of(to.pk, Decision.REJECTED)
        return f"Results of {competition.ref} are confirmed", [
            f"{competition.operator} confirmed the results of {competition.ref} {competition.name}.",
            f"Accepted: {_summed(accepted, competition)}.",
            f"Rejected: {_summed(rejected, competition)}{_reasons(rejected)}.",
        ]

    def about(to: uuid.UUID) -> About:
        told = {
            name: [str(bid.pk) for bid in of(to, decision)]
            for name, decision in (("accepted", Decision.ACCEPTED), ("rejected", Decision.REJECTED))
        }
        return {"competitions": [competition.ref], **told}

    notify_organisations(
        RESULTS.code,
        by_provider,
        [Role.BIDS],
        say,
        link=reverse("bidding:outcome", args=[competition.pk]),
        key=str(competition.pk),
        about=about,
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
