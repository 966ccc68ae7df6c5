"""Two people for a confirmation: one proposes the decisions as they stand, another one confirms just those."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from bidding import rules
from bidding.domain.gate import ensure_closed
from bidding.domain.policy import policy_of
from bidding.domain.queries import bids_of_competition
from bidding.models import Bid, ConfirmationProposal, GateClose
from competitions.domain.locks import lock_for_change
from competitions.models import Competition
from marketplace import audit, clock
from marketplace.errors import Refused


def takes_two(competition: Competition) -> bool:
    """Whether confirming takes a second person: by the policy at the close, or by a stricter one since."""
    at_close = GateClose.objects.filter(competition=competition, four_eyes=True).exists()
    return at_close or policy_of(competition.operator).four_eyes


def proposal_for(competition: Competition, bids: Sequence[Bid]) -> ConfirmationProposal | None:
    """The proposal that stands for these decisions; one made for other decisions no longer does."""
    found = ConfirmationProposal.objects.filter(competition=competition).first()
    return found if found is not None and found.digest == decisions_digest(bids) else None


def decisions_digest(bids: Sequence[Bid]) -> str:
    """SHA-256 in hex over every bid with its decision, reason and comment, in the order of their ids."""
    lines = sorted(f"{bid.pk} {bid.decision} {bid.rejection_reason} {bid.rejection_comment!r}" for bid in bids)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def propose_confirmation(*, by: Member, competition: Competition, now: datetime) -> ConfirmationProposal:
    """Propose that the decisions be confirmed as they are now; an earlier proposal is replaced.

    Raises ``NotAllowed`` without the role; ``Refused`` while bids are undecided and where one person is enough.
    """
    rules.check_may_decide(by, competition)
    ensure_closed(competition, now)
    with transaction.atomic():
        locked = lock_for_change(competition.pk)
        now = clock.now()
        rules.check_decision_is_open(locked, now)
        if not takes_two(locked):
            raise Refused(f"Confirming {locked.ref} takes one person only: confirm it.")
        bids = list(bids_of_competition(locked))
        rules.check_all_decided(locked, bids)
        made, _ = ConfirmationProposal.objects.update_or_create(
            competition=locked,
            defaults={
                "proposed_at": now,
                "proposed_by_id": by.user_id,
                "proposed_by_email": by.email,
                "digest": decisions_digest(bids),
            },
        )
        audit.record(
            organisation_id=locked.operator_id,
            by=by,
            action="confirmation proposed",
            subject=locked,
            changes={"digest of decisions": (None, made.digest)},
            now=now,
        )
    return made


def withdraw_proposal(*, by: Member, competition: Competition, now: datetime) -> None:
    """Take a proposal back, one's own or a colleague's; without one nothing happens. ``NotAllowed`` without the role."""
    rules.check_may_decide(by, competition)
    with transaction.atomic():
        locked = lock_for_change(competition.pk)
        rules.check_decision_is_open(locked, clock.now())
        removed, _ = ConfirmationProposal.objects.filter(competition=locked).delete()
        if removed:
            audit.record(
                organisation_id=locked.operator_id,
                by=by,
                action="proposal to confirm withdrawn",
                subject=locked,
                changes={},
                now=now,
            )


def check_second_person(by: Member, competition: Competition, bids: Sequence[Bid]) -> None:
    """Raises ``Refused`` where two people are needed and nobody else has proposed just these decisions."""
    if not takes_two(competition):
        return
    proposal = proposal_for(competition, bids)
    if proposal is None:
        raise Refused(f"Confirming {competition.ref} takes two people: one proposes the decisions, another confirms.")
    if proposal.proposed_by_id == by.user_id:
        raise Refused(
            f"You proposed to confirm {competition.ref} yourself: another member with the Bids role confirms."
        )
