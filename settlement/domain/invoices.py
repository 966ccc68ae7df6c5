"""What a seller is invoiced for a month: one document over all statements. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from competitions.domain.payment import pence
from settlement.domain.lines import Statement
from settlement.enums import DocumentType

SELF_BILLING = DocumentType.SELF_BILLING.label
CREDIT_NOTE = DocumentType.CREDIT_NOTE.label


@dataclass(frozen=True)
class Invoice:
    """A document's figures, all 0 or more; ``vat_rate`` is a share."""

    seller: str
    month: date
    type: str
    net: Decimal
    vat_rate: Fraction
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def vat_of(net: Decimal, rate: Fraction) -> Decimal:
    """Net × rate, rounded once."""
    return pence(Fraction(net) * rate)


def invoices(statements: Iterable[Statement], vat_rates: Mapping[str, Fraction]) -> list[Invoice]:
    """A self-billing invoice where the statements of a seller and month come to more than 0, a credit note where to less.

    VAT = net × rate, rounded once; a seller without a rate pays none. Where the net is 0 there is no document.
    """
    nets: dict[tuple[str, date], Decimal] = {}
    for each in statements:
        key = (each.seller, each.month)
        nets[key] = nets.get(key, Decimal("0.00")) + each.total
    return [
        Invoice(
            seller,
            month,
            SELF_BILLING if net > 0 else CREDIT_NOTE,
            abs(net),
            vat_rates.get(seller, Fraction(0)),
            vat_of(abs(net), vat_rates.get(seller, Fraction(0))),
        )
        for (seller, month), net in nets.items()
        if net
    ]
