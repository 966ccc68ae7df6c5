from django.apps import AppConfig


class CompetitionsConfig(AppConfig):
    name = "competitions"
    label = "competitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from competitions.domain import questions
        from competitions.exports import files, market_files
        from competitions.presenters import market_data, panels

        questions.declare_kinds()
        files.register()
        market_files.register()
        market_data.register()
        panels.register()
