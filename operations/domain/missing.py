"""Unavailability: the provider says that accepted MW are not there, and takes back what lies ahead of it."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from marketplace import clock
from marketplace.errors import NotAllowed, Refused
from marketplace.numbers import exact_text
from operations import rules
from operations.domain.availability_notifications import notify_missing
from operations.domain.called import callable_for
from operations.domain.declaring import check_shorten, check_unavailability
from operations.domain.held import hold, promises_between, tell_logs
from operations.domain.occurrences import Stretch
from operations.domain.promised import accepted_at
from operations.enums import UnavailabilityReason
from operations.models import Unavailability


@transaction.atomic
def notify_unavailability(
    *,
    by: Member,
    contract_id: UUID,
    start: datetime,
    end: datetime,
    mw: Decimal,
    reason: UnavailabilityReason,
    now: datetime,
) -> Unavailability:
    """Say that from start to end only these MW are there, also for the past; both parties are told at once.

    It undoes no dispatch that was issued before: of both that come at once, the order of the lock decides, under which the
    clock is read. Said twice, it is recorded once. Raises ``Refused`` and ``NotAllowed``.
    """
    [contract] = hold(by, [contract_id])
    rules.check_may_declare(by, contract)
    instant = clock.now()
    same = Unavailability.objects.filter(
        contract=contract, start=start, end=end, mw=mw, reason=reason
    ).first()
    if same is not None:
        return same
    if reason not in UnavailabilityReason.values:
        raise Refused("Choose a reason from the list.")
    promise = promises_between([contract], start, end)[contract.pk]
    accepted = accepted_at(promise.occurrences, promise.rules, promise.told, instant)
    seen = callable_for(contract, promise.terms, promise.occurrences)
    check_unavailability(seen, Stretch(start, end, Fraction(mw)), accepted)
    made = Unavailability.objects.create(
        contract=contract,
        start=start,
        end=end,
        notified_end=end,
        mw=mw,
        reason=reason,
        notified_at=instant,
        notified_by_id=by.user_id,
    )
    changes = {
        "start": (None, start.isoformat()),
        "end": (None, end.isoformat()),
        "mw": (None, exact_text(mw)),
        "reason": (None, str(reason)),
    }
    tell_logs(contract, by, "unavailability notified", changes, instant)
    notify_missing(made, contract, instant)
    return made


@transaction.atomic
def shorten_unavailability(*, by: Member, notice_id: UUID, end: datetime, now: datetime) -> Unavailability:
    """Let a notice end earlier, not before now; at its start, it is taken back whole. Raises ``Refused``, ``NotAllowed``."""
    contract_id = Unavailability.objects.filter(pk=notice_id).values_list("contract", flat=True).first()
    if contract_id is None:
        raise NotAllowed("Your organisation has no such notice.")
    [contract] = hold(by, [contract_id])
    rules.check_may_declare(by, contract)
    instant = clock.now()
    notice = Unavailability.objects.select_for_update().get(pk=notice_id)
    if notice.end == end:
        return notice
    check_shorten(Stretch(notice.start, notice.end, Fraction(notice.mw)), end, instant)
    before, notice.end = notice.end, end
    notice.shortened_at, notice.shortened_by_id = instant, by.user_id
    notice.save(update_fields=["end", "shortened_at", "shortened_by_id"])
    changes = {"end": (before.astimezone(UTC).isoformat(), end.isoformat())}
    tell_logs(contract, by, "unavailability shortened", changes, instant)
    notify_missing(notice, contract, instant)
    return notice


def notices_seen_by(member: Member) -> QuerySet[Unavailability]:
    """The notices under the contracts of the member's organisation, the latest first."""
    party = "contract__buyer" if member.is_so else "contract__seller"
    return (
        Unavailability.objects.filter(**{party: member.organisation_id})
        .select_related("contract__competition", "contract__buyer", "contract__seller")
        .order_by("-start", "-notified_at", "id")
    )
