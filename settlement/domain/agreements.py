"""Agreements on self-billing: proposed by the buyer, accepted by the seller, ended by either."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from marketplace.audit.chain import lock_chains
from marketplace.dates import day_text
from marketplace.errors import NotAllowed, Refused
from settlement import rules
from settlement.domain.both_chains import record_for_both
from settlement.domain.document_notifications import (
    notify_agreement_answered,
    notify_agreement_proposed,
)
from settlement.domain.document_queries import sellers_of
from settlement.models import SelfBillingAgreement


def propose_agreement(
    *, by: Member, seller_id: UUID, from_day: date, to_day: date, now: datetime
) -> SelfBillingAgreement:
    """Ask a provider to let the operator make its invoices for the supplies of these days, both inclusive.

    Raises ``Refused`` where an agreement, or a proposal, covers one of the days; ``NotAllowed`` without the role.
    """
    rules.check_may_invoice(by)
    if to_day < from_day:
        raise Refused("The last day must not be before the first.")
    with transaction.atomic():
        lock_chains([by.organisation_id, seller_id])
        seller = sellers_of(by).filter(pk=seller_id).first()
        if seller is None:
            raise Refused("Choose a provider that you have a contract with.")
        standing = SelfBillingAgreement.objects.filter(
            buyer=by.organisation_id,
            seller=seller,
            closed_at=None,
            from_day__lte=to_day,
            to_day__gte=from_day,
        ).first()
        if standing is not None:
            span = f"{day_text(standing.from_day)} to {day_text(standing.to_day)}"
            word = "An agreement" if standing.accepted_at else "A proposal"
            raise Refused(f"{word} with {seller} from {span} covers some of these days already.")
        made = SelfBillingAgreement.objects.create(
            buyer=by.organisation,
            seller=seller,
            from_day=from_day,
            to_day=to_day,
            proposed_at=now,
            proposed_by_id=by.user_id,
        )
        changes = {"from_day": (None, from_day), "to_day": (None, to_day)}
        record_for_both(made, by, "self-billing agreement proposed", changes, now)
        notify_agreement_proposed(made, now)
    return made


def accept_agreement(*, by: Member, agreement_id: UUID, now: datetime) -> SelfBillingAgreement:
    """Let the operator make the provider's invoices. Raises ``Refused`` for one that waits for no answer; ``NotAllowed``."""
    with transaction.atomic():
        agreement = _locked(by, agreement_id)
        rules.check_may_answer_agreement(by, agreement)
        _check_waits(agreement)
        agreement.accepted_at, agreement.accepted_by_id = now, by.user_id
        agreement.save(update_fields=["accepted_at", "accepted_by_id"])
        record_for_both(agreement, by, "self-billing agreement accepted", {"accepted_at": (None, now)}, now)
        notify_agreement_answered(agreement, "accepts", now)
    return agreement


def close_agreement(*, by: Member, agreement_id: UUID, now: datetime) -> SelfBillingAgreement:
    """Decline a proposal as its seller, or withdraw it as its buyer. Raises ``Refused`` once it is answered;
    ``NotAllowed``."""
    with transaction.atomic():
        agreement = _locked(by, agreement_id)
        rules.check_party_of(by, agreement)
        _check_waits(agreement)
        agreement.closed_at, agreement.closed_by_id = now, by.user_id
        agreement.save(update_fields=["closed_at", "closed_by_id"])
        word = "withdrawn" if by.is_so else "declined"
        record_for_both(agreement, by, f"self-billing agreement {word}", {"closed_at": (None, now)}, now)
        if by.is_fsp:
            notify_agreement_answered(agreement, "declines", now)
    return agreement


def end_agreement(*, by: Member, agreement_id: UUID, last_day: date, now: datetime) -> SelfBillingAgreement:
    """Let an accepted agreement end earlier, today at the earliest. Raises ``Refused`` for other days; ``NotAllowed``."""
    with transaction.atomic():
        agreement = _locked(by, agreement_id)
        rules.check_party_of(by, agreement)
        if agreement.accepted_at is None or agreement.closed_at is not None:
            raise Refused("Only an agreement that was accepted can be ended.")
        today = now.astimezone(agreement.buyer.zone).date()
        if not max(today, agreement.from_day) <= last_day < agreement.to_day:
            raise Refused(
                "An agreement ends today at the earliest, not before it begins, and earlier than it does now."
            )
        before, agreement.to_day = agreement.to_day, last_day
        agreement.save(update_fields=["to_day"])
        record_for_both(agreement, by, "self-billing agreement ended", {"to_day": (before, last_day)}, now)
        notify_agreement_answered(agreement, "ends", now, ended_by=by)
    return agreement


def _check_waits(agreement: SelfBillingAgreement) -> None:
    if agreement.accepted_at is not None or agreement.closed_at is not None:
        raise Refused("This agreement waits for no answer any more.")


def _locked(by: Member, agreement_id: UUID) -> SelfBillingAgreement:
    found = SelfBillingAgreement.objects.filter(pk=agreement_id).values_list("buyer", "seller").first()
    if found is None or by.organisation_id not in found:
        raise NotAllowed("Your organisation has no such agreement.")
    lock_chains(found)
    return (
        SelfBillingAgreement.objects.select_for_update(of=("self",))
        .select_related("buyer", "seller")
        .get(pk=agreement_id)
    )
