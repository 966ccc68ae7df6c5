"""What people are told of documents and of agreements on self-billing."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from accounts.domain.organisation_notifications import (
    About,
    OrganisationMessage,
    Words,
    notify_each_organisation,
    notify_organisations,
)
from accounts.enums import Role
from accounts.models import Member, Organisation
from marketplace.dates import day_text, month_text
from marketplace.notifications import Kind
from marketplace.numbers import counted, money_text
from settlement.models import Document, SelfBillingAgreement

DOCUMENTS = Kind("invoice_data", "A document of what you are paid is made, taken back or paid", "fsp")
PROPOSED = Kind("self_billing_proposed", "An operator asks to make your invoices", "fsp")
ANSWERED = Kind("self_billing_answered", "A self-billing agreement is accepted, declined or ended")
KINDS = (DOCUMENTS, PROPOSED, ANSWERED)
_MOST_SHOWN = 20


def notify_documents_made(documents: Iterable[Document], now: datetime) -> None:
    """Tell each seller of its new documents, all in one; called in the transaction that makes them."""
    by_seller: dict[UUID, list[Document]] = {}
    for each in documents:
        by_seller.setdefault(each.seller_id, []).append(each)

    def message_for(to: Organisation) -> OrganisationMessage:
        own = by_seller[to.pk]
        first = own[0]
        return OrganisationMessage(
            f"{first.buyer} has made {counted(len(own), 'document')} for {month_text(first.month)}",
            [_line(each) for each in own[:_MOST_SHOWN]],
            reverse("settlement:document", args=[first.pk])
            if len(own) == 1
            else reverse("settlement:documents"),
            f"document {first.pk}",
            about=_about("made", own),
        )

    notify_each_organisation(DOCUMENTS.code, by_seller, [Role.CONTRACTS], message_for, now=now)


def notify_credited(document: Document, by_document: Document, now: datetime) -> None:
    """Tell the seller that a document was taken back in full."""

    def say(to: Organisation) -> Words:
        return f"{document.number} is taken back in full", [
            f"{document.buyer} takes {document.number} back by {_line(by_document)}",
            f"The reason given: {by_document.reason}",
        ]

    _tell_seller("credited", by_document, say, f"credited {document.pk}", now)


def notify_paid(document: Document, now: datetime) -> None:
    """Tell the seller that its buyer marked a document as paid."""
    payment = document.payment

    def say(to: Organisation) -> Words:
        reference = f", reference {payment.reference}" if payment.reference else ""
        return f"{document.number} is marked as paid", [
            f"{document.buyer} says that it paid {_line(document)} on {day_text(payment.paid_on)}{reference}."
        ]

    _tell_seller("paid", document, say, f"paid {document.pk} {now.isoformat()}", now)


def notify_agreement_proposed(agreement: SelfBillingAgreement, now: datetime) -> None:
    """Ask the seller for its answer."""

    def say(to: Organisation) -> Words:
        return f"{agreement.buyer} asks to make your invoices", [
            f"For what you supply from {_span(agreement)}, {agreement.buyer} would make self-billing invoices in your "
            "stead. Accept or decline the agreement on its page; without one you get remittance advice and make "
            "your own invoices."
        ]

    notify_organisations(
        PROPOSED.code,
        [agreement.seller_id],
        [Role.CONTRACTS],
        say,
        link=reverse("settlement:agreements"),
        key=f"self-billing {agreement.pk}",
        now=now,
    )


def notify_agreement_answered(
    agreement: SelfBillingAgreement, does: str, now: datetime, ended_by: Member | None = None
) -> None:
    """Tell the other party what became of an agreement: ``does`` says what the one who acted does with it."""
    acted = ended_by.organisation if ended_by is not None else agreement.seller
    other = agreement.buyer_id if acted.pk == agreement.seller_id else agreement.seller_id

    def say(to: Organisation) -> Words:
        return f"{acted} {does} the self-billing agreement", [
            f"{acted} {does} the agreement that {agreement.buyer} makes the invoices of {agreement.seller} for "
            f"supplies from {_span(agreement)}."
        ]

    notify_organisations(
        ANSWERED.code,
        [other],
        [Role.CONTRACTS],
        say,
        link=reverse("settlement:agreements"),
        key=f"self-billing {does} {agreement.pk} {now.isoformat()}",
        now=now,
    )


def _tell_seller(
    change: str, document: Document, say: Callable[[Organisation], Words], key: str, now: datetime
) -> None:
    notify_organisations(
        DOCUMENTS.code,
        [document.seller_id],
        [Role.CONTRACTS],
        say,
        link=reverse("settlement:document", args=[document.pk]),
        key=key,
        about=lambda to: _about(change, [document]),
        now=now,
    )


def _about(change: str, documents: Sequence[Document]) -> About:
    told = [{"id": str(each.pk), "number": each.number, "type": each.type} for each in documents]
    return {"change": change, "documents": told}


def _line(document: Document) -> str:
    gross = money_text(document.gross, document.currency)
    return f"{document.get_type_display()} {document.number}: {gross}"


def _span(agreement: SelfBillingAgreement) -> str:
    return f"{day_text(agreement.from_day)} to {day_text(agreement.to_day)}"
