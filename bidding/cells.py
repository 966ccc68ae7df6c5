"""Cells of the lists of bids, drawn for each row without a template. Texts are escaped here; what comes back is safe."""

from collections.abc import Callable
from html import escape
from typing import Any

from django.utils.safestring import SafeString

from marketplace.numbers import grouped_text, money_text, power_text
from marketplace.units import power_unit
from marketplace.web.addresses import address
from marketplace.web.cells import NOTHING, DueColumn, ref_html
from marketplace.web.figures import pill_html, track_html


def competition_html(row: Any) -> str:
    """A competition that the company has entered, with the way to its bids."""
    return _named(row.competition, address("bidding:competition", row.competition.pk))


def told_html(row: Any) -> str:
    """A competition in which the company has bid, with the way to what became of its bids once that is told."""
    if row.is_told:
        return _named(row.competition, address("bidding:outcome", row.competition.pk))
    return _named(row.competition, address("competitions:competition", row.competition.ref))


def _named(competition: Any, page: str) -> str:
    told = escape(competition.name)
    link = ref_html(page, competition.ref, f"{competition.name}, {competition.operator.name}")
    return f'{link} <span class="dim" title="{told}">{told}</span>'


def phase_html(row: Any) -> SafeString:
    """Where the competition stands."""
    return track_html(row.step)


def own_capacity_text(row: Any) -> str:
    """What the company may bid with."""
    return power_text(row.qualified_mw, power_unit(row.competition.power_type))


def own_result_html(row: Any) -> str:
    """How many of the company's bids are accepted."""
    if not row.bid_count:
        return NOTHING
    if row.accepted_count is not None:
        return f"{row.accepted_count} of {row.bid_count} accepted"
    return NOTHING if row.is_open else "Not confirmed yet"


def bid_button_html(row: Any) -> str:
    """The way to bid, while bidding is open."""
    if not row.is_open:
        return ""
    page = address("bidding:competition", row.competition.pk)
    return f'<a class="btn btn-sm" href="{page}" aria-label="Bid in {escape(row.competition.ref)}">Bid</a>'


def bidder_html(row: Any) -> str:
    """Whose bid it is, and in which ballot."""
    bid = row.bid
    split = f", split {bid.split}" if bid.split > 1 else ""
    ballot = f'<span class="dim small">ballot {escape(bid.ballot.label)}{split}</span>'
    return f'<span class="strong">{escape(str(bid.ballot.provider))}</span> {ballot}'


def decided_html(row: Any) -> str:
    """What was decided of a bid, and why it was rejected."""
    if row.ranked.is_accepted:
        return pill_html("Accepted", "green")
    reason, comment = str(row.bid.get_rejection_reason_display()), row.bid.rejection_comment
    told = escape(f"{reason}: {comment}" if comment else reason)
    return f'{pill_html("Rejected", "red")} <span class="small dim">{told}</span>'


def outcome_html(row: Any) -> SafeString:
    """What became of the company's bids."""
    return pill_html(row.result, row.colour)


def summed(text: Callable[[Any], str]) -> Callable[[Any], str]:
    """What draws a figure of the sums of a competition's bids, where there are any."""
    return lambda row: escape(text(row)) if row.sums else NOTHING


def count_of(name: str) -> Callable[[Any], str]:
    """What draws one of the counts of a competition's bids."""
    return summed(lambda row: grouped_text(getattr(row.sums, name)))


accepted_html = summed(lambda row: power_text(row.sums.capacity_mw, power_unit(row.competition.power_type)))
"""The accepted capacity at the largest window."""

cost_html = summed(lambda row: money_text(row.sums.cost, row.competition.operator.currency))
"""What the accepted bids cost."""


class ToldColumn(DueColumn):
    """When something was told; nothing before."""

    def render(self, value: Any, record: Any, table: Any) -> SafeString:
        """The date and the time, by the list's clock."""
        return super().render(value, record, table) if record.is_told else NOTHING
