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
