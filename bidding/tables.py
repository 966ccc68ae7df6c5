"""The lists of bids: a provider's competitions and an operator's decisions."""

from marketplace.web.lists import Column, List, MomentColumn, NumberColumn


class EnteredCompetitions(List):
    """The competitions that a provider has entered, with its own bids."""

    caption = "Competitions that you have entered"
    file_name = "bids"

    competition = Column("Competition", accessor="competition__ref", sort=("ref",))
    phase = Column("Phase", accessor="phase__label")
    bidding_close = MomentColumn(
        "Bidding closes", accessor="competition__bidding_close", sort=("bidding_close", "ref")
    )
    capacity = NumberColumn("Your capacity", accessor="qualified_mw", file_title="Your capacity (MW or MVAr)")
    ballots = NumberColumn("Ballots", accessor="ballot_count")
    bids = NumberColumn("Bids", accessor="bid_count")
    result = Column("Result")
    act = Column("Open", unseen=True)


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


class ClosedCompetitions(List):
    """An operator's competitions whose bidding has closed, with bids."""

    caption = "Competitions with bids"
    file_name = "decisions"

    competition = Column("Competition", accessor="competition__ref", sort=("ref",))
    bidding_close = MomentColumn(
        "Bidding closed", accessor="competition__bidding_close", sort=("bidding_close", "ref")
    )
    bidders = NumberColumn("Bidders", accessor="bidders")
    bids = NumberColumn("Bids", accessor="bids")
    undecided = NumberColumn("Undecided", accessor="undecided")
    accepted = NumberColumn("Accepted", accessor="accepted")
    rejected = NumberColumn("Rejected", accessor="rejected")
    confirmed = MomentColumn("Confirmed", accessor="competition__confirmed_at", sort=("confirmed_at", "ref"))


class CompetitionsWithoutBids(List):
    """An operator's competitions whose bidding has closed without a bid."""

    caption = "Competitions without bids"
    page_name = "empty"
    sort_name = "sort_empty"

    ref = Column("Competition")
    bidding_close = MomentColumn("Bidding closed", accessor="bidding_close")
    confirmed = Column("Confirmed")
