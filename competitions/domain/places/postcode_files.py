"""Reading files of postcodes and where they lie, in the layouts that they are published in. Pure; constant
memory.

Rows are parsed in a confined process, a piece of the file at a time.
"""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from marketplace import geo
from marketplace.postcodes import postcode_of
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited

BATCH = 20_000
PIECE = 5 * 1024**2
LARGEST_PIECE = 4 * PIECE
MEMORY_MB, SECONDS = 500, 60
MOST_EXAMPLES = 10
IRISH = "BT"
SEPARATORS = ",;\t"
CODE_COLUMNS = ("pcds", "pcd", "pcd8", "pcd7", "pcd2", "postcode")
TERMINATED = ("doterm",)
LATITUDE, LONGITUDE = ("lat", "latitude"), ("long", "lon", "longitude")
EASTING, NORTHING = (
    ("oseast1m", "east1m", "easting", "eastings"),
    ("osnrth1m", "north1m", "northing", "northings"),
)
CODE_POINT_CODE, CODE_POINT_EASTING, CODE_POINT_NORTHING = 0, 2, 3


class UnknownLayout(Exception):
    """The file has none of the layouts; ``str`` is one sentence."""


@dataclass
class Batch:
    """Some postcodes with longitudes and latitudes in degrees, and what became of the other rows among
    them."""

    codes: list[str] = field(default_factory=list)
    longitudes: list[float] = field(default_factory=list)
    latitudes: list[float] = field(default_factory=list)
    terminated: int = 0
    unusable: int = 0
    examples: list[str] = field(default_factory=list)
    """Some of the rows that can't be used, each as a sentence."""

    @property
    def left_out(self) -> int:
        return self.terminated + self.unusable

    def refuse(self, where: str, value: str, why: str) -> None:
        """Count a row that can't be used."""
        self.unusable += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"{where}: “{value[:20]}” {why}.")


@dataclass(frozen=True)
class _Layout:
    code: int
    x: int
    y: int
    is_grid: bool
    terminated: int | None = None


def batches(path: Path) -> Iterator[Batch]:
    """The live postcodes of a CSV, or of the CSVs in a ZIP: OS Code-Point Open (no header, national grid),
    the ONS directories ONSPD and NSPL, or plain ``postcode,lat,long``.

    Raises :class:`UnknownLayout` for anything else.
    """
    found = False
    try:
        for name, opened in _members(path):
            with opened:
                table = _in_utf_8(opened)
                first = table.readline(PIECE)
                for piece, line in _pieces(table):
                    read = _in_child(path, name, first, piece, line)
                    if read is None:
                        break
                    found = True
                    yield from read
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnknownLayout(f"{path.name} is a damaged or encrypted ZIP.") from error
    if not found:
        raise UnknownLayout(
            f"{path.name} is neither OS Code-Point Open, ONSPD or NSPL, nor a CSV with postcode, lat and long."
        )


def _in_utf_8(opened: IO[bytes]) -> IO[bytes]:
    """The table as UTF-8, whichever encoding of Unicode it says it has."""
    start = opened.peek(2)[:2]  # type: ignore[attr-defined]
    if start not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return opened
    return cast("IO[bytes]", codecs.EncodedFile(cast(Any, opened), "utf-8", "utf-16", errors="replace"))


def _pieces(opened: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """The rest of a table in pieces of whole rows, each with the number of the line before it; at least
    one."""
    line, is_first = 1, True
    while (piece := opened.read(PIECE) + opened.readline(PIECE)) or is_first:
        while piece.count(b'"') % 2 and len(piece) < LARGEST_PIECE and (more := opened.readline(PIECE)):
            piece += more  # a line break between quotation marks ends no row
        yield piece, line
        line, is_first = line + piece.count(b"\n"), False


def _in_child(path: Path, name: str, first: bytes, piece: bytes, line: int) -> list[Batch] | None:
    """The postcodes of a piece, read in a process that can do nothing else; None for a table of no known
    layout."""
    try:
        told = run_limited(_piece, name, first, piece, line, memory_mb=MEMORY_MB, seconds=SECONDS)
    except (LimitExceeded, ChildFailed) as error:
        raise UnknownLayout(f"{path.name} is damaged, or takes too much memory or time to read.") from error
    return None if told is None else [Batch(*each) for each in told]


def _piece(name: str, first: bytes, piece: bytes, line: int) -> list[tuple[Any, ...]] | None:
    """What :func:`_in_child` asks a child for: the fields of batches."""
    head = _text(first.removeprefix(codecs.BOM_UTF8))
    separator = max(SEPARATORS, key=head.count)
    header = next(csv.reader([head], delimiter=separator), None)
    layout = _layout(header) if header is not None else None
    if header is None or layout is None:
        return None
    rows = csv.reader(io.StringIO(_text(piece), newline=""), delimiter=separator)
    numbered = ((line + rows.line_num, row) for row in rows)
    start = [(1, header)] if line == 1 and layout.is_grid and _is_code_point(header) else []
    return [
        (each.codes, each.longitudes, each.latitudes, each.terminated, each.unusable, each.examples)
        for each in _read(name, chain(start, numbered), layout)
    ]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The tables, without documentation, and without the pieces in which the directories come a second
    time."""
    if not zipfile.is_zipfile(path):
        yield path.name, path.open("rb")
        return
    with zipfile.ZipFile(path) as archive:
        tables = [name for name in sorted(archive.namelist()) if name.casefold().endswith(".csv")]
        tables = [name for name in tables if "/doc/" not in f"/{name.casefold()}"]
        whole = [name for name in tables if "multi_csv" not in name.casefold()]
        for name in whole or tables:
            yield name, archive.open(name)


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
    return len(row) >= 4 and postcode_of(row[0]) is not None and row[2].isdigit() and row[3].isdigit()


def _read(name: str, rows: Iterator[tuple[int, list[str]]], layout: _Layout) -> Iterator[Batch]:
    while chunk := list(islice(rows, BATCH)):
        yield _batch(name, chunk, layout)


def _batch(name: str, rows: list[tuple[int, list[str]]], layout: _Layout) -> Batch:
    batch, x, y = Batch(), [], []
    for line, row in rows:
        where, code = f"{name}, line {line}", _cell(row, layout.code)
        normal = postcode_of(code)
        if normal is None:
            batch.refuse(where, code, "is not a postcode")
        elif layout.terminated is not None and _cell(row, layout.terminated):
            batch.terminated += 1
        elif (place := _place(row, layout)) is None:
            batch.refuse(where, code, "has no place")
        elif layout.is_grid and normal.startswith(IRISH):
            batch.refuse(where, code, "lies on the Irish grid, and the file has no latitude and longitude")
        else:
            batch.codes.append(normal)
            x.append(place[0])
            y.append(place[1])
    batch.longitudes, batch.latitudes = x, y
    if layout.is_grid and batch.codes:
        _leave_grid(name, batch)
    return batch


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _place(row: list[str], layout: _Layout) -> tuple[float, float] | None:
    try:
        x, y = (float(row[place].replace(",", ".")) for place in (layout.x, layout.y))  # beside semicolons
    except (IndexError, ValueError):
        return None
    if layout.is_grid:
        return (x, y) if x > 0 and y > 0 else None
    # 99.999999 N stands for *no place known* in the directories
    return (x, y) if abs(y) < 90 and abs(x) <= 180 else None


def _leave_grid(name: str, batch: Batch) -> None:
    """Turn the batch's metres on the grid into degrees; what lies off the grid has no place."""
    longitudes, latitudes = geo.from_british_grid(np.array(batch.longitudes), np.array(batch.latitudes))
    known = np.isfinite(longitudes) & np.isfinite(latitudes)
    for code, is_known in zip(batch.codes, known, strict=True):
        if not is_known:
            batch.refuse(name, code, "lies off the national grid")
    batch.codes = [code for code, is_known in zip(batch.codes, known, strict=True) if is_known]
    batch.longitudes, batch.latitudes = longitudes[known].tolist(), latitudes[known].tolist()
