"""What people are told of webhooks."""

from marketplace.notifications.kinds import Kind

WEBHOOK_OFF = Kind(
    "webhook_off",
    "A webhook of your organisation is switched off, since nothing was taken for a day",
    switchable=False,
)
PROVIDERS_WEBHOOK_OFF = Kind(
    "providers_webhook_off",
    "A webhook by which a provider hears of your dispatches is switched off, since nothing was taken for a day",
    "so",
)
KINDS = (WEBHOOK_OFF, PROVIDERS_WEBHOOK_OFF)
