"""The pages of organisations and teams in the top bar."""

from accounts.enums import Role
from marketplace.web.navigation import register_destination

register_destination("Operators", "accounts:operators", {"visitors": 20})
register_destination("Team", "accounts:team", {"so": 90, "fsp": 90}, role=Role.ACCOUNT)
