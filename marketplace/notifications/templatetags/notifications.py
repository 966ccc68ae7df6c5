from typing import Any

from django import template

from marketplace.notifications.queries import MOST_COUNTED, unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def new_notifications(context: template.Context) -> dict[str, Any]:
    """How many notifications are new: the number, and how the top bar writes it."""
    request = context["request"]
    count = unread_count(request) if request.user.is_authenticated else 0
    return {"count": count, "text": f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)}
