from django.apps import AppConfig

from marketplace import jobs


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.domain.acting import acting_member

        jobs.register_member_loader(acting_member)
