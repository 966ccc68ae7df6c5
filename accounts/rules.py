"""Who may do what with organisations and their people."""

from datetime import datetime, timedelta

from accounts.enums import Role
from accounts.models import Invitation, Member, Organisation
from marketplace.errors import NotAllowed, Refused

INVITATION_LASTS = timedelta(days=7)


def can_manage_team(member: Member | None) -> bool:
    """Whether the member manages the people and roles of the organisation."""
    return member is not None and member.holds(Role.ACCOUNT)


def check_may_manage_team(member: Member) -> None:
    """Raise ``NotAllowed`` unless the member holds the role Account."""
    if not can_manage_team(member):
        raise NotAllowed("Managing the team needs the role Account.")


def can_edit_profile(member: Member | None, operator: Organisation) -> bool:
    """Whether the member edits what the operator shows in public."""
    return (
        can_manage_team(member)
        and member is not None
        and member.organisation_id == operator.pk
        and member.is_so
    )


def check_may_edit_profile(member: Member | None, operator: Organisation) -> None:
    """Raise ``NotAllowed`` for members other than the operator's Account holders. None: a platform admin."""
    if member is not None and not can_edit_profile(member, operator):
        raise NotAllowed("Only the operator's members with the Account role may change its profile.")


def check_seat_is_free(organisation: Organisation, now: datetime) -> None:
    """Raise ``Refused`` when every seat is taken by an active member or by an invitation that can still be
    used."""
    taken = organisation.members.filter(is_active=True, client=None).count()
    usable = organisation.invitations.filter(
        accepted_at=None, withdrawn_at=None, sent_at__gt=now - INVITATION_LASTS
    )
    taken += usable.count()
    if taken >= organisation.seats:
        raise Refused(
            f"All {organisation.seats} seats are taken. Withdraw an invitation, or ask support for more seats."
        )


def has_expired(invitation: Invitation, now: datetime) -> bool:
    """Whether the invitation's seven days are over: its link lets nobody in, and it holds no seat."""
    return now >= invitation.sent_at + INVITATION_LASTS


def check_invitation_is_open(invitation: Invitation, now: datetime) -> None:
    """Raise ``Refused`` for an invitation that was used, withdrawn, or is older than seven days."""
    if invitation.accepted_at is not None:
        raise Refused("This invitation was used already. Sign in instead.")
    if invitation.withdrawn_at is not None:
        raise Refused("This invitation was withdrawn. Ask the person who invited you for a new one.")
    if has_expired(invitation, now):
        raise Refused("This invitation has expired. Ask the person who invited you to send it again.")


def check_account_stays_held(member: Member, roles: list[str]) -> None:
    """Raise ``Refused`` when nobody active would hold the role Account any more."""
    if Role.ACCOUNT in roles:
        return
    people = member.organisation.members.filter(is_active=True, client=None)
    others = people.filter(roles__contains=[Role.ACCOUNT]).exclude(pk=member.pk)
    if not others.exists():
        raise Refused("Somebody active must hold the role Account: give it to another member first.")
