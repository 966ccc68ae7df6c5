"""Rows that the operator's pages show, made of what queries and calculations give."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q

from accounts.models import Member
from bidding import rules
from bidding.domain.decisions.proposals import proposal_for, takes_two, version_of
from bidding.domain.decisions.seen import Seen, decisions_digest, state_digest
from bidding.domain.decisions.two_people import tenures_of, why_not_one_of_two
from bidding.domain.queries import bids_for_operator
from bidding.domain.recommendation.advice import Advice, Advised, recommendation_for
from bidding.domain.recommendation.costs import cost_of
from bidding.domain.recommendation.coverage import WindowCoverage
from bidding.domain.recommendation.solver import OfferedBid, Recommendation
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition
from marketplace import memo
from marketplace.numbers import percent_of

ADVICE_SECONDS = 24 * 3600
UNPROVEN_SECONDS = 1800
"""Kept so long although a better one may be found, so that what is followed is what was shown."""
PAGE_SECONDS = 8.0


@dataclass(frozen=True)
class CompetitionRow:
    """A competition whose bidding has closed, and how far its decision is."""

    competition: Competition
    can_decide: bool
    bidders: int
    bids: int
    undecided: int
    accepted: int
    rejected: int


def competition_rows(
    member: Member, competitions: Sequence[Competition], now: datetime
) -> list[CompetitionRow]:
    """The rows of the decision list; one query for all of them."""
    names = ("bidders", "bids", "undecided", "accepted", "rejected")
    nothing = dict.fromkeys(names, 0)
    counts: dict[uuid.UUID, dict[str, int]] = {
        row["ballot__competition"]: dict(row)  # type: ignore[arg-type]
        for row in bids_for_operator(member, now)
        .filter(ballot__competition__in=[each.pk for each in competitions])
        .order_by()
        .values("ballot__competition")
        .annotate(
            bidders=Count("ballot__provider", distinct=True),
            bids=Count("pk"),
            undecided=Count("pk", filter=Q(decision=Decision.UNDECIDED)),
            accepted=Count("pk", filter=Q(decision=Decision.ACCEPTED)),
            rejected=Count("pk", filter=Q(decision=Decision.REJECTED)),
        )
    }
    return [
        CompetitionRow(
            each,
            rules.is_decision_open(each, now),
            **{name: counts.get(each.pk, nothing)[name] for name in names},
        )
        for each in competitions
    ]


@dataclass(frozen=True)
class RoundLine:
    """A competition of a round to confirm at once: how far it is, what it costs, whether it waits for a
    colleague."""

    row: CompetitionRow
    cost: Decimal
    waits_for_another: bool
    seen: Seen
    why_not: str = ""

    @property
    def sent_back(self) -> str:
        """What the form of the round sends back: the competition, and what was shown of it."""
        return f"{self.row.competition.pk}:{self.seen}"


def round_lines(member: Member, competitions: Sequence[Competition], now: datetime) -> list[RoundLine]:
    """The lines of a round, from competitions whose gate is closed."""
    lines = []
    tenures = tenures_of(member)
    for row in competition_rows(member, competitions, now):
        bids = list(bids_for_operator(member, now).filter(ballot__competition=row.competition))
        proposal = proposal_for(row.competition, bids)
        proposed_by_another = proposal is not None and proposal.proposed_by_id != member.user_id
        cost = sum((cost_of(bid) for bid in bids if bid.decision == Decision.ACCEPTED), Decimal(0))
        needs_another = takes_two(row.competition)
        why_not = why_not_one_of_two(tenures, member.user_id, row.competition, now) if needs_another else ""
        waits = needs_another and not proposed_by_another
        lines.append(RoundLine(row, cost, waits, Seen(decisions_digest(bids), version_of(proposal)), why_not))
    return lines


def advice_for(competition: Competition) -> Advice:
    """The advice, its recommendation kept from one page to the next: after the close the bids stay as they
    are."""
    key = advice_key(competition)
    known = memo.cache_get(key)
    advice = recommendation_for(competition, seconds=PAGE_SECONDS, known=known)
    if advice.recommendation is not known:
        memo.cache_set(key, advice.recommendation, keep_seconds(advice.recommendation))
    return advice


def offers_for(competition: Competition) -> Advised:
    """The advice on the bids as they were offered, without the bids themselves: kept as a whole."""
    key = f"{advice_key(competition)}.offers"
    known = memo.cache_get(key)
    if known is None:
        advice = advice_for(competition)
        rows = [(one.id, one.window, one.capacity_mw, one.cost, one.submitted_at) for one in advice.offered]
        known = rows, dict(advice.required), advice.recommendation
        memo.cache_set(key, known, keep_seconds(advice.recommendation))
    rows, required, recommendation = known
    return Advised(competition, [OfferedBid(*row) for row in rows], required, recommendation)


def advice_key(competition: Competition) -> str:
    """Under which the advice is kept: it is another one for other bids or another budget."""
    return f"bidding.advice.{competition.pk}.{competition.gate_close.digest}.{competition.maximum_budget}"


def keep_seconds(recommendation: Recommendation) -> int:
    """How long the advice is kept."""
    return ADVICE_SECONDS if recommendation.is_optimal else UNPROVEN_SECONDS


@dataclass(frozen=True)
class BidRow:
    """A bid on the desk: its cost, its place in the merit order, the advice on it and the decision."""

    bid: Bid
    cost: Decimal
    cost_per_mw: Decimal
    is_estimated: bool
    is_recommended: bool
    reason: str

    @property
    def id(self) -> str:
        return str(self.bid.pk)

    @property
    def decided(self) -> str:
        return Decision(self.bid.decision).taken

    @property
    def seen(self) -> str:
        """The bid with a digest of the decision, reason and comment that the page shows."""
        return f"{self.bid.pk}:{state_digest(self.bid)}"


def bid_rows(advice: Advice) -> list[BidRow]:
    """The bids in merit order within each window: the cheapest per MW first, then the lower utilisation
    price."""
    rows = [
        BidRow(
            bid=bid,
            cost=advice.costs[bid.pk],
            cost_per_mw=advice.costs[bid.pk] / bid.capacity_mw,
            is_estimated=not lacks_estimate(bid),
            is_recommended=advice.recommends(bid),
            reason=advice.recommendation.reasons[str(bid.pk)],
        )
        for bid in advice.bids
    ]
    order = {window.window: number for number, window in enumerate(advice.decided.windows)}
    return sorted(
        rows,
        key=lambda row: (
            order[str(row.bid.window)],
            row.cost_per_mw,
            row.bid.utilisation_price or 0,
            row.bid.submitted_at,
            str(row.bid.pk),
        ),
    )


def lacks_estimate(bid: Bid) -> bool:
    """Whether the bid has a utilisation price that its cost does not count, for want of a dispatch
    estimate."""
    window = bid.window
    return bid.utilisation_price is not None and not (window.dispatch_estimate and window.dispatch_duration)


@dataclass(frozen=True)
class WindowLine:
    """A window on the desk: what the decisions so far bring, and what the recommendation would."""

    decided: WindowCoverage
    recommended: WindowCoverage

    @property
    def percent(self) -> int:
        """How much of the requirement is accepted, at most 100."""
        return percent_of(self.decided.accepted_mw, self.decided.required_mw)


def window_lines(advice: Advice) -> list[WindowLine]:
    """Every window of the competition, with or without bids."""
    return [
        WindowLine(decided, recommended)
        for decided, recommended in zip(advice.decided.windows, advice.recommended.windows, strict=True)
    ]


@dataclass(frozen=True)
class ProviderTotal:
    """What the decisions mean for one bidder."""

    name: str
    accepted: int
    rejected: int
    capacity_mw: Decimal
    cost: Decimal


def provider_totals(bids: Sequence[Bid]) -> list[ProviderTotal]:
    """The bidders by name."""
    by_provider: dict[uuid.UUID, list[Bid]] = {}
    for bid in bids:
        by_provider.setdefault(bid.ballot.provider_id, []).append(bid)
    totals = []
    for own in by_provider.values():
        accepted = [bid for bid in own if bid.decision == Decision.ACCEPTED]
        totals.append(
            ProviderTotal(
                name=own[0].ballot.provider.name,
                accepted=len(accepted),
                rejected=sum(bid.decision == Decision.REJECTED for bid in own),
                capacity_mw=sum((bid.capacity_mw for bid in accepted), Decimal(0)),
                cost=sum((cost_of(bid) for bid in accepted), Decimal(0)),
            )
        )
    return sorted(totals, key=lambda total: total.name)


def seen_decisions(sent: Sequence[str]) -> dict[uuid.UUID, str]:
    """What the page had shown, from its “id:digest” fields; what is malformed is left out."""
    found: dict[uuid.UUID, str] = {}
    for text in sent:
        key, _, digest = text.partition(":")
        try:
            found[uuid.UUID(key)] = digest
        except ValueError:
            continue
    return found
