"""What availability shows on the start page, in the navigation and among what waits."""

from accounts.enums import Role
from marketplace.web.navigation import register_destination
from marketplace.web.todo import register_todo
from operations.presenters import todo

register_todo(todo.to_declare)
register_todo(todo.to_answer)
register_destination("Availability", "operations:availability", "so", "fsp", role=Role.OPERATIONS)
