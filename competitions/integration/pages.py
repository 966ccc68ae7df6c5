"""What competitions show on the start page, in the navigation and on an operator's public page."""

from accounts.enums import Role
from accounts.presenters.profile_parts import register_profile_parts
from competitions.domain.queries import drafts_of
from competitions.domain.questions import questions_to_answer
from competitions.domain.rounds import live_round_count
from competitions.presenters import home, search, todo
from competitions.presenters.columns import Bulk, register_bulk
from competitions.presenters.panels import profile_parts
from marketplace.web.home import register_first_step, register_home_part
from marketplace.web.navigation import Count, register_destination
from marketplace.web.search import register_finder
from marketplace.web.todo import register_next_date, register_todo

register_todo(todo.questions, lambda member, now: questions_to_answer(member))
register_todo(todo.drafts, drafts_of)
register_next_date(todo.next_date)
register_home_part(home.timeline, "so", "main", 20)
register_home_part(home.live_map, "so", "side", 10)
register_home_part(home.live_map, "fsp", "side", 10)
register_first_step(home.company_qualification_step, "so", 20)
register_first_step(home.areas_step, "so", 30)
register_first_step(home.competition_step, "so", 40)
register_profile_parts(profile_parts)
register_destination("Competitions", "competitions:list", "so", "fsp", "visitors")
register_destination("Areas", "competitions:areas", "so", role=Role.PROCUREMENT)
register_destination("Market data", "market_data:index", "visitors")
register_finder(search.competitions, 10)
register_finder(search.rounds, 20)
register_finder(search.areas, 70)
register_finder(search.places, 80)
register_home_part(home.public_market, "visitors", "main", 10)
register_destination(
    "Rounds",
    "competitions:rounds",
    "so",
    role=Role.PROCUREMENT,
    count=lambda member, now: Count(live_round_count(member, now)),
)
register_bulk(
    Bulk("so", Role.PROCUREMENT, "competitions:change_many", "get", "competitions/_bulk_buttons.html")
)
