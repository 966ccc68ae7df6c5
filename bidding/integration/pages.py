"""What bidding shows on the start page and on a competition's page."""

from accounts.enums import Role
from bidding.presenters import competition_part
from bidding.presenters.links import bidding_link
from bidding.presenters.panels import bids_panel, decisions_panel
from competitions.presenters.links import register_link
from competitions.presenters.tabs import BIDS, TabPart, register_part, register_quantities
from marketplace.web.dashboard import register_panel
from marketplace.web.navigation import register_destination

register_panel(bids_panel)
register_panel(decisions_panel)
register_link(bidding_link)
register_destination("Confirm results", "bidding:decisions", "so", role=Role.BIDS)
register_destination("Bids", "bidding:list", "fsp", role=Role.BIDS)
register_part(TabPart(BIDS, competition_part.is_for, competition_part.count, competition_part.make))
register_quantities(competition_part.quantities)
