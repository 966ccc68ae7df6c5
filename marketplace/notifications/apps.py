from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "marketplace.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from marketplace import states
        from marketplace.deliveries import channels
        from marketplace.deliveries.enums import DeliveryState
        from marketplace.notifications.channel import NotificationMails
        from marketplace.notifications.enums import MAIL_TRANSITIONS

        machine = states.Machine(
            "notifications.Notification", "mail_state", DeliveryState, DeliveryState.WAITING, MAIL_TRANSITIONS
        )
        states.register(machine)
        channels.register(NotificationMails)
