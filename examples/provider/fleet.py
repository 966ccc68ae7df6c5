"""The fleet: a CSV of assets, registered in batches. Running it again changes only what changed in the file."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .connection import Marketplace

MOST_IN_A_BATCH = 1000
WHOLE_NUMBERS = ("meter_interval_minutes",)


def register_fleet(market: Marketplace, file: Path) -> bool:
    """Register the assets of the file; whether all were taken.

    Columns are named like the fields of ``PUT /assets`` in the API's documentation; a blank cell is left out. Each asset
    is taken or refused by itself, with its reasons.
    """
    assets = list(_assets_in(file))
    outcomes: dict[str, int] = {}
    for begin in range(0, len(assets), MOST_IN_A_BATCH):
        batch = assets[begin : begin + MOST_IN_A_BATCH]
        for result in market.put("/assets", {"items": batch})["results"]:
            outcomes[result["outcome"]] = outcomes.get(result["outcome"], 0) + 1
            for error in result["errors"]:
                print(f"{result['ref']}: {error['detail']} [{error['code']}]")
            for warning in result["warnings"]:
                print(f"{result['ref']}: take note: {warning}")
    print(", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items())) or "No assets.")
    return "refused" not in outcomes


def _assets_in(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        for row in csv.DictReader(opened):
            cells = {name: cell.strip() for name, cell in row.items()}
            yield {name: int(cell) if name in WHOLE_NUMBERS else cell for name, cell in cells.items() if cell}
