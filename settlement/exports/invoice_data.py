"""Documents as rows of the workbook of invoice data, and as CSV, a file a sheet."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from marketplace.dates import month_code
from marketplace.identifiers import vat_identifier
from marketplace.workbooks.write import write_bulk, write_csv
from settlement.domain.issued import Issued
from settlement.domain.parties import Party
from settlement.workbooks.specs import DOCUMENT_LINES, DOCUMENTS, INVOICE_DATA

Rows = Iterator[Mapping[str, Any]]


def write_invoice_data(documents: Iterable[Issued], target: BinaryIO, zone: ZoneInfo) -> None:
    """The workbook: a row for each document, and one for each of its lines."""
    held = list(documents)
    rows = {DOCUMENTS.name: document_rows(held), DOCUMENT_LINES.name: line_rows(held)}
    write_bulk(INVOICE_DATA, rows, target, zone=zone)


def write_documents_csv(documents: Iterable[Issued], target: BinaryIO) -> None:
    write_csv(DOCUMENTS, document_rows(documents), target, for_people=True)


def write_lines_csv(documents: Iterable[Issued], target: BinaryIO) -> None:
    write_csv(DOCUMENT_LINES, line_rows(documents), target, for_people=True)


def document_rows(documents: Iterable[Issued]) -> Rows:
    """A row for each document."""
    for each in documents:
        yield {
            "number": each.number,
            "type": each.type.label,
            "issued_on": each.issued_on,
            "supply_from": each.supply_from,
            "supply_to": each.supply_to,
            "buyer": each.buyer.name,
            "buyer_vat": _vat(each.buyer),
            "seller": each.seller.name,
            "seller_number": each.seller.company_number or None,
            "seller_vat": _vat(each.seller),
            "seller_address": ", ".join(each.seller.address_lines) or None,
            "currency": each.currency,
            "net": each.net,
            "vat_rate": each.vat_rate,
            "vat": each.vat,
            "gross": each.gross,
            "payment_reference": each.paid_reference or each.payment_reference,
            "paid_on": each.paid_on,
        }


def line_rows(documents: Iterable[Issued]) -> Rows:
    """A row for each line of each document."""
    for each in documents:
        for line in each.lines:
            yield {
                "number": each.number,
                "line": line.place,
                "contract": line.contract,
                "month": month_code(line.month),
                "kind": line.kind,
                "quantity": line.quantity,
                "unit": line.unit or None,
                "net": line.net,
                "vat_rate": each.vat_rate,
            }


def _vat(party: Party) -> str | None:
    return vat_identifier(party.vat_number, party.country) or None
