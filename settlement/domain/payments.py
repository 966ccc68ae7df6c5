"""What a buyer says of the payment of its documents; the payment itself is made elsewhere."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from marketplace.errors import Refused
from settlement.domain.both_chains import record_for_both
from settlement.domain.document_notifications import notify_paid
from settlement.domain.invoicing import locked_document
from settlement.models import Document, DocumentPayment


def mark_paid(*, by: Member, document_id: UUID, paid_on: date, reference: str, now: datetime) -> Document:
    """Say that a document was paid on a day, or correct what was said. Raises ``Refused`` for a day that lies ahead or
    before the document was made; ``NotAllowed``."""
    with transaction.atomic():
        document = locked_document(by, document_id)
        if paid_on > now.astimezone(by.organisation.zone).date():
            raise Refused("The day of a payment must not lie ahead.")
        if paid_on < document.issued_on:
            raise Refused(f"{document.number} was not made yet on that day.")
        before = DocumentPayment.objects.filter(document=document).first()
        payment, _ = DocumentPayment.objects.update_or_create(
            document=document,
            defaults={
                "paid_on": paid_on,
                "reference": reference.strip(),
                "marked_at": now,
                "marked_by_id": by.user_id,
            },
        )
        changes = {
            "paid_on": (before.paid_on if before else None, paid_on),
            "reference": (before.reference if before else None, payment.reference),
        }
        document.payment = payment
        record_for_both(document, by, "document marked as paid", changes, now)
        notify_paid(document, now)
    return document


def unmark_paid(*, by: Member, document_id: UUID, now: datetime) -> Document:
    """Take back that a document was paid. Raises ``Refused`` for one that is not marked; ``NotAllowed``."""
    with transaction.atomic():
        document = locked_document(by, document_id)
        payment = DocumentPayment.objects.filter(document=document).first()
        if payment is None:
            raise Refused(f"{document.number} is not marked as paid.")
        payment.delete()
        changes = {"paid_on": (payment.paid_on, None), "reference": (payment.reference, None)}
        record_for_both(document, by, "document no longer marked as paid", changes, now)
    return document
