"""Settle a month from files, without a database, through the functions that settle in production."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.dates import month_code
from marketplace.numbers import money_text
from settlement.domain.cases import UnusableCase, case_of
from settlement.domain.report import report_of
from settlement.domain.settling import settle
from settlement.exports.workbooks import write_invoice_data, write_settlement

UNUSABLE = 2


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "case", metavar="CASE", type=Path, help="the folder with case.json and meter-*.csv"
        )
        parser.add_argument("--out", required=True, type=Path, help="where the report and the workbooks go")

    def handle(self, *args: Any, case: Path, out: Path, **options: Any) -> None:
        try:
            settled = settle(case_of(_text(case / "case.json"), _meters(case)))
        except UnusableCase as error:
            self.stderr.write(str(error))
            sys.exit(UNUSABLE)
        out.mkdir(parents=True, exist_ok=True)
        report = json.dumps(report_of(settled), indent=2, ensure_ascii=False)
        (out / "report.json").write_text(f"{report}\n", encoding="utf-8")
        with (out / "settlement.xlsx").open("wb") as target:
            write_settlement(settled, target)
        with (out / "invoice_data.xlsx").open("wb") as target:
            write_invoice_data(settled, target)
        for each in settled.statements:
            self.stdout.write(f"{each.contract} {month_code(each.month)}: {money_text(each.total)}")
        self.stdout.write(f"The report and the workbooks are in {out}.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError:
        raise UnusableCase(f"{path} can't be read.") from None
    except UnicodeDecodeError:
        raise UnusableCase(f"{path} is not a text in UTF-8.") from None


def _meters(case: Path) -> dict[str, str]:
    return {path.name: _text(path) for path in sorted(case.glob("meter-*.csv"))}
