"""Who may act on assets and entries, and when."""

from datetime import datetime

from accounts.enums import Role
from accounts.models import Member
from competitions.enums import Phase
from competitions.models import Competition
from marketplace.errors import NotAllowed, Refused


def check_may_manage_assets(by: Member) -> None:
    """Only a provider's members with the Procurement role list assets and enter competitions."""
    if not by.is_fsp or not by.holds(Role.PROCUREMENT):
        raise NotAllowed("Only members of a provider with the Procurement role may do this.")


def can_manage_assets(by: Member) -> bool:
    return by.is_fsp and by.holds(Role.PROCUREMENT)


def check_entry_is_open(competition: Competition, now: datetime) -> None:
    """Entries change from qualification open until qualification close."""
    phase = competition.phase(now)
    if phase == Phase.QUALIFICATION_OPEN:
        return
    if phase in (Phase.DRAFT, Phase.ANNOUNCED):
        raise Refused(f"Qualification for {competition.ref} has not opened yet.")
    if phase == Phase.CANCELLED:
        raise Refused(f"{competition.ref} was cancelled.")
    raise Refused(f"Qualification for {competition.ref} has closed, so its entries can no longer change.")


def can_change_entry(competition: Competition, now: datetime) -> bool:
    return competition.phase(now) == Phase.QUALIFICATION_OPEN
