"""What happens to a team after somebody was invited: links sent again or withdrawn, members shut out or let
back in."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts import rules
from accounts.domain.registration import Actor, lock_team
from accounts.domain.sign_in import end_sessions
from accounts.models import Invitation, Member
from marketplace.audit.chain import record
from marketplace.errors import Refused


@transaction.atomic
def send_invitation_again(*, by: Actor, invitation: Invitation, now: datetime) -> Invitation:
    """Start the seven days again; links sent before stop working.

    One that has expired takes a seat again. Raises ``Refused`` for one no longer open or without a free seat.
    """
    locked = _open_invitation(by, invitation)
    if rules.has_expired(locked, now):
        rules.check_seat_is_free(locked.organisation, now)
    before, locked.sent_at = locked.sent_at, now
    locked.save(update_fields=["sent_at"])
    _record(by, "invitation sent again", locked, {"sent at": (before.isoformat(), now.isoformat())}, now)
    return locked


@transaction.atomic
def withdraw_invitation(*, by: Actor, invitation: Invitation, now: datetime) -> None:
    """End an open invitation, which frees its seat. Raises ``Refused`` for one no longer open,
    ``NotAllowed``."""
    locked = _open_invitation(by, invitation)
    locked.withdrawn_at = now
    locked.save(update_fields=["withdrawn_at"])
    _record(by, "invitation withdrawn", locked, {"withdrawn at": (None, now.isoformat())}, now)


@transaction.atomic
def deactivate_member(*, by: Member, member: Member, now: datetime) -> None:
    """Shut a member out and end their sessions. Raises ``Refused`` for the last Account holder."""
    locked = _colleague(by, member)
    rules.check_account_stays_held(locked, roles=[])
    _set_active(by, locked, False, now)
    end_sessions(locked.user)


@transaction.atomic
def reactivate_member(*, by: Member, member: Member, now: datetime) -> None:
    """Let a member back in with the roles held before. Raises ``Refused`` when no seat is free,
    ``NotAllowed``."""
    locked = _colleague(by, member)
    if not locked.is_active:
        rules.check_seat_is_free(locked.organisation, now)
    _set_active(by, locked, True, now)


def _set_active(by: Member, member: Member, active: bool, now: datetime) -> None:
    if member.is_active == active:
        return
    member.is_active = active
    member.save(update_fields=["is_active"])
    action = "member re-activated" if active else "member deactivated"
    _record(by, action, member, {"active": (not active, active)}, now)


def _colleague(by: Member, member: Member) -> Member:
    rules.check_may_manage_team(by)
    lock_team(by.organisation_id)
    return Member.objects.select_related("organisation", "user").get(
        pk=member.pk, organisation=by.organisation_id
    )


def _open_invitation(by: Actor, invitation: Invitation) -> Invitation:
    """The invitation, locked with its team: one of the member's own organisation, or for a platform admin of
    any."""
    open_to = Invitation.objects.select_for_update(of=["self"]).select_related("organisation")
    if isinstance(by, Member):
        rules.check_may_manage_team(by)
        open_to = open_to.filter(organisation=by.organisation_id)
    lock_team(invitation.organisation_id)
    locked = open_to.get(pk=invitation.pk)
    if locked.accepted_at is not None or locked.withdrawn_at is not None:
        raise Refused("This invitation is no longer open.")
    return locked


def _record(
    by: Actor,
    action: str,
    subject: Member | Invitation,
    changes: Mapping[str, tuple[object, object]],
    now: datetime,
) -> None:
    record(
        organisation_id=subject.organisation_id,
        by=by,
        action=action,
        subject=subject,
        changes=changes,
        now=now,
    )
