from django.apps import AppConfig


class QualificationConfig(AppConfig):
    name = "qualification"
    label = "qualification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from competitions.domain.places.nearness import register_places
        from marketplace import states
        from qualification.domain import notifications
        from qualification.domain.dps import notifications as dps_notifications
        from qualification.domain.queries import own_places
        from qualification.enums import APPLICATION_TRANSITIONS, ENTRY_TRANSITIONS, ApplicationState, EntryState
        from qualification.exports import files
        from qualification.integration import receivers  # noqa: F401  (connects the receivers)
        from qualification.presenters import panels

        states.register(
            states.Machine("qualification.Entry", "state", EntryState, EntryState.UNDECIDED, ENTRY_TRANSITIONS)
        )
        states.register(
            states.Machine(
                "qualification.DpsApplication",
                "state",
                ApplicationState,
                ApplicationState.DRAFT,
                APPLICATION_TRANSITIONS,
            )
        )
        files.register()
        notifications.declare_kinds()
        dps_notifications.declare_kinds()
        panels.register()
        register_places(own_places)
