"""Remove what was kept as long as the settings say, as beat has it done each hour; or only tell what would go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace import clock
from marketplace.numbers import count_text
from marketplace.retention.removal import remove_due, what_is_due


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Tell what would go, and remove nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        due = list(what_is_due(clock.now()))
        removed = {} if options["dry_run"] else remove_due(clock.now())
        for each in due:
            name = each.rule.name
            if each.rows is None:
                told = "kept without end"
            elif options["dry_run"]:
                told = f"{count_text(each.rows)} would go"
            else:
                told = f"{count_text(removed[name])} removed" if name in removed else "failed: see the log"
            self.stdout.write(f"{name}: {told} ({each.rule.what})")
