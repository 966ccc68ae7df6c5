"""What substitutions of assets show among what waits."""

from marketplace.web.todo import register_todo
from operations.presenters import substitutions

register_todo(substitutions.to_answer, lambda member, now: substitutions.waiting(member))
