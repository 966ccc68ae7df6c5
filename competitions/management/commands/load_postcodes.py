"""``manage.py load_postcodes FILE``: take in postcode reference data."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from competitions.domain.places.postcode_files import UnknownLayout
from competitions.domain.places.postcodes import Loaded, load_postcodes
from marketplace import clock
from marketplace.numbers import count_text

STEP = 200_000


class Command(BaseCommand):
    told = 0
    last = Loaded()
    help = "Load where postcodes lie, from OS Code-Point Open, ONSPD, NSPL (CSV or ZIP) or a CSV of postcode,lat,long."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            load = load_postcodes(file, clock.now(), self._report)
        except UnknownLayout as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{file.name}: {count_text(load.added)} postcodes added, {count_text(load.moved)} moved, "
            f"{count_text(load.unchanged)} as before; {count_text(self.last.terminated)} terminated left out, "
            f"{count_text(self.last.unusable)} rows that can't be used."
        )
        for example in self.last.examples:
            self.stderr.write(example)

    def _report(self, loaded: Loaded) -> None:
        self.last = loaded
        if loaded.rows // STEP > self.told:
            self.told = loaded.rows // STEP
            self.stdout.write(f"{count_text(loaded.rows)} rows…")
