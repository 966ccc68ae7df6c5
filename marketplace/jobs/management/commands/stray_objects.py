"""Name the objects in object storage that no stored file has as its bytes: what was left when one could not be removed.
Those of the last day are passed over."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace import clock
from marketplace.jobs import object_storage
from marketplace.jobs.moving import stray_objects
from marketplace.numbers import counted


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Remove them for good.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("Set S3_BUCKET first: it names the object storage.")
        count = 0
        for file_id in stray_objects(clock.now()):
            count += 1
            self.stdout.write(object_storage.key_of(file_id))
            if options["remove"]:
                object_storage.remove(file_id)
        self.stdout.write(f"{counted(count, 'stray object')}{' removed' if options['remove'] else ''}.")
