"""Reading files of postcodes and where they lie, in the layouts that they are published in. Pure; constant memory."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from marketplace import geo

BATCH = 20_000
CODE_COLUMNS = ("pcds", "pcd", "pcd8", "pcd7", "pcd2", "postcode")
TERMINATED = ("doterm",)
LATITUDE, LONGITUDE = ("lat", "latitude"), ("long", "lon", "longitude")
EASTING, NORTHING = ("oseast1m", "east1m", "easting", "eastings"), ("osnrth1m", "north1m", "northing", "northings")
CODE_POINT_CODE, CODE_POINT_EASTING, CODE_POINT_NORTHING = 0, 2, 3
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
NO_PLACE = 99.0
"""Latitudes from here on stand for *no place known* in the directories."""


class UnknownLayout(Exception):
    """The file has none of the layouts; ``str`` is one sentence."""


@dataclass(frozen=True)
class Batch:
    """Some postcodes with longitudes and latitudes in degrees, and how many rows before them were left out."""

    codes: list[str]
    longitudes: list[float]
    latitudes: list[float]
    left_out: int


@dataclass(frozen=True)
class _Layout:
    code: int
    x: int
    y: int
    is_grid: bool
    terminated: int | None = None


def normal_code(text: str) -> str | None:
    """A postcode in capitals with one space before its last three characters; None for what can't be one."""
    packed = "".join(text.split()).upper()
    return f"{packed[:-3]} {packed[-3:]}" if POSTCODE.fullmatch(packed) else None


def batches(path: Path) -> Iterator[Batch]:
    """The live postcodes of a CSV, or of the CSVs in a ZIP: OS Code-Point Open (no header, national grid), the ONS
    directories ONSPD and NSPL, or plain ``postcode,lat,long``.

    Raises :class:`UnknownLayout` for anything else.
    """
    found = False
    for opened in _members(path):
        with opened as file:
            rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""))
            first = next(rows, None)
            layout = _layout(first) if first is not None else None
            if layout is None:
                continue
            found = True
            start = [first] if first is not None and layout.is_grid and _is_code_point(first) else []
            yield from _read(rows, start, layout)
    if not found:
        raise UnknownLayout(
            f"{path.name} is neither OS Code-Point Open, ONSPD or NSPL, nor a CSV with postcode, lat and long."
        )


def _members(path: Path) -> Iterator[IO[bytes]]:
    if not zipfile.is_zipfile(path):
        yield path.open("rb")
        return
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.namelist()):
            if member.casefold().endswith(".csv") and "/doc/" not in f"/{member.casefold()}":
                yield archive.open(member)


def _layout(first: Sequence[str]) -> _Layout | None:
    names = [cell.strip().casefold() for cell in first]

    def place(of: Sequence[str]) -> int | None:
        return next((names.index(each) for each in of if each in names), None)

    code, terminated = place(CODE_COLUMNS), place(TERMINATED)
    for x_names, y_names, is_grid in ((LONGITUDE, LATITUDE, False), (EASTING, NORTHING, True)):
        x, y = place(x_names), place(y_names)
        if code is not None and x is not None and y is not None:
            return _Layout(code, x, y, is_grid, terminated)
    if _is_code_point(first):
        return _Layout(CODE_POINT_CODE, CODE_POINT_EASTING, CODE_POINT_NORTHING, is_grid=True)
    return None


def _is_code_point(row: Sequence[str]) -> bool:
    return len(row) >= 4 and normal_code(row[0]) is not None and row[2].isdigit() and row[3].isdigit()


def _read(rows: Iterator[list[str]], start: list[list[str]], layout: _Layout) -> Iterator[Batch]:
    codes: list[str] = []
    x: list[float] = []
    y: list[float] = []
    left_out = 0
    for row in (*start, *rows) if start else rows:
        found = _row(row, layout)
        if found is None:
            left_out += 1
            continue
        codes.append(found[0])
        x.append(found[1])
        y.append(found[2])
        if len(codes) == BATCH:
            yield _placed(codes, x, y, left_out, layout)
            codes, x, y, left_out = [], [], [], 0
    yield _placed(codes, x, y, left_out, layout)


def _row(row: list[str], layout: _Layout) -> tuple[str, float, float] | None:
    try:
        code = normal_code(row[layout.code])
        x, y = float(row[layout.x]), float(row[layout.y])
        terminated = layout.terminated is not None and row[layout.terminated].strip() != ""
    except (IndexError, ValueError):
        return None
    if code is None or terminated:
        return None
    if layout.is_grid:
        return (code, x, y) if x > 0 and y > 0 else None
    return (code, x, y) if abs(y) < NO_PLACE and abs(x) <= 180 and abs(y) <= 90 else None


def _placed(codes: list[str], x: list[float], y: list[float], left_out: int, layout: _Layout) -> Batch:
    if not layout.is_grid or not codes:
        return Batch(codes, x, y, left_out)
    longitudes, latitudes = geo.from_british_grid(np.array(x), np.array(y))
    known = np.isfinite(longitudes) & np.isfinite(latitudes)
    return Batch(
        [code for code, is_known in zip(codes, known, strict=True) if is_known],
        longitudes[known].tolist(),
        latitudes[known].tolist(),
        left_out + int((~known).sum()),
    )
