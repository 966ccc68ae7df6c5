"""Meter readings: a CSV sent in parts. What was sent before stays beside it; sending the same again changes nothing."""

import csv
from pathlib import Path
from typing import Any

from .connection import Marketplace

MOST_IN_A_PART = 10_000


def send_readings(market: Marketplace, file: Path) -> bool:
    """Send the readings of the file; whether all were taken.

    Columns: unit (the ref of an asset or group, or a meter ID), start (with its zone), minutes, import_kwh, export_kwh
    and, if you like, quality (actual, estimated, missing).
    """
    with file.open(newline="", encoding="utf-8-sig") as opened:
        readings: list[dict[str, Any]] = [
            {name: cell for name, cell in row.items() if cell} | {"minutes": int(row["minutes"])}
            for row in csv.DictReader(opened)
        ]
    refused = 0
    for begin in range(0, len(readings), MOST_IN_A_PART):
        told = market.post("/readings", {"readings": readings[begin : begin + MOST_IN_A_PART]})
        refused += len(told["errors"])
        for error in told["errors"]:
            place = error["pointer"].removeprefix("/readings").strip("/")
            line = f"line {begin + int(place) + 2}" if place else "a reading"  # the header is line 1
            print(f"{file.name}, {line}: {error['detail']} [{error['code']}]")
        for warning in told["warnings"]:
            print(f"Take note: {warning}")
        for day in told["days"]:
            print(f"{day['unit_and_day']}: {day['outcome']} {day['note']}".rstrip())
    print(f"{len(readings)} readings sent, {refused} refusals.")
    return not refused
