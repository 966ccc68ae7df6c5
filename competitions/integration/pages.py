"""What competitions show on the start page and on an operator's public page."""

from accounts.enums import Role
from accounts.presenters.profile_parts import register_profile_parts
from competitions.presenters.panels import competitions_panel, profile_parts
from marketplace.web.dashboard import register_panel
from marketplace.web.navigation import register_destination

register_panel(competitions_panel)
register_profile_parts(profile_parts)
register_destination("Competitions", "competitions:list", "so", "fsp", "visitors")
register_destination("Areas", "competitions:areas", "so", role=Role.PROCUREMENT)
register_destination("Market data", "market_data:index", "visitors")
