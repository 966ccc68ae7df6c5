"""Two people for a confirmation: one proposes the decisions as they stand, another one confirms just
those."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from bidding import rules
from bidding.domain.decisions.policy import policy_of
from bidding.domain.decisions.seen import Seen, check_seen, decisions_digest
from bidding.domain.decisions.two_people import BEFORE_CLOSE, check_one_of_two
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import loaded_bids
from bidding.models import Bid, ConfirmationProposal, GateClose
from competitions.domain.locks import lock_for_change
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.errors import Refused


def takes_two(competition: Competition) -> bool:
    """Whether confirming takes a second person: by the policy at the close, or by a stricter one since."""
    at_close = GateClose.objects.filter(competition=competition, four_eyes=True).exists()
    return at_close or policy_of(competition.operator).four_eyes


def proposal_for(competition: Competition, bids: Sequence[Bid]) -> ConfirmationProposal | None:
    """The proposal that stands for these decisions; one made for other decisions no longer does."""
    found = ConfirmationProposal.objects.filter(competition=competition).first()
    return found if found is not None and found.digest == decisions_digest(bids) else None


def version_of(proposal: ConfirmationProposal | None) -> str:
    """What tells one proposal from the next, also of the same decisions: who made it and when. Empty without
    one."""
    if proposal is None:
        return ""
    told = f"{proposal.digest} {proposal.proposed_by_id} {proposal.proposed_at.timestamp()}"
    return hashlib.sha256(told.encode()).hexdigest()


def seen_now(competition: Competition) -> Seen:
    """What stands now, for a program or a file that confirms what it has just decided."""
    bids = loaded_bids(competition)
    return Seen(decisions_digest(bids), version_of(proposal_for(competition, bids)))


def propose_confirmation(
    *, by: Member, competition: Competition, seen: Seen, now: datetime
) -> ConfirmationProposal:
    """Propose that the decisions be confirmed as they were seen; an earlier proposal is replaced.

    Raises ``NotAllowed`` without the role; :class:`ChangedSince` when decisions changed since; ``Refused``
    while bids are undecided, where one person is enough, for a person who can't be one of the two, and where
    a colleague has proposed since.
    """
    rules.check_may_decide(by, competition)
    ensure_closed(competition, now)
    with transaction.atomic():
        locked = lock_for_change(competition.pk)
        now = clock.now()
        rules.check_decision_is_open(locked, now)
        if not takes_two(locked):
            raise Refused(f"Confirming {locked.ref} takes one person only: confirm it.")
        bids = loaded_bids(locked)
        check_seen(by, locked, bids, seen.decisions)
        rules.check_all_decided(locked, bids)
        _check_proposal_seen(locked, proposal_for(locked, bids), seen)
        ground = check_one_of_two(by, by.user_id, locked, now)
        made, _ = ConfirmationProposal.objects.update_or_create(
            competition=locked,
            defaults={
                "proposed_at": now,
                "proposed_by_id": by.user_id,
                "proposed_by_email": by.email,
                "digest": decisions_digest(bids),
            },
        )
        record(
            organisation_id=locked.operator_id,
            by=by,
            action="confirmation proposed",
            subject=locked,
            changes={"digest of decisions": (None, made.digest), **stand_ins(proposer=ground)},
            now=now,
        )
    return made


def withdraw_proposal(*, by: Member, competition: Competition, seen: str, now: datetime) -> None:
    """Take back the proposal of this version, one's own or a colleague's; without one nothing happens.

    Raises ``NotAllowed`` without the role, ``Refused`` when there is another proposal now.
    """
    rules.check_may_decide(by, competition)
    with transaction.atomic():
        locked = lock_for_change(competition.pk)
        rules.check_decision_is_open(locked, clock.now())
        found = ConfirmationProposal.objects.filter(competition=locked).first()
        if found is None:
            return
        if version_of(found) != seen:
            raise Refused(f"There is a newer proposal to confirm {locked.ref}, so nothing was withdrawn.")
        found.delete()
        record(
            organisation_id=locked.operator_id,
            by=by,
            action="proposal to confirm withdrawn",
            subject=locked,
            changes={},
            now=now,
        )


def check_second_person(
    by: Member, competition: Competition, bids: Sequence[Bid], seen: Seen, now: datetime
) -> dict[str, tuple[None, str]]:
    """What the audit log tells of the two people, nothing where one is enough or both held *Bids* before the
    close.

    Raises ``Refused`` where two people are needed and nobody else has proposed just these decisions, where
    the member saw another proposal than the one that stands, or one of the two can't be one of them.
    """
    if not takes_two(competition):
        return {}
    proposal = proposal_for(competition, bids)
    if proposal is None and not seen.proposal:
        raise Refused(
            f"Confirming {competition.ref} takes two people: one proposes the decisions, another confirms."
        )
    if proposal is not None and proposal.proposed_by_id == by.user_id:
        raise Refused(
            f"You proposed to confirm {competition.ref} yourself: another member with the Bids role confirms."
        )
    _check_proposal_seen(competition, proposal, seen)
    proposer_id = proposal.proposed_by_id if proposal is not None else by.user_id
    return stand_ins(
        proposer=check_one_of_two(by, proposer_id, competition, now),
        confirmer=check_one_of_two(by, by.user_id, competition, now),
    )


def stand_ins(**grounds: str) -> dict[str, tuple[None, str]]:
    """Those of the two people who did not hold *Bids* before the close, as the audit log tells them."""
    return {who: (None, ground) for who, ground in grounds.items() if ground != BEFORE_CLOSE}


def _check_proposal_seen(competition: Competition, proposal: ConfirmationProposal | None, seen: Seen) -> None:
    if version_of(proposal) == seen.proposal:
        return
    if proposal is None:
        raise Refused(
            f"The proposal to confirm {competition.ref} that you saw was withdrawn. Nothing was recorded."
        )
    raise Refused(
        f"{proposal.proposed_by_email} proposed to confirm {competition.ref} since your page was made. "
        "Nothing was recorded: look at the decisions again."
    )
