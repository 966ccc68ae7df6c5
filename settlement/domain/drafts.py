"""What a document says, worked out from the lines of statements. Pure."""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from accounts.domain.vat import Taxed
from accounts.enums import VatKind
from settlement.domain.invoices import vat_of
from settlement.enums import DocumentType

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Earned:
    """A line of a statement, as documents see it."""

    contract: UUID
    month: date
    kind: str
    quantity: Decimal | None
    unit: str
    amount: Decimal


@dataclass(frozen=True)
class DraftLine:
    """What one contract earned of one kind."""

    contract: UUID
    month: date
    kind: str
    quantity: Decimal | None
    unit: str
    net: Decimal


@dataclass(frozen=True)
class Draft:
    """A document without number and parties. ``vat_rate`` is a share; see the model for the signs."""

    type: DocumentType
    lines: Sequence[DraftLine]
    net: Decimal
    vat_kind: VatKind
    vat_rate: Fraction
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def drafted(
    earned: Iterable[Earned], taxed: Taxed, standard: Fraction, *, is_self_billed: bool
) -> Draft | None:
    """The document over these lines; None where they come to nothing.

    Self-billed: an invoice where they come to more than 0, a credit note with positive amounts where to less. Else a
    remittance advice. VAT = net × rate, rounded once; nothing without the standard rate.
    """
    lines = grouped(earned)
    net = sum((each.net for each in lines), NOTHING)
    if not net:
        return None
    rate = standard if taxed.kind is VatKind.STANDARD else Fraction(0)
    if not is_self_billed:
        return Draft(DocumentType.REMITTANCE_ADVICE, lines, net, taxed.kind, rate, vat_of(net, rate))
    if net > 0:
        return Draft(DocumentType.SELF_BILLING, lines, net, taxed.kind, rate, vat_of(net, rate))
    turned = [_turned(each) for each in lines]
    return Draft(DocumentType.CREDIT_NOTE, turned, -net, taxed.kind, rate, vat_of(-net, rate))


def grouped(earned: Iterable[Earned]) -> list[DraftLine]:
    """A line for each contract, month and kind, in the order in which they come; those that say nothing are left out."""
    found: dict[tuple[UUID, date, str], DraftLine] = {}
    for each in earned:
        key = (each.contract, each.month, each.kind)
        held = found.get(key)
        found[key] = DraftLine(
            each.contract,
            each.month,
            each.kind,
            _sum(held.quantity if held else None, each.quantity),
            each.unit or (held.unit if held else ""),
            (held.net if held else NOTHING) + each.amount,
        )
    return [each for each in found.values() if each.net or each.quantity]


def opposite(type_: DocumentType, lines: Iterable[DraftLine]) -> tuple[DocumentType, list[DraftLine]]:
    """The type and lines of the document that takes one back in full."""
    held = list(lines)
    if type_ is DocumentType.SELF_BILLING:
        return DocumentType.CREDIT_NOTE, held
    if type_ is DocumentType.CREDIT_NOTE:
        return DocumentType.SELF_BILLING, held
    return DocumentType.REMITTANCE_ADVICE, [_turned(each) for each in held]


def last_day(month: date) -> date:
    """The last day of a month that is named by its first."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def document_number(buyer_code: str, seller_code: str, year: int, place: int) -> str:
    """SB-NRN-NORTH-2026-0001."""
    return f"SB-{buyer_code}-{seller_code}-{year:04}-{place:04}"


def _turned(line: DraftLine) -> DraftLine:
    return DraftLine(line.contract, line.month, line.kind, line.quantity, line.unit, NOTHING - line.net)


def _sum(held: Decimal | None, more: Decimal | None) -> Decimal | None:
    if more is None:
        return held
    return more if held is None else held + more
