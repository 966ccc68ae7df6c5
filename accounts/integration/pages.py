"""The pages of organisations and teams in the navigation, and a new organisation's first steps with them."""

from accounts.enums import Role
from accounts.presenters import home, search
from marketplace.web.home import register_first_step
from marketplace.web.navigation import register_destination
from marketplace.web.search import register_finder

register_destination("Home", "accounts:home", "so", "fsp")
register_destination("Operators", "accounts:operators", "visitors")
register_destination("How it works", "how_it_works", "visitors")
register_destination("Team", "accounts:team", "so", "fsp", role=Role.ACCOUNT)
register_destination("Organisation", "accounts:organisation", "so", "fsp", role=Role.ACCOUNT)
register_first_step(home.details_step, "so", 10)
register_first_step(home.details_step, "fsp", 10)
register_first_step(home.team_step, "so", 50)
register_finder(search.operators, 60)
