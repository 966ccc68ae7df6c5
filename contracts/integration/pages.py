"""What contracts show on the start page and in the navigation."""

from accounts.enums import Role
from competitions.presenters.columns import register_standing
from contracts.domain.queries import contracts_to_sign, contracts_without_terms
from contracts.presenters import home, search, todo
from contracts.presenters.competition_columns import own_contracts
from marketplace.web.home import register_home_part
from marketplace.web.navigation import register_destination
from marketplace.web.search import register_finder
from marketplace.web.todo import register_todo

register_todo(todo.signatures, contracts_to_sign)
register_todo(todo.settlement_terms, lambda member, now: contracts_without_terms(member))
register_home_part(home.service, "fsp", "main", 20)
register_destination("Contracts", "contracts:list", "so", "fsp", role=Role.CONTRACTS)
register_finder(search.contracts, 45)
register_standing(3, own_contracts)
