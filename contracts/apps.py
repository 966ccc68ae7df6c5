from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "contracts"
    label = "contracts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from contracts import files, market_files, panels, signals  # noqa: F401  (connects the receivers)
        from contracts.domain import notices
        from contracts.enums import CONTRACT_TRANSITIONS, ContractStatus
        from marketplace import states

        states.register(
            states.Machine(
                "contracts.Contract", "status", ContractStatus, ContractStatus.AWARDED, CONTRACT_TRANSITIONS
            )
        )
        files.register()
        market_files.register()
        notices.declare_kinds()
        panels.register()
