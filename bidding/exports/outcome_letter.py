"""The outcome as a letter to the bidder, in PDF."""

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

from accounts.models import Organisation
from bidding.domain.results.outcomes import Outcome, OutcomeLine
from bidding.models import Bid
from marketplace.units import PER, power_unit
from marketplace.web.templatetags.marketplace import megawatts, moment, money

REGULAR, BOLD = "DejaVu", "DejaVu-Bold"
GREY = colors.HexColor("#495057")
WIDTHS = (44 * mm, 20 * mm, 30 * mm, 40 * mm, 40 * mm)


def write_letter(outcome: Outcome, to: Organisation, target: BinaryIO) -> None:
    """Write the letter of a confirmed competition's operator to the company ``to``."""
    _fonts()
    competition = outcome.competition
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=f"Outcome of {competition.ref}",
        author=competition.operator.name,
        lang="en-GB",
    )
    document.build(_story(outcome, to), onFirstPage=_foot, onLaterPages=_foot)


def _story(outcome: Outcome, to: Organisation) -> list[Flowable]:
    competition, operator = outcome.competition, outcome.competition.operator
    contact = competition.contact_email or operator.contact_email
    story: list[Flowable] = [
        _text(operator.name, "name"),
        _text(f"{to.name}\n{to.registered_address}".strip(), "small"),
        Spacer(1, 6 * mm),
        _text(moment(competition.confirmed_at, operator.zone), "small"),
        _text(f"Outcome of {competition.ref}: {competition.name}", "title"),
        _text(summary(outcome), "body"),
    ]
    for heading, lines in (("Accepted bids", outcome.accepted), ("Rejected bids", outcome.rejected)):
        if lines:
            story += [_text(heading, "heading"), _table(lines, outcome)]
    story += [
        Spacer(1, 6 * mm),
        _text(
            "The place is that of the bid among all bids for its service window, the cheapest per MW first. "
            "Each accepted bid is a contractual obligation, which you find with its terms under Contracts.",
            "small",
        ),
        _text(f"Questions about this outcome: {contact}", "small"),
    ]
    return story


def summary(outcome: Outcome) -> str:
    """The outcome in a sentence or two."""
    competition = outcome.competition
    accepted, total = len(outcome.accepted), len(outcome.lines)
    if not accepted:
        none = "Your bid was not accepted." if total == 1 else f"None of your {total} bids was accepted."
        return f"{none} Why stands below."
    power = str(megawatts(outcome.accepted_mw, competition.power_type))
    cost = money(outcome.accepted_cost, competition.operator.currency)
    which = (
        "Your bid was"
        if total == 1
        else f"{accepted} of your {total} bids {'was' if accepted == 1 else 'were'}"
    )
    return f"{which} accepted: {power} summed over windows, at an expected cost of {cost}."


def _table(lines: tuple[OutcomeLine, ...], outcome: Outcome) -> Table:
    currency, power = outcome.competition.operator.currency, outcome.competition.power_type
    rows: list[list[Any]] = [
        [_text(name, "head") for name in ("Service window", "Capacity", "Price", "Place", "Reason")]
    ]
    for line in lines:
        cells = (
            f"{line.bid.window.period.name}\n{line.bid.window.name}",
            str(megawatts(line.bid.capacity_mw, power)),
            prices(line.bid, currency),
            place(line, outcome),
            reason(line.bid) or "Accepted",
        )
        rows.append([_text(cell, "cell") for cell in cells])
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, GREY),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.HexColor("#ced4da")),
    ]
    return Table(rows, colWidths=WIDTHS, repeatRows=1, style=TableStyle(style), hAlign="LEFT")


def place(line: OutcomeLine, outcome: Outcome) -> str:
    """The place in the merit order, the bid's cost per MW, and that of the dearest bid that was accepted."""
    currency, unit = outcome.competition.operator.currency, power_unit(outcome.competition.power_type)
    told = [line.place_text, f"{money(line.per_mw, currency)} per {unit}"]
    if line.dearest_per_mw is not None:
        told.append(f"dearest accepted {money(line.dearest_per_mw, currency)}")
    return "\n".join(told)


def prices(bid: Bid, currency: str) -> str:
    """The bid's prices, a line each."""
    return "\n".join(
        f"{money(getattr(bid, name), currency)} {per}"
        for name, per in PER.items()
        if getattr(bid, name) is not None
    )


def reason(bid: Bid) -> str:
    """Why the bid was rejected; empty for an accepted one."""
    if not bid.rejection_reason:
        return ""
    comment = f": {bid.rejection_comment}" if bid.rejection_comment else ""
    return f"{bid.get_rejection_reason_display()}{comment}"


def _text(text: str, style: str) -> Paragraph:
    """A paragraph of plain text: whatever a name or comment holds, nothing of it is markup."""
    return Paragraph(escape(text).replace("\n", "<br/>"), _styles()[style])


@cache
def _styles() -> dict[str, ParagraphStyle]:
    body = ParagraphStyle("body", fontName=REGULAR, fontSize=10, leading=14, spaceAfter=3 * mm)
    return {
        "body": body,
        "small": ParagraphStyle("small", parent=body, fontSize=8.5, leading=12, textColor=GREY),
        "name": ParagraphStyle("name", parent=body, fontName=BOLD, fontSize=12),
        "title": ParagraphStyle(
            "title", parent=body, fontName=BOLD, fontSize=14, leading=18, spaceBefore=2 * mm
        ),
        "heading": ParagraphStyle("heading", parent=body, fontName=BOLD, fontSize=11, spaceBefore=5 * mm),
        "head": ParagraphStyle("head", parent=body, fontName=BOLD, fontSize=8, leading=10, spaceAfter=0),
        "cell": ParagraphStyle("cell", parent=body, fontSize=8, leading=11, spaceAfter=0, splitLongWords=1),
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
