"""The rows of a file of readings, whatever it is written in: CSV or the first sheet of a workbook. Pure.

Used in the process that reads files from outside (:mod:`marketplace.sandbox`).
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from marketplace.csv_text import BadCsv, Block, blocks_of, dress_of, lines_of
from marketplace.keys import key_form
from marketplace.workbooks.cells import Cell, exact
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.package import open_package
from marketplace.workbooks.rows import SheetReader

MOST_ROWS = 400_000
WORKBOOK = b"PK\x03\x04"
BESIDE = frozenset(key_form(name) for name in ("README", "Lists", "Errors"))
Numbered = tuple[int, tuple[str, ...]]


class BadTable(ValueError):
    """A file that holds no table: the message is the sentence for people."""


def rows_of(data: bytes) -> Iterator[Numbered]:
    """The rows that hold something, each with its number in the file and its cells as text. Raises ``BadTable``."""
    try:
        yield from _rows_of_csv(data) if is_csv(data) else _rows_of_workbook(data)
    except (BadCsv, Unreadable) as error:
        raise BadTable(error.sentence) from None


def blocks_of_csv(data: bytes) -> Iterator[Block]:
    """The same rows of a CSV file in blocks, the cells not trimmed. Raises ``BadTable``."""
    try:
        yield from blocks_of(data, most_rows=MOST_ROWS, dress=dress_of(data))
    except BadCsv as error:
        raise BadTable(error.sentence) from None


def is_csv(data: bytes) -> bool:
    return not data.startswith(WORKBOOK)


def _rows_of_csv(data: bytes) -> Iterator[Numbered]:
    for line in lines_of(data, most_rows=MOST_ROWS, dress=dress_of(data)):
        yield line.number, line.cells


def _rows_of_workbook(data: bytes) -> Iterator[Numbered]:
    package = open_package(data)
    own = [sheet for sheet in package.sheets if key_form(sheet.name) not in BESIDE]
    named = [sheet for sheet in own if key_form(sheet.name) == key_form("Readings")]
    if not own:
        raise BadTable("The workbook has no sheet with readings.")
    for number, cells in SheetReader(package).rows((named or own)[0]):
        texts = tuple(text_of(cell) for cell in cells)
        if any(texts):
            yield number, texts


def text_of(cell: Cell) -> str:
    """A cell as a file of text would hold it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        return f"{exact(cell):f}"
    if isinstance(cell, datetime):
        return _whole_second(cell).isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, timedelta):
        minutes = int(cell.total_seconds() // 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(cell).strip()


def _whole_second(moment: datetime) -> datetime:
    """Spreadsheets keep days as fractions, so that half an hour may be a microsecond short."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
