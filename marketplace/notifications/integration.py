"""What notifications tell the rest of the kernel: the channel of their mails, and the states of such a
mail."""

from marketplace import states
from marketplace.deliveries import channels
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.figures import of_deliveries
from marketplace.health.figures import register_figures
from marketplace.notifications.channel import NotificationMails
from marketplace.notifications.enums import MAIL_TRANSITIONS
from marketplace.notifications.news import what_changed
from marketplace.notifications.queries import old_notifications
from marketplace.retention.rules import Rule, register_retention
from marketplace.web.home import register_home_part
from marketplace.web.navigation import register_destination

states.register(
    states.Machine(
        "notifications.Notification", "mail_state", DeliveryState, DeliveryState.WAITING, MAIL_TRANSITIONS
    )
)
channels.register(NotificationMails)
register_figures(of_deliveries)
register_retention(Rule("notifications", "what people were told, with its mails", old_notifications))
register_destination("Notifications", "notifications:preferences", "so", "fsp")
register_home_part(what_changed, "so", "side", 90, is_personal=True)
register_home_part(what_changed, "fsp", "side", 90, is_personal=True)
