from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.backup.dumps import restore
from marketplace.backup.programs import BackupError
from marketplace.backup.serving import database
from marketplace.embedded import EmbeddedError


class Command(BaseCommand):
    help = (
        "Puts a dump into an empty database, then proves the audit log; exit status 1 when it does not hold."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="Drop what the database holds first.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with database():
                restore(options["file"], overwrite=options["overwrite"])
                self.stdout.write(f"{options['file']} is restored.")
                call_command("verify_audit", stdout=self.stdout)
        except (BackupError, EmbeddedError) as error:
            raise CommandError(str(error)) from error
