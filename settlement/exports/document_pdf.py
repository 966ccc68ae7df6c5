"""A document as PDF, for people."""

from typing import BinaryIO

from reportlab.platypus import Flowable

from marketplace.dates import day_text, month_text
from marketplace.identifiers import vat_identifier
from marketplace.numbers import exact_text, grouped_text, money_text
from marketplace.pdf import space, table, text, write_pdf
from settlement.domain.issued import Issued, IssuedLine
from settlement.domain.parties import Party
from settlement.enums import DocumentType

LINE_HEADS, LINE_WIDTHS = ("For", "Contract", "Month", "Quantity", "Net"), (48, 58, 24, 24, 20)
TOTAL_WIDTHS = (130, 44)
PARTY_WIDTHS = (87, 87)


def write_document(document: Issued, target: BinaryIO) -> None:
    """Write the document."""
    write_pdf(
        _story(document), target, title=f"{document.type.label} {document.number}", author=document.buyer.name
    )


def _story(document: Issued) -> list[Flowable]:
    story: list[Flowable] = [
        text(document.buyer.name, "name"),
        text(f"{document.type.label} {document.number}", "title"),
        text(_facts(document), "body"),
        table(
            (_seller_head(document), "Buyer"),
            [(_party(document.seller), _party(document.buyer))],
            PARTY_WIDTHS,
        ),
        space(6),
        table(
            LINE_HEADS,
            [_line(each, document.currency) for each in document.lines],
            LINE_WIDTHS,
            numbers=2,
        ),
        space(4),
        table(("Sum", ""), _totals(document), TOTAL_WIDTHS, numbers=1),
        space(6),
    ]
    story += [text(each, "body") for each in document.statements]
    story.append(text(f"Payment reference: {document.payment_reference}", "body"))
    if document.is_self_billed:
        said = "Made by the buyer in the seller's stead, by their self-billing agreement."
        story.append(text(said, "small"))
    return story


def _seller_head(document: Issued) -> str:
    return "Seller" if document.is_self_billed else "Seller (payee)"


def _facts(document: Issued) -> str:
    facts = [
        f"Issued on {day_text(document.issued_on)}",
        f"Supply from {day_text(document.supply_from)} to {day_text(document.supply_to)}",
    ]
    if document.credits and document.credits_of:
        facts.append(
            f"Takes back {document.credits} of {day_text(document.credits_of)} in full: {document.reason}"
        )
    if document.type is DocumentType.REMITTANCE_ADVICE:
        facts.append(
            "This is no VAT invoice: the seller makes its own, since there is no agreement on self-billing."
        )
    return "\n".join(facts)


def _party(party: Party) -> str:
    lines = [party.name, *party.address_lines]
    if party.company_number:
        lines.append(f"Company number {party.company_number}")
    if party.vat_number:
        lines.append(f"VAT number {vat_identifier(party.vat_number, party.country)}")
    return "\n".join(lines)


def _line(line: IssuedLine, currency: str) -> tuple[str, ...]:
    quantity = "" if line.quantity is None else f"{grouped_text(line.quantity)} {line.unit}"
    return (
        line.words,
        f"{line.about}\n{line.contract}",
        month_text(line.month),
        quantity,
        money_text(line.net, currency),
    )


def _totals(document: Issued) -> list[tuple[str, str]]:
    return [
        ("Net", money_text(document.net, document.currency)),
        (f"VAT at {exact_text(document.vat_rate)} %", money_text(document.vat, document.currency)),
        ("Gross", money_text(document.gross, document.currency)),
    ]
