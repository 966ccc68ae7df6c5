"""Making documents of what is final, and taking one back: all or nothing, numbers without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Member, Organisation
from competitions.domain.payment import rounded
from marketplace.audit.chain import lock_chains
from marketplace.dates import month_text
from marketplace.errors import NotAllowed, Refused
from settlement import rules
from settlement.domain.both_chains import record_for_both
from settlement.domain.document_notifications import notify_credited, notify_documents_made
from settlement.domain.drafts import DraftLine, document_number, last_day, opposite
from settlement.domain.invoice_plan import Claim, Planned, invoice_plan
from settlement.domain.parties import lacking, party_of
from settlement.enums import DocumentType
from settlement.models import (
    Document,
    DocumentCounter,
    DocumentLine,
    DocumentStatement,
    SelfBillingAgreement,
)

LONGEST_REASON = 500
_CHANGED = "What is to be invoiced changed since it was shown, so nothing was made. Look at it again."


@dataclass(frozen=True)
class Figures:
    """What a new document says beyond its parties."""

    type: DocumentType
    lines: Sequence[DraftLine]
    net: Decimal
    vat_kind: str
    vat_rate: Decimal
    vat: Decimal


def make_documents(*, by: Member, month: date, seen: str, now: datetime) -> list[Document]:
    """Make a document for each seller over what is final of the month and in no document yet.

    ``seen`` is the digest of the plan that was shown. Raises ``Refused`` where nothing is to be invoiced, the plan is
    another by now, or the buyer lacks an address; ``NotAllowed`` without the role.
    """
    rules.check_may_invoice(by)
    with transaction.atomic():
        shown = invoice_plan(by.organisation, month)
        lock_chains([by.organisation_id, *(each.seller.pk for each in shown.sellers)])
        buyer = Organisation.objects.get(
            pk=by.organisation_id
        )  # as it is now, whenever the member was loaded
        plan = invoice_plan(buyer, month)
        if not plan.made:
            raise Refused(f"Nothing of {month_text(month)} waits to be invoiced.")
        if plan.digest != seen:
            raise Refused(_CHANGED)
        if lacking(buyer):
            raise Refused(
                "Your organisation's registered address is not known: documents need it. Give it under Organisation."
            )
        made = [_made(by, buyer, month, each, now) for each in plan.made]
        notify_documents_made(made, now)
    return made


def credit_document(*, by: Member, document_id: UUID, reason: str, now: datetime) -> Document:
    """Take a document back in full by another one; what it paid waits for the next run. Returns the new document.

    Raises ``Refused`` without a reason, for one that was taken back already or takes another back; ``NotAllowed``.
    """
    rules.check_may_invoice(by)
    reason = reason.strip()
    if not reason:
        raise Refused("Say why the document is taken back; the seller reads it.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"A reason can have at most {LONGEST_REASON} characters.")
    with transaction.atomic():
        document = locked_document(by, document_id)
        if Document.objects.filter(credits=document).exists():
            raise Refused(f"{document.number} was taken back already.")
        if document.credits_id is not None:
            raise Refused(f"{document.number} takes another document back, so it stays.")
        made = _opposite(by, document, reason, now)
        DocumentStatement.objects.filter(document=document).update(is_credited=True)
        changes = {"credited_by": (None, made.number), "reason": (None, reason)}
        record_for_both(document, by, "document taken back", changes, now)
        notify_credited(document, made, now)
    return made


def locked_document(by: Member, document_id: UUID) -> Document:
    """The document of the member's own organisation, with both parties' logs locked. Raises ``NotAllowed``."""
    parties = Document.objects.filter(pk=document_id).values_list("buyer", "seller").first()
    if parties is None or by.organisation_id not in parties:
        raise NotAllowed("Your organisation has no such document.")
    lock_chains(parties)
    document = Document.objects.select_related("buyer", "seller", "agreement").get(pk=document_id)
    rules.check_own_document(by, document)
    return document


def _made(by: Member, buyer: Organisation, month: date, planned: Planned, now: datetime) -> Document:
    draft = planned.draft
    assert draft is not None
    figures = Figures(
        draft.type, draft.lines, draft.net, draft.vat_kind.value, rounded(draft.vat_rate * 100, 2), draft.vat
    )
    parties = {
        "buyer_party": party_of(buyer, buyer.vat_number).as_json(),
        "seller_party": party_of(planned.seller, planned.taxed.vat_number).as_json(),
    }
    document = _stored(by, (buyer, planned.seller), month, figures, planned.agreement, now, **parties)
    DocumentStatement.objects.bulk_create(_paid(document, each) for each in planned.claims)
    return document


def _paid(document: Document, claim: Claim) -> DocumentStatement:
    return DocumentStatement(
        document=document,
        statement_id=claim.version.statement_id,
        version=claim.version,
        amount=claim.amount,
    )


def _opposite(by: Member, document: Document, reason: str, now: datetime) -> Document:
    lines = [
        DraftLine(each.contract_id, each.month, each.kind, each.quantity, each.unit, each.net)
        for each in document.lines.order_by("place")
    ]
    type_, turned = opposite(DocumentType(document.type), lines)
    sign = -1 if type_ is DocumentType.REMITTANCE_ADVICE else 1
    figures = Figures(
        type_, turned, sign * document.net, document.vat_kind, document.vat_rate, sign * document.vat
    )
    return _stored(
        by,
        (document.buyer, document.seller),
        document.month,
        figures,
        document.agreement,
        now,
        buyer_party=document.buyer_party,
        seller_party=document.seller_party,
        credits=document,
        reason=reason,
    )


def _stored(
    by: Member,
    pair: tuple[Organisation, Organisation],
    month: date,
    figures: Figures,
    agreement: SelfBillingAgreement | None,
    now: datetime,
    **more: Any,
) -> Document:
    """The document under the next number of its pair and year, with its lines and both parties' entries."""
    buyer, seller = pair
    issued_on = now.astimezone(buyer.zone).date()
    place = _next_place(buyer, seller, issued_on.year)
    number = document_number(buyer.code, seller.code, issued_on.year, place)
    document = Document.objects.create(
        number=number,
        type=figures.type,
        buyer=buyer,
        seller=seller,
        year=issued_on.year,
        place=place,
        month=month,
        supply_from=month,
        supply_to=last_day(month),
        issued_on=issued_on,
        agreement=agreement,
        currency=buyer.currency,
        net=figures.net,
        vat_kind=figures.vat_kind,
        vat_rate=figures.vat_rate,
        vat=figures.vat,
        gross=figures.net + figures.vat,
        payment_reference=number,
        made_at=now,
        made_by_id=by.user_id,
        **more,
    )
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=document,
            place=place_of_line,
            contract_id=line.contract,
            month=line.month,
            kind=line.kind,
            quantity=line.quantity,
            unit=line.unit,
            net=line.net,
        )
        for place_of_line, line in enumerate(figures.lines, 1)
    )
    changes = {
        "type": (None, figures.type.value),
        "net": (None, figures.net),
        "gross": (None, document.gross),
    }
    record_for_both(document, by, "document made", changes, now)
    return document


def _next_place(buyer: Organisation, seller: Organisation, year: int) -> int:
    """The next number of the pair and year; whoever wants the one after it waits until the transaction ends."""
    DocumentCounter.objects.get_or_create(buyer=buyer, seller=seller, year=year)
    counter = DocumentCounter.objects.select_for_update().get(buyer=buyer, seller=seller, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last
