"""A small case to begin with: one contract, one asset, one month, two dispatches."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.dates import utc_stamp

FIRST, LAST = datetime(2026, 5, 18, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
USUAL = Decimal(1000)  # kWh imported a half-hour
TURNED_DOWN = {
    datetime(2026, 6, 16, 16, 0, tzinfo=UTC): Decimal(520),
    datetime(2026, 6, 16, 16, 30, tzinfo=UTC): Decimal(607),
    datetime(2026, 6, 23, 17, 0, tzinfo=UTC): Decimal(500),
    datetime(2026, 6, 23, 17, 30, tzinfo=UTC): Decimal(450),
}
CASE: dict[str, Any] = {
    "zone": "Europe/London",
    "holidays": ["2026-05-25"],
    "months": ["2026-06"],
    "vat_rates": {"Example Energy": "0.2"},
    "terms": {
        "availability": {"mode": "fixed"},
        "utilisation": {"curve": {"kind": "table", "points": [["0", "0"], ["1", "1"]]}},
    },
    "contracts": [
        {
            "id": "EXAMPLE-1",
            "seller": "Example Energy",
            "direction": "Deficit",
            "capacity_mw": "1",
            "assets": ["A-1"],
            "availability_price": "10",
            "utilisation_price": "150",
            "window": {
                "first_day": "2026-06-01",
                "last_day": "2026-06-30",
                "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                "start": "16:00",
                "end": "20:00",
                "public_holidays": "Exclude",
            },
        }
    ],
    "dispatches": [
        {
            "id": "D-1",
            "contract": "EXAMPLE-1",
            "kind": "operational",
            "events": [
                {
                    "type": "issue",
                    "at": "2026-06-16T09:00:00Z",
                    "start": "2026-06-16T16:00:00Z",
                    "end": "2026-06-16T17:00:00Z",
                    "mw": "1",
                },
                {"type": "acknowledge", "at": "2026-06-16T09:04:00Z"},
            ],
        },
        {
            "id": "D-2",
            "contract": "EXAMPLE-1",
            "kind": "operational",
            "events": [
                {
                    "type": "issue",
                    "at": "2026-06-23T09:00:00Z",
                    "start": "2026-06-23T17:00:00Z",
                    "end": "2026-06-23T18:00:00Z",
                    "mw": "1",
                },
                {"type": "acknowledge", "at": "2026-06-23T09:10:00Z"},
            ],
        },
    ],
}


def example_archive() -> bytes:
    """The example as a ZIP that the page takes; the same bytes each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("case.json", f"{json.dumps(CASE, indent=2)}\n"), ("meter-A-1.csv", _readings())):
            archive.writestr(zipfile.ZipInfo(name, (2026, 7, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _readings() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)", "Quality"])
    for at in _half_hours():
        writer.writerow(["A-1", utc_stamp(at), 30, TURNED_DOWN.get(at, USUAL), 0, "A"])
    return text.getvalue()


def _half_hours() -> Iterator[datetime]:
    at = FIRST
    while at < LAST:
        yield at
        at += HALF_HOUR
