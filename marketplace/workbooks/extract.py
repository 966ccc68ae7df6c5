"""From bytes to raw cells, in a process of its own: what is hostile or broken may take that process down, no
other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import python_calamine

from marketplace.csv_text import BadCsv, lines_of
from marketplace.keys import key_form
from marketplace.numbers import count_text
from marketplace.workbooks.cells import Cell, shown
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.package import (
    DAMAGED,
    Package,
    SheetPart,
    document_property,
    open_package,
    template_version,
)
from marketplace.workbooks.plain import NumberedRow, packed, unpacked
from marketplace.workbooks.rows import SheetReader
from marketplace.workbooks.scan import ANY_VALUE, MOST_ROWS
from marketplace.workbooks.stale import DOWNLOADED_AT

MEMORY_MB = 500
SECONDS = 60
ROWS_A_CHUNK = 2_000
MOST_LISTED = 50


@dataclass
class RawSheet:
    """Headers as written (column order), the positions of the wanted ones, and the rows that hold something
    there.

    ``headless`` are the columns, counted from 0, that hold something below an empty header, with the first
    such row.
    """

    headers: list[str] = field(default_factory=list)
    positions: tuple[int, ...] = ()
    chunks: list[bytes] = field(default_factory=list)
    headless: dict[int, int] = field(default_factory=dict)

    def rows(self) -> Iterator[NumberedRow]:
        """Rows with the number the spreadsheet shows, their cells in the order of ``positions``."""
        for chunk in self.chunks:
            yield from unpacked(chunk)


@dataclass
class Extract:
    """A refusal in one sentence, or the sheets asked for, by the form of their names, with two of the file's
    properties: the template's version and when the file was downloaded.

    ``unread`` names the sheets that hold something and were not asked for, ``doubled`` those whose name an
    earlier sheet has, too.
    """

    refusal: str | None = None
    version: str | None = None
    downloaded_at: str | None = None
    sheets: dict[str, RawSheet] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def extract(data: bytes, wanted: Mapping[str, frozenset[str]]) -> Extract:
    """The raw cells of the ``wanted`` sheets: the forms of sheets' names to the forms of their headers."""
    try:
        package = open_package(data)
        found = Extract(
            version=template_version(package), downloaded_at=document_property(package, DOWNLOADED_AT)
        )
        reader = SheetReader(package)
        for sheet in package.sheets:
            key = key_form(sheet.name)
            if key in found.sheets:
                found.doubled.append(shown(sheet.name))
            elif key in wanted:
                found.sheets[key] = _raw_sheet(reader, sheet, wanted[key])
            elif len(found.unread) < MOST_LISTED and _holds_something(package, sheet):
                found.unread.append(shown(sheet.name))
    except Unreadable as refusal:
        return Extract(refusal=refusal.sentence)
    except (python_calamine.CalamineError, OSError, ValueError, ArithmeticError):
        return Extract(refusal=DAMAGED)
    return found


def extract_csv(data: bytes, wanted: Mapping[str, frozenset[str]]) -> Extract:
    """The same from a CSV file, which holds one of the sheets: the one that knows most of its headers."""
    try:
        lines = lines_of(data, most_rows=MOST_ROWS)
        first = next(lines, None)
        if first is None:
            return Extract(refusal="The file is empty.")
        headers = [" ".join(cell.split()) for cell in first.cells]
        forms = {key_form(header) for header in headers}
        name = max(wanted, key=lambda each: len(wanted[each] & forms))
        places = tuple(at for at, header in enumerate(headers) if key_form(header) in wanted[name])
        rows = [(line.number, tuple(line.cell(at) or None for at in places)) for line in lines]
    except BadCsv as fault:
        return Extract(refusal=fault.sentence)
    kept = [row for row in rows if any(cell is not None for cell in row[1])]
    chunks = [packed(kept[at : at + ROWS_A_CHUNK]) for at in range(0, len(kept), ROWS_A_CHUNK)]
    return Extract(sheets={name: RawSheet(headers, places, chunks)})


def _holds_something(package: Package, sheet: SheetPart) -> bool:
    try:
        return any(ANY_VALUE.search(block) for block in package.blocks(sheet.part))
    except Unreadable:
        return True


def _raw_sheet(reader: SheetReader, sheet: SheetPart, wanted: frozenset[str]) -> RawSheet:
    raw = RawSheet()
    rows = reader.rows(sheet)
    first = next(rows, None)
    if first is None or first[0] != 1:
        for _ in rows:  # so that a sheet beyond the limits is told, whatever its first row holds
            pass
        return raw
    raw.headers = ["" if cell is None else _header_text(cell) for cell in first[1]]
    raw.positions = tuple(place for place, header in enumerate(raw.headers) if key_form(header) in wanted)
    blank = [place for place, header in enumerate(raw.headers) if not key_form(header)]
    known_width = len(raw.headers)
    chunk: list[NumberedRow] = []
    count = 0
    for number, cells in rows:
        picked = tuple(cells[place] if place < len(cells) else None for place in raw.positions)
        if any(cell is not None for cell in picked):
            chunk.append((number, picked))
            count += 1
        if len(cells) > known_width:
            blank += range(known_width, len(cells))
            known_width = len(cells)
        if blank:
            filled = [place for place in blank if place < len(cells) and cells[place] is not None]
            for place in filled:
                raw.headless[place] = number
                blank.remove(place)
        if len(chunk) == ROWS_A_CHUNK:
            raw.chunks.append(packed(chunk))
            chunk = []
    if count > MOST_ROWS:
        raise Unreadable(
            f"The sheet “{sheet.name}” has {count_text(count)} rows; a sheet may have up to {count_text(MOST_ROWS)}."
        )
    raw.chunks.append(packed(chunk))
    return raw


def _header_text(cell: Cell) -> str:
    return " ".join(shown(cell).split())
