"""What people are told of webhooks."""

from marketplace.notifications.kinds import Kind

WEBHOOK_OFF = Kind(
    "webhook_off",
    "A webhook of your organisation is switched off, since nothing was taken for a day",
    switchable=False,
)
