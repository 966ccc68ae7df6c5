from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "contracts"
    label = "contracts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from contracts.domain import notifications
        from contracts.enums import CONTRACT_TRANSITIONS, ContractStatus
        from contracts.exports import files, market_files
        from contracts.integration import receivers  # noqa: F401  (connects the receivers)
        from contracts.presenters import panels
        from marketplace import states

        states.register(
            states.Machine(
                "contracts.Contract", "status", ContractStatus, ContractStatus.AWARDED, CONTRACT_TRANSITIONS
            )
        )
        files.register()
        market_files.register()
        notifications.declare_kinds()
        panels.register()
