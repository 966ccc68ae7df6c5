"""The files of documents, made by the workers; an invoice run is one, since it ends in the workbook of what it made."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from accounts.models import Member
from marketplace.dates import month_code, named_month
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from settlement.domain.document_queries import documents_of, named_documents, with_lines
from settlement.domain.invoicing import make_documents
from settlement.domain.issued import Issued, issued
from settlement.enums import DocumentType
from settlement.exports.invoice_data import write_documents_csv, write_invoice_data, write_lines_csv
from settlement.exports.ubl import write_ubl

_DIGEST = re.compile(r"[0-9a-f]{64}")
ZIP_TIME = (2020, 1, 1, 0, 0, 0)
"""Of every file of an archive, so that the same documents make the same bytes."""


def run_invoices(context: JobContext[Member], target: BinaryIO) -> str:
    """Make the documents of ``params["month"]`` as the plan with the digest ``params["seen"]`` showed them; writes the
    workbook of them."""
    month, seen = _month(context), str(context.params.get("seen", ""))
    if not _DIGEST.fullmatch(seen):
        raise Refused("Open the month's page and start the run from there: it makes what the page shows.")
    made = make_documents(by=context.member, month=month, seen=seen, now=context.now)
    documents = with_lines(named_documents(context.member, [each.pk for each in made]))
    zone = context.member.organisation.zone
    write_invoice_data(map(issued, documents), target, zone)
    return f"invoice_data_{month_code(month)}.xlsx"


def write_month(context: JobContext[Member], target: BinaryIO) -> str:
    """The documents of a month as a workbook."""
    month, documents = _of_month(context)
    write_invoice_data(documents, target, context.member.organisation.zone)
    return f"invoice_data_{month_code(month)}.xlsx"


def write_month_documents(context: JobContext[Member], target: BinaryIO) -> str:
    """The sheet of documents of a month as CSV."""
    month, documents = _of_month(context)
    write_documents_csv(documents, target)
    return f"documents_{month_code(month)}.csv"


def write_month_lines(context: JobContext[Member], target: BinaryIO) -> str:
    """The sheet of their lines as CSV."""
    month, documents = _of_month(context)
    write_lines_csv(documents, target)
    return f"document_lines_{month_code(month)}.csv"


def write_month_archive(context: JobContext[Member], target: BinaryIO) -> str:
    """All of a month: the workbook, both CSV files, and each document as PDF and UBL."""
    month, documents = _of_month(context)
    zone = context.member.organisation.zone
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "invoice_data.xlsx", lambda file: write_invoice_data(documents, file, zone))
        _add(archive, "documents.csv", lambda file: write_documents_csv(documents, file))
        _add(archive, "document_lines.csv", lambda file: write_lines_csv(documents, file))
        for place, each in enumerate(documents, 1):
            _add(archive, f"{each.number}.pdf", partial(_write_pdf, each))
            if each.type is not DocumentType.REMITTANCE_ADVICE:
                _add(archive, f"{each.number}.xml", partial(write_ubl, each))
            context.progress(place, len(documents))
    return f"documents_{month_code(month)}.zip"


def write_one_pdf(context: JobContext[Member], target: BinaryIO) -> str:
    """A document as PDF."""
    document = _document(context)
    _write_pdf(document, target)
    return f"{document.number}.pdf"


def write_one_ubl(context: JobContext[Member], target: BinaryIO) -> str:
    """A document as EN 16931 invoice in UBL."""
    document = _document(context)
    write_ubl(document, target)
    return f"{document.number}.xml"


def _write_pdf(document: Issued, target: BinaryIO) -> None:
    # Loaded by the first that is written, not at each start.
    from settlement.exports.document_pdf import write_document

    write_document(document, target)


def _add(archive: zipfile.ZipFile, name: str, write: Callable[[BinaryIO], Any]) -> None:
    held = BytesIO()
    write(held)
    info = zipfile.ZipInfo(name, ZIP_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, held.getvalue())


def _month(context: JobContext[Member]) -> date:
    try:
        return named_month(str(context.params.get("month", "")))
    except ValueError:
        raise Refused("Name the month, such as 2026-06.") from None


def _of_month(context: JobContext[Member]) -> tuple[date, list[Issued]]:
    month = _month(context)
    documents = with_lines(documents_of(context.member).filter(month=month)).order_by("number")
    found = [issued(each) for each in documents]
    if not found:
        raise Refused("There is no document of this month.")
    return month, found


def _document(context: JobContext[Member]) -> Issued:
    try:
        wanted = UUID(str(context.params.get("document", "")))
    except ValueError:
        raise Refused("Your organisation has no such document.") from None
    found = with_lines(named_documents(context.member, [wanted])).first()
    if found is None:
        raise Refused("Your organisation has no such document.")
    return issued(found)
