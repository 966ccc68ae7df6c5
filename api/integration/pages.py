"""The page of programs in the navigation."""

from accounts.enums import Role
from marketplace.web.navigation import register_destination

register_destination("API", "api:programs", "so", "fsp", role=Role.ACCOUNT)
