"""Documents that were made, as their files and pages tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.enums import VatKind
from contracts.models import Contract
from settlement.domain.parties import Party, party_from
from settlement.enums import DocumentType, LineKind
from settlement.models import Document, DocumentLine

OUTPUT_TAX = "The VAT shown is your output tax."
REVERSE_CHARGE = "Reverse charge: the buyer accounts for the VAT."
NOT_SUBJECT = "The seller has no VAT number, so no VAT is charged."
SAYS = {
    LineKind.AVAILABILITY.value: "Availability of flexibility",
    LineKind.UTILISATION.value: "Utilisation of flexibility",
    LineKind.PENALTY.value: "Penalties for what was not delivered",
    LineKind.RELIEF.value: "Penalties beyond the cap, added back",
    LineKind.SERVICE_FEE.value: "Service fee",
    LineKind.CORRECTION.value: "Corrections of earlier months",
}
"""What a line of each kind pays, in words."""


@dataclass(frozen=True)
class IssuedLine:
    """A line with its contract in words."""

    place: int
    contract: str
    about: str
    month: date
    kind: str
    quantity: Decimal | None
    unit: str
    net: Decimal

    @property
    def words(self) -> str:
        return SAYS.get(self.kind, self.kind)


@dataclass(frozen=True)
class Issued:
    """All that a document says. ``vat_rate`` in %."""

    number: str
    type: DocumentType
    issued_on: date
    supply_from: date
    supply_to: date
    buyer: Party
    seller: Party
    currency: str
    lines: Sequence[IssuedLine]
    net: Decimal
    vat_kind: VatKind
    vat_rate: Decimal
    vat: Decimal
    gross: Decimal
    payment_reference: str
    credits: str = ""
    credits_of: date | None = None
    reason: str = ""
    paid_on: date | None = None
    paid_reference: str = ""

    @property
    def is_self_billed(self) -> bool:
        return self.type is not DocumentType.REMITTANCE_ADVICE

    @property
    def statements(self) -> list[str]:
        """What the law wants said of the VAT; nothing of it on a remittance advice."""
        if not self.is_self_billed:
            return []
        if self.vat_kind is VatKind.STANDARD:
            return [OUTPUT_TAX]
        return [REVERSE_CHARGE if self.vat_kind is VatKind.REVERSE_CHARGE else NOT_SUBJECT]


def issued(document: Document) -> Issued:
    """A document with its lines, contracts and payment, as they were fetched with it."""
    payment = getattr(document, "payment", None)
    earlier = document.credits
    return Issued(
        number=document.number,
        type=DocumentType(document.type),
        issued_on=document.issued_on,
        supply_from=document.supply_from,
        supply_to=document.supply_to,
        buyer=party_from(document.buyer_party),
        seller=party_from(document.seller_party),
        currency=document.currency,
        lines=[_line(each) for each in document.lines.all()],
        net=document.net,
        vat_kind=VatKind(document.vat_kind),
        vat_rate=document.vat_rate,
        vat=document.vat,
        gross=document.gross,
        payment_reference=document.payment_reference,
        credits=earlier.number if earlier else "",
        credits_of=earlier.issued_on if earlier else None,
        reason=document.reason,
        paid_on=payment.paid_on if payment else None,
        paid_reference=payment.reference if payment else "",
    )


def contract_words(contract: Contract) -> str:
    """A contract as the parties know it: the competition's ref and the service window."""
    return f"{contract.competition.ref}, {contract.window_name}"


def _line(line: DocumentLine) -> IssuedLine:
    return IssuedLine(
        line.place,
        str(line.contract_id),
        contract_words(line.contract),
        line.month,
        line.kind,
        line.quantity,
        line.unit,
        line.net,
    )
