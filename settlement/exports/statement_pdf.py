"""A version of a statement as a document to read and file, in PDF."""

from functools import cache
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from marketplace.dates import moment_text, month_text
from marketplace.numbers import money_text
from settlement.models import StatementLine, StatementVersion

REGULAR, BOLD = "DejaVu", "DejaVu-Bold"
GREY, RULE = colors.HexColor("#495057"), colors.HexColor("#ced4da")
WIDTHS = (10 * mm, 30 * mm, 106 * mm, 28 * mm)


def write_pdf(version: StatementVersion, target: BinaryIO) -> None:
    """Parties, month, state, every line with the words that explain it, and the total."""
    _fonts()
    contract = version.statement.contract
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=f"Statement of {month_text(version.statement.month)}, {contract.competition.ref}",
        author=contract.buyer.name,
        lang="en-GB",
        invariant=1,
    )
    document.build(_story(version), onFirstPage=_foot, onLaterPages=_foot)


def _story(version: StatementVersion) -> list[Flowable]:
    statement, zone = version.statement, version.statement.contract.buyer.zone
    contract = statement.contract
    lines = list(version.lines.all())
    return [
        _text(contract.buyer.name, "name"),
        _text(f"{contract.seller.name}\n{contract.seller.registered_address}".strip(), "small"),
        Spacer(1, 6 * mm),
        _text(f"Statement of {month_text(statement.month)}", "title"),
        _text(
            f"{contract.competition.ref} {contract.competition.name}, {contract.period_name}, {contract.window_name}\n"
            f"Contract {contract.pk}\n"
            f"Version {version.number}, {version.get_state_display().lower()}, issued {moment_text(version.issued_at, zone)}\n"
            f"With the data of {moment_text(version.data_instant, zone)}, by the settlement terms {version.terms_version}",
            "body",
        ),
        _table(lines, version, contract.buyer.currency),
        Spacer(1, 6 * mm),
        _text(
            f"{version.complete_lines} of {version.line_count} lines stand on complete meter data. "
            f"Statement {statement.pk}. Digest of what it was worked out from: {version.digest}.",
            "small",
        ),
    ]


def _table(lines: list[StatementLine], version: StatementVersion, currency: str) -> Table:
    rows: list[list[Any]] = [
        [_text(name, "head") for name in ("Line", "Kind", "How it comes about", "Amount")]
    ]
    for line in lines:
        dispatch = "" if line.dispatch is None else f"{line.dispatch.ref}: "
        told = f"{dispatch or ''}{line.words or line.reference}"
        if not line.dispatch and line.reference and not line.corrects_id:
            told = f"{line.reference}: {told}"
        told += "" if line.is_complete else "\nIncomplete meter data"
        rows.append(
            [
                _text(str(line.place), "cell"),
                _text(line.kind, "cell"),
                _text(told, "cell"),
                _text(money_text(line.amount, currency), "amount"),
            ]
        )
    rows.append(["", "", _text("Total", "total"), _text(money_text(version.total, currency), "sum")])
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, GREY),
        ("LINEBELOW", (0, 1), (-1, -2), 0.3, RULE),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, GREY),
    ]
    return Table(rows, colWidths=WIDTHS, repeatRows=1, style=TableStyle(style), hAlign="LEFT")


def _text(text: str, style: str) -> Paragraph:
    """A paragraph of plain text: whatever a name or reason holds, nothing of it is markup."""
    return Paragraph(escape(text).replace("\n", "<br/>"), _styles()[style])


@cache
def _styles() -> dict[str, ParagraphStyle]:
    body = ParagraphStyle("body", fontName=REGULAR, fontSize=10, leading=14, spaceAfter=3 * mm)
    cell = ParagraphStyle("cell", parent=body, fontSize=8, leading=11, spaceAfter=0, splitLongWords=1)
    return {
        "body": body,
        "small": ParagraphStyle("small", parent=body, fontSize=8.5, leading=12, textColor=GREY),
        "name": ParagraphStyle("name", parent=body, fontName=BOLD, fontSize=12),
        "title": ParagraphStyle("title", parent=body, fontName=BOLD, fontSize=14, leading=18),
        "head": ParagraphStyle("head", parent=cell, fontName=BOLD),
        "cell": cell,
        "amount": ParagraphStyle("amount", parent=cell, alignment=2),
        "total": ParagraphStyle("total", parent=cell, fontName=BOLD),
        "sum": ParagraphStyle("sum", parent=cell, fontName=BOLD, alignment=2),
    }


@cache
def _fonts() -> None:
    folder = settings.BASE_DIR / "static" / "vendor" / "dejavu"
    pdfmetrics.registerFont(TTFont(REGULAR, folder / "DejaVuSansCondensed.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, folder / "DejaVuSansCondensed-Bold.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def _foot(canvas: Any, document: Any) -> None:
    canvas.saveState()
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(GREY)
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"{document.title}, page {document.page}")
    canvas.restoreState()
