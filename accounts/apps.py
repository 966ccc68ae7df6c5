from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import security
        from accounts.domain.queries import member_who_may_act
        from marketplace import jobs

        jobs.register_member_loader(member_who_may_act)
        security.connect()
