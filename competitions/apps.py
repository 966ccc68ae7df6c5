from django.apps import AppConfig


class CompetitionsConfig(AppConfig):
    name = "competitions"
    label = "competitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from competitions import files, market_files, market_pages, panels
        from competitions.domain import questions

        questions.declare_kinds()
        files.register()
        market_files.register()
        market_pages.register()
        panels.register()
