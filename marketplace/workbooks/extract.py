"""From bytes to raw cells, in a process of its own: what is hostile or broken may take that process down, no other."""

import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import python_calamine

from marketplace.keys import key_form
from marketplace.workbooks.cells import Cell, Fault, shown
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.package import DAMAGED, Package, document_property, open_package, template_version
from marketplace.workbooks.scan import MOST_ROWS, Scan, scan_sheet
from marketplace.workbooks.stale import DOWNLOADED_AT

MEMORY_MB = 2_000
SECONDS = 240
ROWS_A_CHUNK = 2_000
SPARE_BYTES = 200 * 1024**2
BYTES_A_CELL = 128
BYTES_A_PLACE = 48

NumberedRow = tuple[int, tuple[Cell, ...]]


@dataclass
class RawSheet:
    """Headers as written (column order), the positions of the wanted ones, and the rows that hold something there."""

    headers: list[str] = field(default_factory=list)
    positions: tuple[int, ...] = ()
    chunks: list[bytes] = field(default_factory=list)

    def rows(self) -> Iterator[NumberedRow]:
        """Rows with the number the spreadsheet shows, their cells in the order of ``positions``."""
        for chunk in self.chunks:
            yield from pickle.loads(chunk)  # written by extract() below, never by a user


@dataclass
class Extract:
    """A refusal in one sentence, or the sheets asked for, by folded name, with two of the file's properties:
    the template's version and when the file was downloaded."""

    refusal: str | None = None
    version: str | None = None
    downloaded_at: str | None = None
    sheets: dict[str, RawSheet] = field(default_factory=dict)


def extract(data: bytes, wanted: Mapping[str, frozenset[str]]) -> Extract:
    """The raw cells of the ``wanted`` sheets (folded name to folded headers)."""
    try:
        package = open_package(data)
        version = template_version(package)
        downloaded_at = document_property(package, DOWNLOADED_AT)
        names: dict[str, str] = {}
        for name in package.sheets:
            if key_form(name) in wanted:
                names.setdefault(key_form(name), name)
        scans = {name: _scan(package, name) for name in names.values()}
        _lower_memory_limit(scans)
        book = python_calamine.load_workbook(io.BytesIO(data))
        sheets = {key: _raw_sheet(book, name, scans[name], wanted[key]) for key, name in names.items()}
    except Unreadable as refusal:
        return Extract(refusal=refusal.sentence)
    except (python_calamine.CalamineError, OSError, ValueError):
        return Extract(refusal=DAMAGED)
    return Extract(version=version, downloaded_at=downloaded_at, sheets=sheets)


def _scan(package: Package, name: str) -> Scan:
    return scan_sheet(name, package.blocks(package.sheets[name]))


def _lower_memory_limit(scans: Mapping[str, Scan]) -> None:
    """Leave this process the memory that the cells seen can need: a sheet that hid some from view fails early."""
    try:
        status = Path("/proc/self/statm").read_text()
    except OSError:
        return
    import resource

    in_use = int(status.split()[0]) * resource.getpagesize()
    cells = sum(scan.cells for scan in scans.values())
    places = max((scan.last_row * (scan.last_column + 1) for scan in scans.values()), default=0)
    limit = in_use + SPARE_BYTES + BYTES_A_CELL * cells + BYTES_A_PLACE * places
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or limit < soft:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _raw_sheet(book: python_calamine.CalamineWorkbook, name: str, scan: Scan, wanted: frozenset[str]) -> RawSheet:
    source = book.get_sheet_by_name(name)
    raw = RawSheet()
    if source.start is None and not scan.faults:
        return raw
    rows = numbered_rows(source, scan.faults)
    first = next(rows, None)
    if first is None or first[0] != 1:
        return raw
    raw.headers = ["" if cell is None else _header_text(cell) for cell in first[1]]
    raw.positions = tuple(place for place, header in enumerate(raw.headers) if key_form(header) in wanted)
    chunk: list[NumberedRow] = []
    count = 0
    for number, cells in rows:
        picked = tuple(cells[place] if place < len(cells) else None for place in raw.positions)
        if any(cell is not None for cell in picked):
            chunk.append((number, picked))
            count += 1
        if len(chunk) == ROWS_A_CHUNK:
            raw.chunks.append(pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL))
            chunk = []
    if count > MOST_ROWS:
        raise Unreadable(f"The sheet “{name}” has {count:,} rows; a sheet may have up to {MOST_ROWS:,}.")
    raw.chunks.append(pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL))
    return raw


def _header_text(cell: Cell) -> str:
    return " ".join(shown(cell).split())


def numbered_rows(
    source: python_calamine.CalamineSheet, faults: Mapping[tuple[int, int], Fault]
) -> Iterator[NumberedRow]:
    """All rows from the first, with errors and missing results, which the reader leaves blank, put in their places."""
    indent: list[Cell] = [None] * (source.start[1] if source.start else 0)
    by_row: dict[int, list[tuple[int, Fault]]] = {}
    for (number, column), fault in faults.items():
        by_row.setdefault(number, []).append((column, fault))
    number = 0
    for number, values in enumerate(source.iter_rows() if source.start else (), start=1):
        cells: list[Cell] = indent + [
            None if isinstance(value, str) and (not value or value.isspace()) else value for value in values
        ]
        yield number, _with_faults(cells, by_row.pop(number, ()))
    for late in sorted(row for row in by_row if row > number):
        yield late, _with_faults([], by_row[late])


def _with_faults(cells: list[Cell], faults: Sequence[tuple[int, Fault]]) -> tuple[Cell, ...]:
    for column, fault in faults:
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = fault
    return tuple(cells)
