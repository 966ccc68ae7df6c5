"""What is noted of programs goes after a time."""

from api.models import LoggedRequest, WebhookDelivery
from marketplace.retention.rules import Rule, register_retention

register_retention(
    Rule("requests", "requests of programs", lambda before: LoggedRequest.objects.filter(at__lt=before))
)
register_retention(
    Rule(
        "webhooks",
        "posts of webhooks and their tries",
        lambda before: WebhookDelivery.objects.filter(at__lt=before),
    )
)
