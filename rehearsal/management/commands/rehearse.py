"""Play a whole competition round from a folder of files, in a database of its own that is dropped at the
end."""

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from marketplace import clock
from marketplace.embedded import EmbeddedError, Services
from marketplace.jobs.publishing import run_jobs_inline
from rehearsal.round.database import UnreachableServer, database_of_its_own
from rehearsal.round.file import UnusableRound, read_round
from rehearsal.round.play import play
from rehearsal.round.report import write_report

UNUSABLE = 2


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="the folder with round.toml")
        parser.add_argument("--out", required=True, type=Path, help="where the report and the workbooks go")

    def handle(self, *args: Any, folder: Path, out: Path, **options: Any) -> None:
        try:
            told = read_round(folder)
            with _server(), database_of_its_own("rehearsal"), _cache_of_its_own(), run_jobs_inline():
                call_command("migrate", verbosity=0)
                played = play(told)
                with clock.set_to(played.ended_at or clock.now()):
                    report = write_report(played, out)
        except (UnusableRound, UnreachableServer, EmbeddedError) as error:
            self.stderr.write(str(error))
            sys.exit(UNUSABLE)
        for competition in report["competitions"]:
            self.stdout.write(f"{competition['ref']}: {competition['phase_reached']}")
        refused = sum(len(file["errors"]) for file in report["files"])
        self.stdout.write(f"{refused} row errors. The report and the workbooks are in {out}.")


@contextmanager
def _cache_of_its_own() -> Iterator[None]:
    """A cache in memory for the time of the rehearsal, which needs no other and leaves nothing in it."""
    usual = caches["default"]
    caches["default"] = LocMemCache("rehearsal", {})
    try:
        yield
    finally:
        caches["default"] = usual


@contextmanager
def _server() -> Iterator[None]:
    """The given database server; else the running embedded one; else one for the time of the rehearsal."""
    if "DATABASE_URL" in os.environ:
        yield
        return
    from django.db import connection

    try:
        connection.ensure_connection()
    except OperationalError:
        with (
            tempfile.TemporaryDirectory(prefix="mkt-") as folder,
            Services(Path(folder), durable=False) as services,
        ):
            connection.settings_dict["HOST"] = str(services.sockets)
            settings.CELERY_BROKER_URL = services.redis_url
            yield
            connection.close()
    else:
        yield
