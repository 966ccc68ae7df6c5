"""The pages of organisations and teams in the navigation."""

from accounts.enums import Role
from marketplace.web.navigation import register_destination

register_destination("Home", "accounts:home", "so", "fsp")
register_destination("Operators", "accounts:operators", "visitors")
register_destination("Team", "accounts:team", "so", "fsp", role=Role.ACCOUNT)
register_destination("Organisation", "accounts:organisation", "so", "fsp", role=Role.ACCOUNT)
