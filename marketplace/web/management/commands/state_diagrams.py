from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace import states


class Command(BaseCommand):
    help = "Writes docs/states.md from the tables of states; --check only compares."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="exit 1 when the page differs; write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "states.md"
        drawn = states.document()
        if options["check"]:
            if not page.exists() or page.read_text() != drawn:
                raise CommandError("docs/states.md differs from the tables in the code: run make fix.")
            return
        page.write_text(drawn)
