"""The operator's decisions on bids; they can change until the results are confirmed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from bidding import rules
from bidding.domain.decisions.seen import check_seen, decision_words, state_digest, state_of
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import loaded_bids
from bidding.domain.recommendation.advice import Advice, recommendation_for
from bidding.domain.recommendation.solver import Recommendation
from bidding.enums import DECISION_TRANSITIONS, Decision, RejectionReason
from bidding.models import Bid
from competitions.domain.locks import lock_for_change
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import Event, record_many
from marketplace.errors import Refused
from marketplace.numbers import count_text

LONGEST_COMMENT = 1000
_ACTIONS = {
    Decision.ACCEPTED: "bid accepted",
    Decision.REJECTED: "bid rejected",
    Decision.UNDECIDED: "bid made undecided again",
}

__all__ = ["BidDecision", "decide_as_recommended", "decide_bids", "recommendation_for"]


@dataclass(frozen=True)
class BidDecision:
    """What becomes of a bid. ``seen`` is :func:`state_digest` of the bid that the user saw; another decision,
    reason or comment there by now is a conflict. None: the caller decides whatever is there."""

    bid_id: uuid.UUID
    decision: Decision
    reason: str = ""
    comment: str = ""
    seen: str | None = None


def decide_bids(
    *,
    by: Member,
    competition: Competition,
    decisions: Sequence[BidDecision],
    now: datetime,
    all_seen: str | None = None,
) -> list[Bid]:
    """Accept, reject or reopen bids, all or none; returns those that changed.

    With ``all_seen``, the digest of all decisions as they were shown, nothing is decided once one of them
    changed. Accepting beyond what is required or the budget is allowed: :func:`recommendation_for` tells by
    how much. Raises ``Refused`` before the close, after confirmation, for a rejection without a reason, for a
    bid that is not in the competition and for one that somebody else decided meanwhile; ``NotAllowed``
    without the role.
    """
    rules.check_may_decide(by, competition)
    for decision in decisions:
        _check(decision)
    ensure_closed(competition, now)
    with transaction.atomic():
        competition = lock_for_change(competition.pk)
        now = clock.now()
        rules.check_decision_is_open(competition, now)
        bids = {bid.pk: bid for bid in loaded_bids(competition)}
        if all_seen is not None:
            check_seen(by, competition, list(bids.values()), all_seen)
        return _decide(by, competition, bids, decisions, now)


def decide_as_recommended(
    *,
    by: Member,
    competition: Competition,
    now: datetime,
    known: Recommendation | None = None,
    all_seen: str | None = None,
) -> Advice:
    """Accept the recommended bids and reject the others as volume not needed; returns the advice followed.

    ``known`` is the recommendation that the user saw, ``all_seen`` the digest of the decisions beside it:
    they are replaced only if they are still those. Raises what :func:`decide_bids` raises.
    """
    rules.check_may_decide(by, competition)
    ensure_closed(competition, now)
    advice = recommendation_for(competition, known=known)
    decisions = [
        BidDecision(bid.pk, Decision.ACCEPTED, seen=state_digest(bid))
        if advice.recommends(bid)
        else BidDecision(bid.pk, Decision.REJECTED, RejectionReason.VOLUME_NOT_NEEDED, seen=state_digest(bid))
        for bid in advice.bids
    ]
    decide_bids(by=by, competition=competition, decisions=decisions, now=now, all_seen=all_seen)
    return advice


def _check(decision: BidDecision) -> None:
    if decision.decision == Decision.REJECTED and decision.reason not in RejectionReason.values:
        raise Refused("A rejection needs a reason from the list.")
    if decision.decision != Decision.REJECTED and (decision.reason or decision.comment):
        raise Refused("Only a rejection carries a reason and a comment.")
    if len(decision.comment) > LONGEST_COMMENT:
        raise Refused(f"A rejection comment can have at most {count_text(LONGEST_COMMENT)} characters.")


def _decide(
    by: Member,
    competition: Competition,
    bids: Mapping[uuid.UUID, Bid],
    decisions: Sequence[BidDecision],
    now: datetime,
) -> list[Bid]:
    changed: list[Bid] = []
    events: list[Event] = []
    for decision in decisions:
        bid = bids.get(decision.bid_id)
        if bid is None:
            raise Refused(f"A bid is not among those of {competition.ref}.")
        _check_seen(bid, decision)
        before = (bid.decision, bid.rejection_reason, bid.rejection_comment)
        after = (str(decision.decision), str(decision.reason), decision.comment)
        if before == after:
            continue
        _check_step(Decision(before[0]), decision.decision)
        bid.decision, bid.rejection_reason, bid.rejection_comment = after
        is_open = decision.decision == Decision.UNDECIDED
        bid.decided_at, bid.decided_by_id = (None, None) if is_open else (now, by.user_id)
        changed.append(bid)
        names = ("decision", "rejection_reason", "rejection_comment")
        events.append(
            Event(
                _ACTIONS[decision.decision],
                bid,
                dict(zip(names, zip(before, after, strict=True), strict=True)),
            )
        )
    fields = ["decision", "rejection_reason", "rejection_comment", "decided_at", "decided_by_id"]
    Bid.objects.bulk_update(changed, fields, batch_size=500)
    record_many(by.organisation_id, by, events, now)
    return changed


def _check_seen(bid: Bid, decision: BidDecision) -> None:
    if decision.seen is None or decision.seen == state_digest(bid):
        return
    raise Refused(
        f"Meanwhile somebody else set the bid of {bid.ballot.provider} in {bid.window} to "
        f"“{decision_words(state_of(bid))}”. Look at it again before deciding."
    )


def _check_step(before: Decision, to: Decision) -> None:
    if before != to and to not in DECISION_TRANSITIONS[before]:
        raise Refused(f"A bid that is “{before.label}” can't become “{to.label}”.")
