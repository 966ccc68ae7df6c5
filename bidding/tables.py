"""The lists of bids: a provider's competitions and an operator's decisions."""

from collections.abc import Sequence
from decimal import Decimal

from bidding.cells import (
    ToldColumn,
    accepted_html,
    bid_button_html,
    bidder_html,
    competition_html,
    cost_html,
    count_of,
    decided_html,
    outcome_html,
    own_capacity_text,
    own_result_html,
    phase_html,
    told_html,
)
from marketplace.numbers import power_text, rounded_text
from marketplace.units import price_unit
from marketplace.web.cells import DueColumn
from marketplace.web.lists import Column, List, MomentColumn, NumberColumn


class PriceColumn(NumberColumn):
    """A price or cost, with its pence."""

    def render(self, value: Decimal) -> str:
        """With two decimals."""
        return rounded_text(value, 2)


def price_columns(prices: Sequence[str], currency: str) -> list[tuple[str, PriceColumn]]:
    """A column for each price that a competition's bids carry, headed by its unit."""
    return [(name, PriceColumn(price_unit(name, currency), accessor=f"bid__{name}")) for name in prices]


class EnteredCompetitions(List):
    """The competitions that a provider has entered, with its own bids."""

    caption = "Competitions that you have entered"
    nouns = ("competition", "competitions")
    css = "tbl is-tight rows-phone one-line"
    file_name = "bids"

    competition = Column(
        "Competition",
        accessor="competition__ref",
        sort=("ref",),
        head=True,
        css="name",
        phone="wide",
        draw=competition_html,
    )
    phase = Column("Phase", accessor="phase__label", draw=phase_html)
    bidding_close = DueColumn(
        "Bidding closes",
        accessor="competition__bidding_close",
        sort=("bidding_close", "ref"),
        must_act="is_open",
    )
    capacity = NumberColumn(
        "Your capacity",
        accessor="qualified_mw",
        file_title="Your capacity (MW or MVAr)",
        draw=own_capacity_text,
    )
    ballots = NumberColumn("Ballots", accessor="ballot_count")
    bids = NumberColumn("Bids", accessor="bid_count")
    result = Column("Result", draw=own_result_html)
    act = Column("Open", unseen=True, draw=bid_button_html)


class OwnBallots(List):
    """A provider's ballots in a competition, with what each adds up to."""

    caption = "Table of your ballots"
    page_name = "ballots"
    sort_name = "sort_ballots"
    nothing = "No ballots yet."

    ballot = Column("Ballot", head=True)
    state = Column("State")
    assets = NumberColumn("Assets", accessor="ballot__asset_count")
    capacity = Column("Assets' capacity", number=True)
    windows = NumberColumn("Windows bid", accessor="totals__windows")
    bids = NumberColumn("Bids", accessor="totals__bids")
    cost = Column("Expected", number=True)
    result = Column("Result")
    changed = MomentColumn("Last changed", accessor="ballot__changed_at")
    act = Column("Open", unseen=True)


class OwnBids(List):
    """A provider's bids in a competition, ballot by ballot."""

    caption = "Bids by ballot and service window"
    per_page = 50
    page_name = "bids"
    sort_name = "sort_bids"
    nothing = "No bids yet."
    file_name = "bids"

    ballot = Column("Ballot", accessor="bid__ballot__label")
    window = Column("Service window", accessor="bid__window")
    capacity = NumberColumn("Capacity", accessor="bid__capacity_mw", file_title="Capacity (MW or MVAr)")
    run_time = Column("Run time", number=True)
    price = Column("Price", number=True)
    cost = NumberColumn("Expected", accessor="cost")
    result = Column("Result", accessor="label")


class CompetitionsTold(List):
    """The competitions in which a provider has bid and bidding has closed, with what became of its bids."""

    caption = "Results of your bids"
    nouns = ("competition", "competitions")
    css = "tbl is-tight rows-phone one-line"
    file_name = "results"
    nothing = "None of these."

    competition = Column(
        "Competition",
        accessor="competition__ref",
        sort=("ref",),
        head=True,
        css="name",
        phone="wide",
        draw=told_html,
    )
    result = Column("Result", accessor="result", phone="right", draw=outcome_html)
    told = ToldColumn("Confirmed", accessor="competition__confirmed_at", sort=("confirmed_at", "ref"))
    bids = NumberColumn("Bids", accessor="sums__bids", draw=count_of("bids"))
    accepted = NumberColumn("Accepted", accessor="sums__accepted", draw=count_of("accepted"))
    capacity = NumberColumn(
        "MW accepted",
        accessor="sums__capacity_mw",
        file_title="Accepted capacity (MW or MVAr)",
        draw=accepted_html,
    )
    cost = NumberColumn("Expected", accessor="sums__cost", file_title="Expected revenue", draw=cost_html)


class ToldBids(List):
    """A provider's bids in a confirmed competition: place, what the window cleared at, decision and why."""

    caption = "Your bids and their results"
    nouns = ("bid", "bids")
    per_page = 50
    file_name = "result"
    nothing = "None of these."

    window = Column("Service window", accessor="bid__window", head=True, phone="wide")
    capacity = NumberColumn("Capacity", accessor="bid__capacity_mw", file_title="Capacity (MW or MVAr)")
    per_mw = PriceColumn("Per MW", accessor="per_mw", file_title="Cost per MW or MVAr")
    dearest = PriceColumn(
        "Dearest accepted", accessor="dearest_per_mw", file_title="Dearest accepted, per MW or MVAr"
    )
    place = Column("Place", accessor="place_text", number=True)
    cost = PriceColumn("Expected", accessor="cost", file_title="Expected cost")
    result = Column("Result", accessor="result_text", phone="wide")


class ConfirmedCompetitions(List):
    """An operator's competitions with results, the latest first."""

    caption = "Results of your competitions"
    nouns = ("competition", "competitions")
    css = "tbl is-tight rows-phone one-line"
    file_name = "results"
    nothing = "None of these."

    competition = Column(
        "Competition", accessor="competition__ref", sort=("ref",), head=True, css="name", phone="wide"
    )
    round_name = Column("Round", accessor="competition__round_name", sort=("round_name", "ref"), hidden=True)
    result = Column("Result", accessor="result", phone="right")
    confirmed = MomentColumn("Confirmed", accessor="competition__confirmed_at", sort=("confirmed_at", "ref"))
    bidders = NumberColumn("Bidders", accessor="sums__bidders")
    bids = NumberColumn("Bids", accessor="sums__bids")
    accepted = NumberColumn("Accepted", accessor="sums__accepted")
    required = NumberColumn("Required", accessor="required_mw", file_title="Required (MW or MVAr)")
    cover = Column("Against what is required", unseen=True, css="w-bar", phone="hide")
    capacity = NumberColumn(
        "MW accepted", accessor="sums__capacity_mw", file_title="Accepted capacity (MW or MVAr)"
    )
    cost = NumberColumn("Cost", accessor="sums__cost", file_title="Expected cost")


class ResultBids(List):
    """All bids of a confirmed competition, for its operator."""

    caption = "Bids and their results"
    nouns = ("bid", "bids")
    per_page = 50
    file_name = "bids"
    nothing = "None of these."

    bidder = Column(
        "Bidder", accessor="bid__ballot__provider__name", head=True, phone="wide", draw=bidder_html
    )
    window = Column("Service window", accessor="bid__window", phone="wide")
    capacity = NumberColumn(
        "Capacity",
        accessor="bid__capacity_mw",
        file_title="Capacity (MW or MVAr)",
        draw=lambda row: power_text(row.bid.capacity_mw, row.unit),
    )
    per_mw = PriceColumn("Per MW", accessor="per_mw", file_title="Cost per MW or MVAr")
    place = Column("Place", accessor="place_text", number=True)
    cost = PriceColumn("Cost", accessor="cost", file_title="Expected cost")
    result = Column("Result", accessor="result_text", phone="wide", draw=decided_html)


class ClosedCompetitions(List):
    """An operator's competitions with bids that wait for decisions or for confirmation."""

    caption = "Competitions with bids"
    nouns = ("competition", "competitions")
    css = "tbl is-tight rows-phone one-line"
    file_name = "decisions"

    competition = Column(
        "Competition", accessor="competition__ref", sort=("ref",), head=True, css="name", phone="wide"
    )
    round_name = Column("Round", accessor="competition__round_name", sort=("round_name", "ref"))
    bidding_close = MomentColumn(
        "Bidding closed", accessor="competition__bidding_close", sort=("bidding_close", "ref")
    )
    bidders = NumberColumn("Bidders", accessor="bidders")
    bids = NumberColumn("Bids", accessor="bids")
    undecided = NumberColumn("Open", accessor="undecided", file_title="Undecided")
    accepted = NumberColumn("Accepted", accessor="accepted")
    rejected = NumberColumn("Rejected", accessor="rejected")
    act = Column("Next", unseen=True, phone="wide")


class CompetitionsWithoutBids(List):
    """An operator's competitions whose bidding has closed without a bid, to confirm without an award."""

    caption = "Competitions without bids"
    page_name = "empty"
    sort_name = "sort_empty"

    ref = Column("Competition", head=True)
    bidding_close = MomentColumn("Bidding closed", accessor="bidding_close")
    act = Column("Next", unseen=True)
