"""Reopening a missed entry: leave to enter between qualification close and the opening of bidding."""

from datetime import datetime

from django.db import transaction

from accounts.domain.registration import PlatformAdmin
from accounts.models import Member, Organisation
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.errors import Refused
from qualification import rules
from qualification.domain.entries.entering import lock_for_entering
from qualification.domain.notifications import notify_reopened
from qualification.domain.verdicts import freeze
from qualification.enums import EntryState
from qualification.models import Entry, Reopening


def reopen_entry(
    *,
    by: Member | PlatformAdmin,
    competition: Competition,
    provider: Organisation,
    reason: str,
    now: datetime,
) -> Reopening:
    """Give a provider leave to enter until bidding opens, although qualification has closed; it is told.

    Raises ``NotAllowed`` for anyone but the operator's Procurement members and platform admins, ``Refused``
    without a reason, before the close, once bidding has opened, or for who has entered already.
    """
    if isinstance(by, Member):
        rules.check_runs(by, competition)
    if not reason.strip():
        raise Refused("Reopening an entry needs a reason.")
    freeze.ensure_frozen(competition, now)
    with transaction.atomic():
        competition = lock_for_entering(competition)
        now = clock.now()
        rules.check_may_reopen(competition, now)
        if Entry.objects.filter(
            competition=competition, provider=provider, state=EntryState.ENTERED
        ).exists():
            raise Refused(f"{provider} has entered {competition.ref} already.")
        given, is_new = Reopening.objects.get_or_create(
            competition=competition,
            provider=provider,
            defaults={"reason": reason.strip(), "reopened_at": now, "reopened_by_email": by.email},
        )
        if not is_new:
            raise Refused(f"The entry of {provider} to {competition.ref} is reopened already.")
        record(
            organisation_id=competition.operator_id,
            by=by,
            action="entry reopened",
            subject=competition,
            changes={"provider": (None, provider.name), "reason": (None, given.reason)},
            now=now,
        )
        notify_reopened(given)
    return given
