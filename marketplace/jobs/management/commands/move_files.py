"""Move the bytes of stored files to object storage, or back to the database, while the marketplace is in use. It can be
interrupted and run again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.jobs.enums import Place
from marketplace.jobs.moving import move_files
from marketplace.numbers import count_text

PLACES = {"s3": Place.OBJECTS, "database": Place.DATABASE}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, choices=sorted(PLACES), help="Where the bytes shall lie.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("Set S3_BUCKET first: it names the object storage.")
        faults, count, size = [], 0, 0
        for moved in move_files(PLACES[options["to"]]):
            if moved.fault:
                faults.append(f"{moved.file_id}: {moved.fault}")
            else:
                count, size = count + 1, size + moved.size
        self.stdout.write(f"{count_text(count)} files moved, {count_text(size // 1_000_000)} MB.")
        if faults:
            raise CommandError("Not moved:\n" + "\n".join(faults), returncode=1)
