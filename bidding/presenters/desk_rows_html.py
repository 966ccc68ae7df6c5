"""The rows of the decision desk as HTML: fifty bids with their fields, which a template draws too slowly."""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

from bidding.enums import Decision
from bidding.presenters.desk import Desk, DeskRow
from competitions.models import Competition
from marketplace.numbers import power_text, rounded_text
from marketplace.units import currency_sign, power_unit
from marketplace.web.figures import pill_html
from marketplace.web.icons import icon_html

ADVICE = {
    True: f'<span class="pill green">{icon_html("check")}In</span>',
    False: f'<span class="pill">{icon_html("x")}Out</span>',
}
DECIDED = {
    Decision.ACCEPTED: ("Accepted", "green"),
    Decision.REJECTED: ("Rejected", "red"),
    Decision.UNDECIDED: ("Open", ""),
}


@dataclass(frozen=True)
class _Common:
    """What all rows of a page share; the addresses are those to which a decision is sent."""

    unit: str
    sign: str
    places: int
    can_decide: bool
    chosen: Collection[str]
    accept: str
    reopen: str


def rows_html(
    desk: Desk, competition: Competition, *, can_decide: bool, chosen: Collection[str], at: str
) -> SafeString:
    """The rows of the bids shown; ``chosen`` are the ids ticked, ``at`` what leads back to this window and
    page."""
    common = _Common(
        unit=power_unit(competition.power_type),
        sign=escape(currency_sign(competition.operator.currency)),
        places=desk.places,
        can_decide=can_decide,
        chosen=chosen,
        accept=escape(reverse("bidding:accept", args=[competition.pk]) + at),
        reopen=escape(reverse("bidding:reopen", args=[competition.pk]) + at),
    )
    return SafeString("\n".join(_row(row, common) for row in desk.rows))


def _row(row: DeskRow, common: _Common) -> str:
    bid, key = row.bid, row.key
    bidder = escape(str(bid.ballot.provider))
    what = f"{bidder}, {power_text(bid.capacity_mw, common.unit)}"
    box, decision = "", pill_html(*DECIDED[row.decision])
    if common.can_decide:
        ticked = " checked" if key in common.chosen else ""
        box = (
            f'<td class="p-hide"><input type="checkbox" class="check bid-box" form="chosen" name="bids" '
            f'value="{key}"{ticked} aria-label="Choose the bid of {what}"></td>'
        )
        decision = SafeString(_choice(row, what, common))
    shown = ' class="is-on"' if row.is_chosen else ""
    split = f", split {bid.split}" if bid.split > 1 else ""
    return (
        f'<tr id="bid-{key}"{shown}>{box}<th scope="row" class="name p-wide">'
        f'<a id="open-{key}" data-bid href="?bid={key}#bid-{key}" title="{bidder}">{bidder}</a> '
        f'<span class="dim small">ballot {escape(bid.ballot.label)}{split}</span></th>'
        f"{_figures(row, common)}"
        f'<td class="p-right" title="{escape(row.reason)}">{ADVICE[row.is_recommended]}</td>'
        f'<td class="p-wide">{decision}</td></tr>'
    )


def _figures(row: DeskRow, common: _Common) -> str:
    prices = "".join(
        f'<td class="num p-right" data-l="{common.sign}">{"" if price is None else rounded_text(price, 2)}</td>'
        for price in row.prices
    )
    missing = "" if row.is_estimated else '<span class="blk small dim">utilisation not estimated</span>'
    return (
        f'<td class="num" data-l="{common.unit}">{rounded_text(row.bid.capacity_mw, common.places)}</td>{prices}'
        f'<td class="num p-hide">{rounded_text(row.cost_per_mw, 2)}</td>'
        f'<td class="num" data-l="Cost">{rounded_text(row.cost, 2)}{missing}</td>'
    )


def _choice(row: DeskRow, what: str, common: _Common) -> str:
    """The three buttons of a decision, and the state that the page shows."""
    options = "".join(
        f'<label class="{css}"><input type="radio" form="chosen" id="{start}-{row.key}" '
        f'name="decision-{row.key}" value="{decision.value}"{posted}'
        f"{' checked' if row.decision is decision else ''}>{word}</label>"
        for decision, css, start, word, posted in (
            (Decision.ACCEPTED, "yes", "yes", "Accept", f' data-post="{common.accept}"'),
            (Decision.REJECTED, "no", "no", "Reject", ""),
            (Decision.UNDECIDED, "open", "undecided", "Open", f' data-post="{common.reopen}"'),
        )
    )
    return (
        f'<span class="decide" role="radiogroup" aria-label="Decision on {what}">{options}</span>'
        f'<input type="hidden" form="chosen" name="shown-{row.key}" value="{row.decision.value}">'
        f'<input type="hidden" form="chosen" name="seen" value="{row.seen}">'
    )
