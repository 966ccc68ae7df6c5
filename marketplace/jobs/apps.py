from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "marketplace.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from marketplace import states
        from marketplace.jobs.enums import TRANSITIONS, State

        states.register(states.Machine("jobs.Job", "state", State, State.QUEUED, TRANSITIONS))
        import marketplace.celery  # noqa: F401  (the app that tasks are published with)
        from marketplace import states
        from marketplace.jobs import kinds, marked, notifications
        from marketplace.jobs.enums import TRANSITIONS, State
        from marketplace.notifications import declare

        kinds.register_file(marked.KIND)
        declare(notifications.PROCESSED)
        states.register(states.Machine("jobs.Job", "state", State, State.QUEUED, TRANSITIONS))
