"""What documents tell the kernel and the other apps: files, notifications, navigation, to-do items, search."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, register_file
from marketplace.notifications import declare
from marketplace.web.navigation import register_destination
from marketplace.web.search import register_finder
from marketplace.web.todo import register_todo
from settlement.domain.document_notifications import KINDS
from settlement.domain.document_queries import agreements_to_answer
from settlement.exports import document_files as files
from settlement.presenters import document_todo

declare(*KINDS)
register_destination("Invoices", "settlement:documents", "so", "fsp", role=Role.CONTRACTS)
register_todo(document_todo.invoice_runs)
register_todo(document_todo.agreements, lambda member, now: agreements_to_answer(member))
register_finder(document_todo.documents, 47)
register_file(
    FileKind(
        "settlement.invoice_run",
        "Invoice run",
        files.run_invoices,
        role=Role.CONTRACTS,
        audience="so",
        may_go=False,  # it tells what the run did
    )
)
for name, title, write in (
    ("invoice_data", "Invoice data", files.write_month),
    ("documents_csv", "Documents as CSV", files.write_month_documents),
    ("document_lines_csv", "Document lines as CSV", files.write_month_lines),
    ("documents_zip", "All documents of a month", files.write_month_archive),
    ("document_pdf", "Document as PDF", files.write_one_pdf),
    ("document_ubl", "Document as UBL", files.write_one_ubl),
):
    register_file(FileKind(f"settlement.{name}", title, write, role=Role.CONTRACTS))
