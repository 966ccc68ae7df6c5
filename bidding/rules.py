"""Who may bid, decide and confirm, and when."""

from collections.abc import Sequence
from datetime import datetime

from accounts.enums import Role
from accounts.models import Member
from bidding.enums import Decision
from bidding.models import Bid
from competitions.enums import Phase
from competitions.models import Competition
from marketplace.errors import NotAllowed, Refused


def check_may_bid(by: Member) -> None:
    """Only a provider's members with the Bids role submit, change and withdraw bids."""
    if not can_bid(by):
        raise NotAllowed("Only members of a provider with the Bids role may bid.")


def check_may_draft(by: Member) -> None:
    """What is typed belongs to the member who types: nobody keeps a draft in another's name."""
    check_may_bid(by)
    if by.is_seen_by_admin:
        raise NotAllowed("Only the member itself keeps a draft.")


def can_bid(by: Member) -> bool:
    return by.is_fsp and by.holds(Role.BIDS)


def check_bidding_is_open(competition: Competition, now: datetime) -> None:
    """Bids are placed, changed and withdrawn from bidding open until the instant of bidding close."""
    phase = competition.phase(now)
    if phase == Phase.BIDDING_OPEN:
        return
    ref = competition.ref
    if competition.is_visibility_only:
        raise Refused(f"{ref} is for visibility only: nobody bids in it.")
    if phase == Phase.CANCELLED:
        raise Refused(f"{ref} was cancelled, so no bids are taken.")
    if competition.bidding_open is not None and now < competition.bidding_open:
        raise Refused(f"Bidding in {ref} has not opened yet.")
    raise Refused(f"Bidding in {ref} has closed, so its bids can no longer change.")


def is_bidding_open(competition: Competition, now: datetime) -> bool:
    return competition.phase(now) == Phase.BIDDING_OPEN


def check_may_decide(by: Member, competition: Competition) -> None:
    """Only the operator's own members with the Bids role decide on bids and confirm results."""
    if not can_decide(by, competition):
        raise NotAllowed("Only members of the system operator with the Bids role may decide on bids.")


def holds_bids(by: Member) -> bool:
    return by.holds(Role.BIDS)


def can_decide(by: Member, competition: Competition) -> bool:
    return by.is_so and by.organisation_id == competition.operator_id and by.holds(Role.BIDS)


def check_may_change_policy(by: Member) -> None:
    """Only the operator's members with the Account role set how it decides."""
    if not can_change_policy(by):
        raise NotAllowed("Only members of a system operator with the Account role may change how it decides.")


def can_change_policy(by: Member) -> bool:
    return by.is_so and by.holds(Role.ACCOUNT)


def check_may_report(by: Member) -> None:
    """Only the operator's members with the Bids role make the regulator's report and set it up."""
    if not (by.is_so and by.holds(Role.BIDS)):
        raise NotAllowed("Only members of a system operator with the Bids role make the regulator's report.")


def check_all_decided(competition: Competition, bids: Sequence[Bid]) -> None:
    """Results are confirmed only when every bid is accepted or rejected."""
    undecided = sum(bid.decision == Decision.UNDECIDED for bid in bids)
    if undecided:
        are = "bid is" if undecided == 1 else "bids are"
        raise Refused(
            f"{undecided} {are} undecided in {competition.ref}: accept or reject each bid before confirming."
        )


def check_decision_is_open(competition: Competition, now: datetime) -> None:
    """Bids are decided from bidding close until the results are confirmed, even if it is archived
    meanwhile."""
    if is_decision_open(competition, now):
        return
    ref = competition.ref
    if competition.is_visibility_only:
        raise Refused(f"{ref} is for visibility only: there are no bids to decide.")
    if competition.cancelled_at is not None:
        raise Refused(f"{ref} was cancelled, so nothing can be decided.")
    if competition.confirmed_at is not None:
        raise Refused(f"The results of {ref} are confirmed and can no longer change.")
    raise Refused(f"Bidding in {ref} has not closed yet, so there is nothing to decide.")


def is_decision_open(competition: Competition, now: datetime) -> bool:
    has_closed = competition.bidding_close is not None and competition.bidding_close <= now
    return has_closed and competition.confirmed_at is None and competition.cancelled_at is None
