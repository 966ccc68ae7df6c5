"""A sheet of 50,000 contracts written by ours and by openpyxl's write-only mode."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl

from contracts.workbooks.specs import CONTRACTS, OBLIGATIONS
from marketplace.workbooks.write import write_bulk
from tests.bench.measured import Measured, seconds

ROWS = 50_000


def contract(number: int) -> Mapping[str, Any]:
    return {
        "id": f"contract-{number:06}",
        "buyer": "Northern Rivers Networks",
        "seller": "Harbour Flexibility Ltd",
        "contract_type": "DSO flexibility",
        "status": "Awarded",
        "competition_ref": "NRN26_TEES",
        "competition_name": "Teesside winter peak",
        "period": "From December 2026",
        "window": f"Window {number % 40}",
        "first_day": date(2026, 12, 1),
        "end_day": date(2027, 3, 1),
        "weekdays": frozenset(range(5)),
        "public_holidays": "exclude",
        "start": time(16, 30),
        "end": time(19, 30),
        "available_hours": Decimal("196.5"),
        "capacity_mw": Decimal(number % 900 + 1) / 1000,
        "maximum_run_time": timedelta(hours=2),
        "availability_price": Decimal("7.50"),
        "utilisation_price": Decimal("180.00"),
        "expected_cost": Decimal(number),
        "bid_id": f"bid-{number:06}",
        "awarded_at": datetime(2026, 11, 1, 12, tzinfo=UTC),
    }


def rows() -> Iterator[Measured]:
    """The same rows by both; the peer writes bare values without notes, drop-downs or safe text."""
    contracts = [contract(number) for number in range(ROWS)]

    def peer() -> None:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet(CONTRACTS.name)
        sheet.append([column.header for column in CONTRACTS.columns])
        for row in contracts:
            cells = []
            for column in CONTRACTS.columns:
                value = row.get(column.key)
                cells.append(None if value is None else column.kind.write(value))
            sheet.append(cells)
        book.save(io.BytesIO())

    ours = seconds(lambda: write_bulk(OBLIGATIONS, {CONTRACTS.name: iter(contracts)}, io.BytesIO()))
    yield Measured(
        "bulk download",
        f"{ROWS:,} contracts × {len(CONTRACTS.columns)} columns",
        ours,
        "openpyxl",
        seconds(peer),
    )
