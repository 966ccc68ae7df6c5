"""Who may act on assets and entries, and when."""

from datetime import datetime

from accounts.enums import Role
from accounts.models import Member
from competitions.enums import Phase
from competitions.models import Competition, PurchasingSystem
from marketplace.errors import NotAllowed, Refused
from qualification.enums import ApplicationState
from qualification.models import DpsApplication

MOST_ATTACHMENTS = 20
OVERRIDE_PHASES = (Phase.QUALIFICATION_OPEN, Phase.QUALIFICATION_CLOSED)


def check_may_manage_assets(by: Member) -> None:
    """Only a provider's members with the Procurement role list assets and enter competitions."""
    if not by.is_fsp or not by.holds(Role.PROCUREMENT):
        raise NotAllowed("Only members of a provider with the Procurement role may do this.")


def can_manage_assets(by: Member) -> bool:
    return by.is_fsp and by.holds(Role.PROCUREMENT)


def check_entry_is_open(competition: Competition, now: datetime, *, is_reopened: bool = False) -> None:
    """Entries change from qualification open until qualification close; one that is reopened until bidding
    opens."""
    phase = competition.phase(now)
    if phase == Phase.QUALIFICATION_OPEN or (is_reopened and phase == Phase.QUALIFICATION_CLOSED):
        return
    if phase in (Phase.DRAFT, Phase.ANNOUNCED):
        raise Refused(f"Qualification for {competition.ref} has not opened yet.")
    if phase == Phase.CANCELLED:
        raise Refused(f"{competition.ref} was cancelled.")
    raise Refused(f"Qualification for {competition.ref} has closed, so its entries can no longer change.")


def can_change_entry(competition: Competition, now: datetime, *, is_reopened: bool = False) -> bool:
    phase = competition.phase(now)
    return phase == Phase.QUALIFICATION_OPEN or (is_reopened and phase == Phase.QUALIFICATION_CLOSED)


def check_runs(by: Member, competition: Competition) -> None:
    """Only the operator's members with the Procurement role override verdicts and reopen entries."""
    if not can_run(by, competition):
        raise NotAllowed("Only members of the competition's operator with the Procurement role may do this.")


def can_run(by: Member, competition: Competition) -> bool:
    return by.is_so and by.organisation_id == competition.operator_id and by.holds(Role.PROCUREMENT)


def check_override_is_open(competition: Competition, now: datetime) -> None:
    """Overrides are given from qualification open until bidding opens; without bidding, until it is
    archived."""
    phase = competition.phase(now)
    if phase in OVERRIDE_PHASES:
        return
    if phase in (Phase.DRAFT, Phase.ANNOUNCED):
        raise Refused(
            f"Qualification for {competition.ref} has not opened yet, so nothing can be overridden."
        )
    if phase == Phase.CANCELLED:
        raise Refused(f"{competition.ref} was cancelled.")
    if phase == Phase.ARCHIVED:
        raise Refused(f"{competition.ref} is archived.")
    raise Refused(f"Bidding for {competition.ref} has opened, so its assets can no longer be overridden.")


def can_override(competition: Competition, now: datetime) -> bool:
    return competition.phase(now) in OVERRIDE_PHASES


def check_may_reopen(competition: Competition, now: datetime) -> None:
    """A missed entry is reopened between qualification close and the opening of bidding."""
    phase = competition.phase(now)
    if phase == Phase.QUALIFICATION_CLOSED:
        return
    if phase in (Phase.DRAFT, Phase.ANNOUNCED, Phase.QUALIFICATION_OPEN):
        raise Refused(
            f"Qualification for {competition.ref} has not closed yet: its providers can enter by themselves."
        )
    raise Refused(f"Entries to {competition.ref} can be reopened only until bidding opens.")


def can_reopen(competition: Competition, now: datetime) -> bool:
    return competition.phase(now) == Phase.QUALIFICATION_CLOSED


def check_may_apply(by: Member) -> None:
    """Only a provider's members with the Procurement role apply to DPSs."""
    if not by.is_fsp or not by.holds(Role.PROCUREMENT):
        raise NotAllowed(
            "Only members of a provider with the Procurement role may apply for company qualification."
        )


def check_is_applicant(by: Member, application: DpsApplication) -> None:
    """Only the applying company changes, submits and withdraws its application."""
    check_may_apply(by)
    if by.organisation_id != application.provider_id:
        raise NotAllowed("This is another company's application.")


def check_may_decide(by: Member, application: DpsApplication) -> None:
    """Only the operator whose DPS it is decides, through members with the Procurement role."""
    if not can_decide(by, application):
        raise NotAllowed("Only members of its operator with the Procurement role decide on applications.")


def can_decide(by: Member, application: DpsApplication) -> bool:
    is_own = by.is_so and by.organisation_id == application.purchasing_system.operator_id
    return is_own and by.holds(Role.PROCUREMENT)


def check_may_set_up(by: Member, system: PurchasingSystem) -> None:
    """Only the operator whose DPS it is adds questions and documents, through members with the Procurement
    role."""
    if not by.is_so or by.organisation_id != system.operator_id or not by.holds(Role.PROCUREMENT):
        raise NotAllowed("Only members of its operator with the Procurement role may change what it asks.")


def check_takes_applications(system: PurchasingSystem) -> None:
    """A DPS that is closed takes no new applications."""
    if not system.is_open:
        raise Refused(f"{system.reference} is closed, so nobody can apply to it at present.")


def check_is_draft(application: DpsApplication) -> None:
    """Only a draft may be changed: what was submitted stays as the operator reads it."""
    if application.state != ApplicationState.DRAFT:
        raise Refused("The application was submitted, so it can no longer be changed.")


def check_takes_attachments(held: int) -> None:
    if held >= MOST_ATTACHMENTS:
        raise Refused(f"An application holds at most {MOST_ATTACHMENTS} attachments.")
