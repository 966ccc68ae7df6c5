"""What several pages of bidding share: the object that is asked for, and what its pages all show."""

import uuid
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404

from accounts.requests import MemberRequest
from bidding import rules
from bidding.domain.gate.closing import close_due_of
from bidding.domain.queries import closed_competitions, entered_competitions, own_ballots
from bidding.domain.recommendation.advice import Advice
from bidding.domain.results.bidder_disclosure import names_bidders
from bidding.enums import Decision
from bidding.models import Ballot
from competitions.models import Competition
from marketplace import clock


def entered_competition(
    request: MemberRequest, competition_id: uuid.UUID, now: datetime | None = None
) -> Competition:
    """The competition if the member's company has entered it, else 404; ``now`` where the view has read the
    clock already."""
    entered = entered_competitions(request.member, now or clock.now())
    shown: Competition = get_object_or_404(entered, pk=competition_id)
    return shown


def ballot_of(request: MemberRequest, ballot_id: uuid.UUID, competition: Competition | None = None) -> Ballot:
    ballots = own_ballots(request.member).select_related("competition__operator")
    if competition is not None:
        ballots = ballots.filter(competition=competition)
    ballot: Ballot = get_object_or_404(ballots, pk=ballot_id)
    return ballot


def bidding_page_context(
    request: MemberRequest, competition: Competition, now: datetime | None = None
) -> dict[str, Any]:
    """What every page on the company's bids in a competition shows; ``now`` as above."""
    now = now or clock.now()
    return {
        "competition": competition,
        "phase": competition.phase(now),
        "is_open": rules.is_bidding_open(competition, now),
        "zone": request.member.organisation.zone,
        "operator_zone": competition.operator.zone,
        "prices": competition.price_fields,
        "is_told": competition.confirmed_at is not None,
        "names_bidders": names_bidders(competition),
    }


def closed_competition(request: MemberRequest, competition_id: uuid.UUID) -> Competition:
    """The member's own competition whose bidding has closed, its gate closed if it was due; 404 for any
    other."""
    now = clock.now()
    close_due_of(request.member, now)
    found = closed_competitions(request.member, now).filter(cancelled_at=None)
    competition: Competition = get_object_or_404(found, pk=competition_id)
    return competition


def decision_page_context(request: MemberRequest, competition: Competition, advice: Advice) -> dict[str, Any]:
    """What every page on one competition's decisions shows."""
    now = clock.now()
    counts = {decision: sum(bid.decision == decision for bid in advice.bids) for decision in Decision}
    return {
        "competition": competition,
        "phase": competition.phase(now),
        "can_decide": rules.is_decision_open(competition, now),
        "coverage": advice.decided,
        "undecided": counts[Decision.UNDECIDED],
        "accepted": counts[Decision.ACCEPTED],
        "rejected": counts[Decision.REJECTED],
        "zone": request.member.organisation.zone,
        "currency": competition.operator.currency,
        "prices": competition.price_fields,
        "names_bidders": names_bidders(competition),
    }
