"""The operator's side after the close: bids, decisions, recommendation, confirmation. Before it there is nothing (404)."""

import uuid
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import reads, writes
from api.paging import Listed, Page, listed
from api.problems import Problem, of_refusal, of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Length, Lines, Number, Shown, Told
from bidding.domain.decisions.confirmation import confirm_results
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.domain.decisions.proposals import seen_now
from bidding.domain.decisions.seen import ChangedSince, Seen
from bidding.domain.gate.closing import close_due_of
from bidding.domain.queries import bids_for_operator, closed_competitions
from bidding.domain.recommendation.advice import recommendation_for
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from competitions.domain.locks import lock_for_change
from competitions.domain.queries import operator_competitions
from competitions.models import Competition
from marketplace import clock

router = Router(tags=["Decisions"])
SO = OrganisationKind.SYSTEM_OPERATOR
READ = Declared(Scope.BIDS_READ, SO, Role.BIDS)
DECIDE = Declared(Scope.DECISIONS_WRITE, SO, Role.BIDS)
MOST_DECISIONS = 10_000


class OfferedBidShape(Shown):
    """A bid as the operator sees it after the close."""

    id: str
    provider: str
    provider_code: str
    ballot: str
    window_id: str
    period: str
    window: str
    capacity_mw: Number
    maximum_run_time: Length
    availability_price: Number | None
    utilisation_price: Number | None
    service_fee: Number | None
    cost: Number
    submitted_at: Instant
    digest: str
    decision: Decision
    rejection_reason: RejectionReason | None
    rejection_comment: str


class DecisionTold(Told):
    """What becomes of a bid."""

    bid_id: uuid.UUID
    decision: Decision
    reason: RejectionReason | None = Field(None, description="Needed for a rejection.")
    comment: Annotated[Lines, Field(max_length=1000)] = ""


class DecisionsTold(Told):
    """Decisions; all are taken, or none. ``digest``: only if all decisions are still those that it was of."""

    decisions: list[DecisionTold] = Field(min_length=1, max_length=MOST_DECISIONS)
    digest: Annotated[str, Field(max_length=200)] | None = None


class StandingShape(Shown):
    """How far the decisions are, and the digest that a confirmation names."""

    competition: str
    undecided: int
    accepted: int
    rejected: int
    digest: str
    confirmed_at: Instant | None


class RecommendationShape(Shown):
    """Advice: which bids cover what is required at the least cost. The operator decides."""

    competition: str
    bids: list[str]
    cost: Number
    uncovered_mw: dict[str, Number]
    reasons: dict[str, str]
    is_optimal: bool


class ConfirmationTold(Told):
    """The digest of the decisions as they were seen; what changed since is not confirmed."""

    digest: Annotated[str, Field(max_length=200)]


@reads(router, "/competitions/{ref}/bids", READ, returns=Listed[OfferedBidShape])
def bids(request: ProgramRequest, ref: str, asked: Query[Page]) -> Listed[OfferedBidShape]:
    """The bids of one's own competition, once bidding has closed."""
    of = closed(request, ref)
    rows = bids_for_operator(request.member, clock.now()).filter(ballot__competition=of)
    return listed(rows, asked, ("submitted_at", "pk"), lambda shown: [_bid(each) for each in shown])


@reads(router, "/competitions/{ref}/decisions", READ, returns=StandingShape)
def decisions(request: ProgramRequest, ref: str) -> StandingShape:
    """How far the decisions are, with the digest that a confirmation names."""
    return _standing(request, closed(request, ref))


def _lock(request: ProgramRequest, ref: str) -> None:
    for own in operator_competitions(request.member).filter(ref__iexact=ref):
        lock_for_change(own.pk)


@writes(router, "PUT", "/competitions/{ref}/decisions", DECIDE, returns=StandingShape, locks=_lock)
def put_decisions(request: ProgramRequest, ref: str, body: DecisionsTold) -> StandingShape:
    """Accept, reject or reopen bids until the results are confirmed."""
    of = closed(request, ref)
    told = [
        BidDecision(each.bid_id, each.decision, each.reason or "", each.comment) for each in body.decisions
    ]
    seen = None if body.digest is None else Seen.from_text(body.digest).decisions
    try:
        decide_bids(by=request.member, competition=of, decisions=told, now=clock.now(), all_seen=seen)
    except ChangedSince as refusal:
        raise _changed(refusal) from refusal
    return _standing(request, of)


@reads(
    router,
    "/competitions/{ref}/recommendation",
    Declared(Scope.BIDS_READ, SO, Role.BIDS, is_heavy=True),
    returns=RecommendationShape,
)
def recommendation(request: ProgramRequest, ref: str) -> RecommendationShape:
    """The cheapest set of whole bids that covers what is required, within the budget; and why each bid is in or out."""
    of = closed(request, ref)
    found = recommendation_for(of).recommendation
    return RecommendationShape(
        competition=of.ref,
        bids=sorted(found.accepted),
        cost=found.cost,
        uncovered_mw=dict(found.uncovered_mw),
        reasons=dict(found.reasons),
        is_optimal=found.is_optimal,
    )


@writes(router, "POST", "/competitions/{ref}/confirmation", DECIDE, returns=StandingShape, locks=_lock)
def post_confirmation(request: ProgramRequest, ref: str, body: ConfirmationTold) -> StandingShape:
    """Confirm the results as they were seen: they are told to the bidders, contracts are awarded, it can't be undone."""
    of = closed(request, ref)
    try:
        confirm_results(by=request.member, competition=of, seen=Seen.from_text(body.digest), now=clock.now())
    except ChangedSince as refusal:
        raise _changed(refusal) from refusal
    return _standing(request, closed(request, ref))


def closed(request: ProgramRequest, ref: str) -> Competition:
    """One's own competition whose gate is closed, at the latest now. Raises :class:`Problem` (404)."""
    now = clock.now()
    close_due_of(request.member, now)
    found = closed_competitions(request.member, now).filter(ref__iexact=ref).first()
    if found is None:
        raise of_request("not_found", "Bidding there has not closed, or it is no competition of yours.")
    return found


def _standing(request: ProgramRequest, of: Competition) -> StandingShape:
    own = bids_for_operator(request.member, clock.now()).filter(ballot__competition=of).order_by()
    held = list(own.values_list("decision", flat=True))
    return StandingShape(
        competition=of.ref,
        undecided=held.count(Decision.UNDECIDED),
        accepted=held.count(Decision.ACCEPTED),
        rejected=held.count(Decision.REJECTED),
        digest=str(seen_now(of)),
        confirmed_at=of.confirmed_at,
    )


def _changed(refusal: ChangedSince) -> Problem:
    told = of_refusal(refusal)
    told.more = {
        "changes": [
            {
                "provider": each.provider,
                "ballot": each.ballot,
                "window": each.window,
                "before": each.before,
                "after": each.after,
            }
            for each in refusal.changes
        ]
    }
    return told


def _bid(of: Bid) -> OfferedBidShape:
    return OfferedBidShape(
        id=str(of.pk),
        provider=of.ballot.provider.name,
        provider_code=of.ballot.provider.code,
        ballot=of.ballot.label,
        window_id=str(of.window_id),
        period=of.window.period.name,
        window=of.window.name,
        capacity_mw=of.capacity_mw,
        maximum_run_time=of.maximum_run_time,
        availability_price=of.availability_price,
        utilisation_price=of.utilisation_price,
        service_fee=of.service_fee,
        cost=cost_of(of),
        submitted_at=of.submitted_at,
        digest=of.digest,
        decision=Decision(of.decision),
        rejection_reason=RejectionReason(of.rejection_reason) if of.rejection_reason else None,
        rejection_comment=of.rejection_comment,
    )
