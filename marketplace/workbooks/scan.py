"""A look through a sheet's XML for what the fast reader does not tell: errors, formulas without results, far cells.

It also bounds what the reader will ask of memory: the reader lays cells out as a full rectangle, so a single cell
in the far corner would ask for hundreds of gigabytes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from marketplace.workbooks.cells import Fault
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.package import DAMAGED

MOST_ROWS = 200_000
MOST_CELLS = 64 * (MOST_ROWS + 1)
LONGEST_ROW = 64 * 1024**2
NO_RESULT = Fault("formula", "The formula has no stored result: open the file in a spreadsheet program and save it.")

_P = rb"(?:[\w.\-]+:)?"
_FORMULA = rb"<" + _P + rb"f\b(?:[^<>]*/>|[^<>]*>[^<]*</" + _P + rb"f\s*>)"
_CELL = rb"<" + _P + rb"c\b((?:\s[^<>]*)?)(?<!/)>\s*"
ROW_END = re.compile(rb"</" + _P + rb"row\s*>|<" + _P + rb"row\b[^<>]*/>")
ROW_NUMBER = re.compile(rb"<" + _P + rb"row\b[^<>]*?\sr=[\"']([0-9]+)[\"']")
ANY_VALUE = re.compile(rb"<" + _P + rb"(?:v|is)\b[^<>]*(?<!/)>")
ANY_CELL = re.compile(rb"<" + _P + rb"c\b")
FAR_COLUMN = re.compile(rb"<" + _P + rb"c\b[^<>]*?\sr=[\"']([A-Z]{2,3})[0-9]+[\"'][^<>]*(?<!/)>(?!\s*</)")
NOT_STORED = re.compile(
    _CELL
    + _FORMULA
    + rb"\s*(<"
    + _P
    + rb"v\b[^<>]*/>|<"
    + _P
    + rb"v\b[^<>]*>\s*</"
    + _P
    + rb"v\s*>)?\s*</"
    + _P
    + rb"c\s*>"
)
ERROR_VALUE = re.compile(
    rb"<" + _P + rb"c\b([^<>]*\st=[\"']e[\"'][^<>]*)>\s*(?:" + _FORMULA + rb"\s*)?<" + _P + rb"v\b[^<>]*>([^<]*)<"
)
REFERENCE = re.compile(rb"\sr=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")


@dataclass
class Scan:
    """What a look through one sheet found; rows count from 1, columns from 0."""

    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 25
    cells: int = 0


def column_number(letters: bytes) -> int:
    """``A`` is 0, ``XFD`` is 16,383."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def column_letters(number: int) -> str:
    """The letters of a column counted from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def scan_sheet(name: str, blocks: Iterable[bytes]) -> Scan:
    """Look through the sheet ``name``. Raises :class:`Unreadable` where it is beyond the limits."""
    scan = Scan()
    for block in _whole_rows(blocks):
        _measure(name, block, scan)
        _find_faults(block, scan)
    if (scan.last_row + 1) * (scan.last_column + 1) > MOST_CELLS:
        raise Unreadable(
            f"The sheet “{name}” spreads over {scan.last_row:,} rows and {scan.last_column + 1:,} columns (a cell in "
            f"column {column_letters(scan.last_column)} is filled): delete what lies outside the table."
        )
    return scan


def _whole_rows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut between rows."""
    held = b""
    for block in blocks:
        held += block
        end = held.rfind(b"</row>") + len(b"</row>")  # the usual case, found from the end
        if end >= len(b"</row>"):
            yield held[:end]
            held = held[end:]
            continue
        ends = [match.end() for match in ROW_END.finditer(held, max(0, len(held) - len(block) - 256))]
        if ends:
            end = ends[-1]
            yield held[:end]
            held = held[end:]
        elif len(held) > LONGEST_ROW:
            raise Unreadable(DAMAGED)
    yield held


def _measure(name: str, block: bytes, scan: Scan) -> None:
    scan.cells += block.count(b"<c ") or len(ANY_CELL.findall(block))
    if not ANY_VALUE.search(block):
        return
    for match in ROW_NUMBER.finditer(block):
        number = int(match[1])
        if number > MOST_ROWS + 1:
            if ANY_VALUE.search(block, match.end()):
                raise Unreadable(
                    f"The sheet “{name}” has a filled cell in row {number:,} or below; "
                    f"a sheet may have up to {MOST_ROWS:,} rows below its headers."
                )
            break
        scan.last_row = max(scan.last_row, number)
    for letters in set(FAR_COLUMN.findall(block)):
        scan.last_column = max(scan.last_column, column_number(letters))


def _find_faults(block: bytes, scan: Scan) -> None:
    if b"<f" in block or b":f" in block:
        for match in NOT_STORED.finditer(block):
            if not (match[2] and re.search(rb"\st=[\"']str[\"']", match[1])):  # an empty text is a stored result
                scan.faults[_place(block, match)] = NO_RESULT
    if b'"e"' in block or b"'e'" in block:
        for match in ERROR_VALUE.finditer(block):
            text = match[2].decode("utf-8", "replace").strip()[:20] or "#ERROR!"
            scan.faults[_place(block, match)] = Fault(text, f"The cell holds the error {text}.")


def _place(block: bytes, match: re.Match[bytes]) -> tuple[int, int]:
    """Row and column of a cell: its reference, or else its place in its row."""
    reference = REFERENCE.search(match[1])
    if reference:
        return int(reference[2]), column_number(reference[1])
    rows = list(ROW_NUMBER.finditer(block, 0, match.start()))
    if not rows:
        raise Unreadable("The workbook does not number its rows, and holds errors or formulas without results.")
    return int(rows[-1][1]), len(ANY_CELL.findall(block, rows[-1].end(), match.start()))
