from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace import clock
from marketplace.backup.dumps import dump
from marketplace.backup.programs import BackupError
from marketplace.backup.serving import database
from marketplace.embedded import EmbeddedError
from marketplace.numbers import rounded_text


class Command(BaseCommand):
    help = "Dumps the whole database into one file and notes the time for monitoring."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "backups", help="The folder.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with database():
                made = dump(options["to"], now=clock.now())
        except (BackupError, EmbeddedError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made} ({rounded_text(made.stat().st_size / 1_000_000, 1)} MB)")
        self.stdout.write("Keep SECRET_KEY and the settings too, apart from it: the dump does not hold them.")
