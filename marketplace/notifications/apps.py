from django.apps import AppConfig

from marketplace.notifications.kinds import Kind, declare

FILE_PROCESSED = Kind(
    "file_processed", "A file that took long is ready", explanation="Yours only, not your colleagues'."
)


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
        declare(FILE_PROCESSED)
