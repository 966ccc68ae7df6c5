from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "marketplace.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from marketplace import states
        from marketplace.notifications.enums import MAIL_TRANSITIONS, MailState

        machine = states.Machine(
            "notifications.Notification", "mail_state", MailState, MailState.WAITING, MAIL_TRANSITIONS
        )
        states.register(machine)
