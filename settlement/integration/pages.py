"""Settlement in the navigation and among what waits."""

from accounts.enums import Role
from marketplace.web.navigation import register_destination
from marketplace.web.todo import register_todo
from settlement.presenters import todo

register_destination(
    "Statements", "settlement:statements", "so", "fsp", role=Role.CONTRACTS, count=todo.navigation_count
)
register_todo(todo.disputes, lambda member, now: todo.open_disputes(member))
register_todo(todo.proposals, lambda member, now: todo.open_proposals(member), is_personal=True)
