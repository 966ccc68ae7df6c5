from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "contracts"
    label = "contracts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from contracts import files, panels, signals  # noqa: F401  (connects the receivers)

        files.register()
        panels.register()
