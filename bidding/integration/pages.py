"""What bidding shows on the start page, in the navigation and on a competition's page."""

from accounts.enums import Role
from bidding.domain.ballots.kept_drafts import drafts_of
from bidding.domain.queries import (
    competitions_proposed,
    competitions_to_confirm,
    competitions_without_a_ballot,
)
from bidding.presenters import competition_columns as told
from bidding.presenters import competition_part, home, search, todo
from bidding.presenters.links import bidding_link
from competitions.presenters.columns import Extra, register_extra, register_standing
from competitions.presenters.links import register_link
from competitions.presenters.tabs import BIDS, TabPart, register_part, register_quantities
from marketplace.web.home import register_home_part
from marketplace.web.navigation import register_destination
from marketplace.web.search import register_finder
from marketplace.web.todo import register_todo

register_todo(todo.bids, competitions_without_a_ballot)
register_todo(todo.drafts, lambda member, now: drafts_of(member), is_personal=True)
register_todo(todo.decisions, competitions_to_confirm)
register_todo(todo.second_confirmations, competitions_proposed, is_personal=True)
register_home_part(home.cover, "so", "side", 20)
register_home_part(home.where_i_take_part, "fsp", "side", 20)
register_link(bidding_link)
register_part(TabPart(BIDS, competition_part.is_for, competition_part.count, competition_part.make))
register_quantities(competition_part.quantities)
register_destination("Confirm results", "bidding:decisions", "so", role=Role.BIDS, count=home.confirm_count)
register_destination("Bids", "bidding:list", "fsp", role=Role.BIDS, count=home.bids_count)
register_destination("View results", "bidding:confirmed", "so", role=Role.BIDS)
register_destination("Results", "bidding:results", "fsp")
register_finder(search.bids, 40)
register_standing(2, told.own_bids)
ROUND = frozenset({"round"})
for name, title, cells, series, unit in (
    ("offered", "Offered", told.offered, "", "MW"),
    ("accepted", "Accepted", told.accepted, "accepted", "MW"),
    ("cost", "Cost", told.cost, "", "£"),
):
    register_extra(Extra(name, title, "so", ROUND, cells, series=series, unit=unit, role=Role.BIDS))  # type: ignore[arg-type]
