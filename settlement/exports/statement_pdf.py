"""A version of a statement as a document to read and file, in PDF."""

from typing import BinaryIO

from marketplace import pdf
from marketplace.dates import moment_text, month_text
from marketplace.numbers import money_text
from settlement.models import StatementLine, StatementVersion

HEADS = ("Line", "Kind", "How it comes about", "Amount")
WIDTHS = (10, 30, 106, 28)


def write_statement_letter(version: StatementVersion, target: BinaryIO) -> None:
    """Parties, month, state, every line with the words that explain it, and the total."""
    statement = version.statement
    contract, zone = statement.contract, statement.contract.buyer.zone
    currency = contract.buyer.currency
    lines = version.lines.select_related("dispatch").order_by("place")
    story = [
        pdf.text(contract.buyer.name, "name"),
        pdf.text(f"{contract.seller.name}\n{contract.seller.registered_address}".strip(), "small"),
        pdf.space(6),
        pdf.text(f"Statement of {month_text(statement.month)}", "title"),
        pdf.text(
            f"{contract.competition.ref} {contract.competition.name}, {contract.period_name}, {contract.window_name}\n"
            f"Contract {contract.pk}\n"
            f"Version {version.number}, {version.get_state_display().lower()}, issued {moment_text(version.issued_at, zone)}\n"
            f"With the data of {moment_text(version.data_instant, zone)}, by the settlement terms {version.terms_version}",
            "body",
        ),
        pdf.table(HEADS, [_row(each, currency) for each in lines], WIDTHS, numbers=1),
        pdf.text(f"Total: {money_text(version.total, currency)}", "heading"),
        pdf.text(
            f"{version.complete_lines} of {version.line_count} lines stand on complete meter data. "
            f"Statement {statement.pk}. Digest of what it was worked out from: {version.digest}.",
            "small",
        ),
    ]
    title = f"Statement of {month_text(statement.month)}, {contract.competition.ref}"
    pdf.write_pdf(story, target, title=title, author=contract.buyer.name)


def _row(line: StatementLine, currency: str) -> list[str]:
    told = line.words or line.reference
    if line.corrects_id is None:
        told = f"{line.dispatch.ref if line.dispatch is not None else line.reference}: {told}"
    if not line.is_complete:
        told += "\nIncomplete meter data"
    return [str(line.place), line.kind, told, money_text(line.amount, currency)]
