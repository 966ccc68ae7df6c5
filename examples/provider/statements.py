"""Statements: what each contract earned in a month, line by line, saved as JSON."""

import json
from pathlib import Path

from .connection import Marketplace


def fetch_statements(market: Marketplace, month: str | None, folder: Path) -> int:
    """Save every statement, or those of a month (2026-02), with its lines; how many there are.

    A line names quantity, price, factor and amount, so that your own books can work it out again and dispute it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    statements = list(market.items("/statements", month=f"{month}-01" if month else None))
    for each in statements:
        statement = market.get(f"/statements/{each['id']}")
        file = folder / f"{each['month'][:7]} {each['competition']} {each['id']} v{each['version']}.json"
        file.write_text(json.dumps(statement, indent=1) + "\n")
        print(
            f"{each['month'][:7]} {each['competition']}: {each['total']} {each['currency']}, {each['state']}"
        )
        for line in statement["lines"]:
            print(f"  {line['amount']:>12}  {line['words']}")
    print(f"{len(statements)} statements in {folder}")
    return len(statements)
