"""A look through a sheet's XML for what the fast reader does not tell: errors, formulas without results, far
cells.

It also bounds what the reader will ask of memory: the reader lays cells out as a full rectangle, so a single
cell in the far corner would ask for hundreds of gigabytes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter

from marketplace.numbers import count_text
from marketplace.workbooks.cells import Fault
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.package import DAMAGED

MOST_ROWS = 200_000
MOST_CELLS = 64 * (MOST_ROWS + 1)
LONGEST_ROW = 64 * 1024**2
NO_RESULT = Fault(
    "formula", "The formula has no stored result: open the file in a spreadsheet program and save it."
)

_P = rb"(?:[\w.\-]+:)?"
_FORMULA = rb"<" + _P + rb"f\b(?:[^<>]*/>|[^<>]*>[^<]*</" + _P + rb"f\s*>)"
_CELL = rb"<" + _P + rb"c\b((?:\s[^<>]*)?)(?<!/)>\s*"
ROW_END = re.compile(rb"</" + _P + rb"row\s*>|<" + _P + rb"row\b[^<>]*/>")
ROW_TAG = re.compile(rb"<" + _P + rb"row\b([^<>]*)>")
NUMBER = re.compile(rb"\sr\s*=\s*[\"']\s*\+?([0-9]+)")
ANY_VALUE = re.compile(rb"<" + _P + rb"(?:v|is)\b[^<>]*(?<!/)>")
ANY_CELL = re.compile(rb"<" + _P + rb"c\b")
FILLED = re.compile(rb"<" + _P + rb"c\b[^<>]*?\sr\s*=\s*[\"']([A-Za-z]+)([0-9]+)[\"'][^<>]*(?<!/)>(?!\s*</)")
ANY_TAG = re.compile(rb"<" + _P + rb"(?:c|row)(?![\w.\-:])")
SOUND_TAG = re.compile(
    rb"<" + _P + rb"(?:c|row)(?![\w.\-:])(?:\s+[\w.\-:]+\s*=\s*(?:\"[^<>\"]*\"|'[^<>']*'))*\s*/?>"
)
PLACED = re.compile(rb"\sr\s*=")
PLACED_TWICE = re.compile(rb"\sr\s*=[^<>]*\sr\s*=")
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
    rb"<"
    + _P
    + rb"c\b([^<>]*\st=[\"']e[\"'][^<>]*)>\s*(?:"
    + _FORMULA
    + rb"\s*)?<"
    + _P
    + rb"v\b[^<>]*>([^<]*)<"
)
REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
# The same as most programs write it, found several times faster.
USUAL_ROW = re.compile(rb"<row r=\"([0-9]{1,10})\"")
USUAL_FILLED = re.compile(rb"<c r=\"([A-Za-z]+)([0-9]+)\"[^<>]*(?<!/)>(?!</)")
UNUSUAL = (b":c", b" =", b"\t=", b"\n=", b"\r=", b"r='", b'>"', b">'")
OUT_OF_ORDER = (
    "The rows of the sheet “{}” are not in the order of their numbers: open the file in a spreadsheet program, save it "
    "and upload that."
)


@dataclass
class Scan:
    """What a look through one sheet found so far; rows count from 1, columns from 0.

    ``row`` is the row that the last one seen has, by its own number or by counting; ``begun_at`` the one
    before the part that is looked through.
    """

    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 25
    cells: int = 0
    row: int = 0
    begun_at: int = 0

    @property
    def width(self) -> int:
        """How many columns the sheet spreads over."""
        return self.last_column + 1


def column_number(letters: bytes) -> int:
    """``A`` is 0, ``XFD`` is 16,383."""
    number = 0
    for letter in letters.upper():
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


def look_through(name: str, block: bytes, scan: Scan) -> None:
    """Look through whole rows of the sheet ``name``. Raises :class:`Unreadable` where it is beyond the
    limits.

    What counts is where the cells say they are, whatever their row says.
    """
    is_usual = _is_usual(block)
    unplaced = 0 if is_usual else _most_unplaced_cells(block)
    scan.cells += block.count(b"<c ") if is_usual else len(ANY_CELL.findall(block))
    before = scan.row
    rows = _row_numbers(name, block, scan)
    filled = (USUAL_FILLED if is_usual else FILLED).findall(block)
    if filled:
        _measure(name, filled, scan)
    if (unplaced or not filled) and rows and ANY_VALUE.search(block):
        scan.last_row = max(scan.last_row, scan.row)
    if unplaced:
        scan.last_column = max(scan.last_column, (scan.last_column if filled else -1) + unplaced)
    if scan.last_row > MOST_ROWS + 1:
        raise Unreadable(
            f"The sheet “{name}” has a filled cell in row {count_text(scan.last_row)} or below; "
            f"a sheet may have up to {count_text(MOST_ROWS)} rows below its headers."
        )
    refuse_far_cells(name, scan)
    _find_faults(block, scan, before)


def refuse_far_cells(name: str, scan: Scan) -> None:
    """Refuse a sheet whose filled cells spread over more than a table of the largest size does."""
    if (scan.last_row + 1) * scan.width > MOST_CELLS:
        raise Unreadable(
            f"The sheet “{name}” spreads over {count_text(scan.last_row)} rows and {count_text(scan.width)} columns (a cell in "
            f"column {column_letters(scan.last_column)} is filled): delete what lies outside the table."
        )


def whole_rows(blocks: Iterable[bytes]) -> Iterator[bytes]:
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


def _is_usual(block: bytes) -> bool:
    """Whether each cell and row names its place first and once, as nearly every program writes it."""
    cells, rows = block.count(b'<c r="'), block.count(b'<row r="')
    return (
        cells == block.count(b"<c")
        and rows == block.count(b"<row")
        and cells + rows == block.count(b'r="')
        and not any(sign in block for sign in UNUSUAL)
    )


def _most_unplaced_cells(block: bytes) -> int:
    """How many cells the row has that holds the most of those which do not say where they are.

    Raises :class:`Unreadable` for cells and rows whose place a reader of broken XML may find elsewhere than a
    look through does.
    """
    tags = [match[0] for match in SOUND_TAG.finditer(block)]
    if len(tags) != len(ANY_TAG.findall(block)) or any(map(PLACED_TWICE.search, tags)):
        raise Unreadable(DAMAGED)
    most = here = 0
    for tag in tags:
        here = 0 if ROW_TAG.match(tag) else here + (not PLACED.search(tag))
        most = max(most, here)
    return most


def _row_numbers(name: str, block: bytes, scan: Scan) -> int:
    """How many rows the block has; they must ascend, as everything that reads them takes for granted."""
    usual = USUAL_ROW.findall(block)
    if usual and len(usual) == block.count(b"<row") and b":row" not in block:
        numbers = [int(digits) for digits in usual]
        if numbers[0] <= scan.row or any(after <= before for before, after in pairwise(numbers)):
            raise Unreadable(OUT_OF_ORDER.format(name))
        scan.row = numbers[-1]
        return len(numbers)
    count = 0
    for tag in ROW_TAG.finditer(block):
        count += 1
        told = NUMBER.search(tag[1])
        number = int(told[1][:10]) if told else scan.row + 1
        if number <= scan.row:
            raise Unreadable(OUT_OF_ORDER.format(name))
        scan.row = number
    return count


def _measure(name: str, filled: list[tuple[bytes, bytes]], scan: Scan) -> None:
    for digits, _ in groupby(filled, key=itemgetter(1)):
        number = int(digits[:10])
        if number <= scan.last_row:
            raise Unreadable(OUT_OF_ORDER.format(name))
        scan.last_row = number
    for letters in set(map(itemgetter(0), filled)):
        scan.last_column = max(scan.last_column, column_number(letters[:7]))


def _find_faults(block: bytes, scan: Scan, before: int) -> None:
    if b"<f" in block or b":f" in block:
        for match in NOT_STORED.finditer(block):
            if not (
                match[2] and re.search(rb"\st=[\"']str[\"']", match[1])
            ):  # an empty text is a stored result
                scan.faults[_place(block, match, before)] = NO_RESULT
    if b'"e"' in block or b"'e'" in block:
        for match in ERROR_VALUE.finditer(block):
            text = match[2].decode("utf-8", "replace").strip()[:20] or "#ERROR!"
            scan.faults[_place(block, match, before)] = Fault(text, f"The cell holds the error {text}.")


def _place(block: bytes, match: re.Match[bytes], before: int) -> tuple[int, int]:
    """Row and column of a cell: its reference, or else its place in its row, counted on from the row
    ``before``."""
    reference = REFERENCE.search(match[1])
    if reference:
        return int(reference[2]), column_number(reference[1])
    number, begun = before, 0
    for tag in ROW_TAG.finditer(block, 0, match.start()):
        told = NUMBER.search(tag[1])
        number, begun = int(told[1][:10]) if told else number + 1, tag.end()
    return number, len(ANY_CELL.findall(block, begun, match.start()))
