"""An operator's side of an application: approved, rejected, revoked; and what ends by itself."""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from marketplace.audit.chain import lock_chains, record
from marketplace.calendar import local_instant
from marketplace.errors import Refused
from marketplace.numbers import count_text
from qualification import rules
from qualification.domain.dps import notifications
from qualification.domain.dps.applications import move_for_both
from qualification.domain.dps.queries import is_latest_approval
from qualification.domain.facts import reading
from qualification.domain.verdicts import requalification
from qualification.domain.verdicts.freeze import ready_for_asset_writes
from qualification.enums import ApplicationState
from qualification.models import DpsApplication

LONGEST_REASON = 2000


def version_of(application: DpsApplication) -> str:
    """What tells an application as it is from the same one withdrawn, changed and submitted again, or decided
    since."""
    told = f"{application.state} {application.submitted_at} {application.changed_at.timestamp()}"
    return hashlib.sha256(told.encode()).hexdigest()


def approve_application(
    *,
    by: Member,
    application: DpsApplication,
    expires_on: date | None = None,
    seen: str | None = None,
    now: datetime,
) -> None:
    """Approve the company on the DPS, for good or until the end of ``expires_on`` in the operator's zone.

    ``seen`` is the :func:`version_of` the application that was read; None for a program, which decides on
    what there is. Raises ``Refused`` for an application that changed since or is not pending and for a day
    that is over; ``NotAllowed``.
    """
    rules.check_may_decide(by, application)
    zone = application.purchasing_system.operator.zone
    expires_at = None
    if expires_on is not None:
        expires_at = local_instant(expires_on + timedelta(days=1), time(0), zone)
        if expires_at <= now:
            raise Refused("The approval would have expired already: choose today or a later day.")
    also = {"expires_on": expires_on, "expires_at": expires_at}
    _decide(by, application, ApplicationState.APPROVED, "DPS application approved", now, seen, **also)


def reject_application(
    *, by: Member, application: DpsApplication, reason: str, seen: str | None = None, now: datetime
) -> None:
    """Reject it with a reason that the company reads. An earlier approval stays.

    Raises ``Refused`` without a reason and for an application that is not pending; ``NotAllowed``.
    """
    rules.check_may_decide(by, application)
    reason = _checked_reason(reason, "A rejection")
    _decide(by, application, ApplicationState.REJECTED, "DPS application rejected", now, seen, reason=reason)


def revoke_approval(
    *, by: Member, application: DpsApplication, reason: str, seen: str | None = None, now: datetime
) -> None:
    """End an approval with a reason that the company reads.

    Raises ``Refused`` without a reason, for an application that is not approved, and for an approval whose
    place a later one has taken; ``NotAllowed``.
    """
    rules.check_may_decide(by, application)
    reason = _checked_reason(reason, "A revocation")
    _decide(
        by, application, ApplicationState.REVOKED, "DPS approval revoked", now, seen, revocation_reason=reason
    )


def _checked_reason(reason: str, what: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused(f"{what} needs a reason; the company reads it.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"A reason can have at most {count_text(LONGEST_REASON)} characters.")
    return reason


def _decide(
    by: Member,
    application: DpsApplication,
    to: ApplicationState,
    action: str,
    now: datetime,
    seen: str | None,
    **also: Any,
) -> None:
    """Take the step after freezing what has closed, tell the company, and have the competitions judged
    again."""
    with transaction.atomic():
        instant = ready_for_asset_writes()
        locked = DpsApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if seen is not None and seen != version_of(locked):
            raise Refused("The application changed since you read it, so nothing was decided. Read it again.")
        if to == ApplicationState.REVOKED:
            if locked.state == ApplicationState.APPROVED and not is_latest_approval(locked):
                raise Refused("A later approval has taken this one's place: revoke that one.")
            also |= {"revoked_at": instant, "revoked_by_id": by.user_id, "revoked_by_email": by.email}
        else:
            also |= {"decided_at": instant, "decided_by_id": by.user_id, "decided_by_email": by.email}
        move_for_both(locked, to, by, action, instant, changed_at=instant, **also)
        notifications.notify_decided(locked, instant)
        judge_anew(locked, instant)
    application.refresh_from_db()


def judge_anew(application: DpsApplication, now: datetime) -> None:
    """Ask for the open competitions that name the application's DPS to be judged again; frozen ones stay."""
    naming = reading.open_competitions(None, now).filter(purchasing_system=application.purchasing_system_id)
    requalification.request_for_competitions(list(naming.values_list("pk", flat=True)), now)


def expire_due(now: datetime) -> int:
    """Have the competitions judged again for every approval that has ended by itself; returns how many
    approvals.

    Each is dealt with once, whoever runs this and however often; the request commits together with the note
    of it.
    """
    ended = DpsApplication.objects.filter(
        state=ApplicationState.APPROVED, expires_at__lte=now, expiry_told_at=None
    ).order_by("pk")
    return sum(_expire(application_id, now) for application_id in list(ended.values_list("pk", flat=True)))


@transaction.atomic
def _expire(application_id: UUID, now: datetime) -> bool:
    waiting = DpsApplication.objects.select_for_update(of=("self",), skip_locked=True)
    application = (
        waiting.select_related("purchasing_system").filter(pk=application_id, expiry_told_at=None).first()
    )
    if application is None:
        return False
    application.expiry_told_at = now
    application.save(update_fields=["expiry_told_at"])
    parties = [application.purchasing_system.operator_id, application.provider_id]
    lock_chains(parties)
    for party in parties:
        changes = {"expires_on": (application.expires_on, application.expires_on)}
        record(
            organisation_id=party,
            by=None,
            action="DPS approval expired",
            subject=application,
            changes=changes,
            now=now,
        )
    judge_anew(application, now)
    return True
