"""Letters and documents in PDF: fonts, styles and the foot that all of them have."""

from collections.abc import Sequence
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

REGULAR, BOLD = "DejaVu", "DejaVu-Bold"
GREY, LINE = colors.HexColor("#495057"), colors.HexColor("#ced4da")
RIGHT = 2
"""The alignment of numbers."""


def write_pdf(story: Sequence[Flowable], target: BinaryIO, *, title: str, author: str) -> None:
    """Write the paragraphs and tables as a document in British English, its pages counted in the foot."""
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=title,
        author=author,
        lang="en-GB",
        invariant=1,
    )
    document.build(list(story), onFirstPage=_foot, onLaterPages=_foot)


def text(words: str, style: str) -> Paragraph:
    """A paragraph of plain text: whatever a name or comment holds, nothing of it is markup."""
    return Paragraph(escape(words).replace("\n", "<br/>"), _styles()[style])


def space(millimetres: int) -> Spacer:
    return Spacer(1, millimetres * mm)


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], numbers: int = 0
) -> Table:
    """A table of plain texts with a head that repeats, its widths in millimetres; the last ``numbers`` columns are set
    to the right."""
    first = len(heads) - numbers
    cells = [
        [text(cell, style if place < first else f"{style}-number") for place, cell in enumerate(row)]
        for style, row in [("head", heads), *(("cell", each) for each in rows)]
    ]
    look = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, GREY),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
    ]
    return Table(
        cells,
        colWidths=[each * mm for each in widths],
        repeatRows=1,
        style=TableStyle(look),
        hAlign="LEFT",
    )


@cache
def _styles() -> dict[str, ParagraphStyle]:
    _fonts()
    body = ParagraphStyle("body", fontName=REGULAR, fontSize=10, leading=14, spaceAfter=3 * mm)
    head = ParagraphStyle("head", parent=body, fontName=BOLD, fontSize=8, leading=10, spaceAfter=0)
    cell = ParagraphStyle("cell", parent=body, fontSize=8, leading=11, spaceAfter=0, splitLongWords=1)
    return {
        "body": body,
        "small": ParagraphStyle("small", parent=body, fontSize=8.5, leading=12, textColor=GREY),
        "name": ParagraphStyle("name", parent=body, fontName=BOLD, fontSize=12),
        "title": ParagraphStyle(
            "title", parent=body, fontName=BOLD, fontSize=14, leading=18, spaceBefore=2 * mm
        ),
        "heading": ParagraphStyle("heading", parent=body, fontName=BOLD, fontSize=11, spaceBefore=5 * mm),
        "head": head,
        "head-number": ParagraphStyle("head-number", parent=head, alignment=RIGHT),
        "cell": cell,
        "cell-number": ParagraphStyle("cell-number", parent=cell, alignment=RIGHT),
        "cell-bold": ParagraphStyle("cell-bold", parent=cell, fontName=BOLD),
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
