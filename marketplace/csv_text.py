"""Reading CSV files that people send: whatever encoding and separator, line by line, within limits. Pure.

To be used in the process that reads files from outside (:mod:`marketplace.sandbox`).
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from marketplace.numbers import count_text
from marketplace.text import text_fault

MOST_COLUMNS = 500
LONGEST_CELL = 32_767
BLANK_LINES = 10_000
BLOCK_ROWS = 4_096
NAMED_SEPARATOR = re.compile(r"sep=([,;\t|])", re.IGNORECASE)  # a first line by which spreadsheets are told
SEPARATORS = ",;\t|"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
NO_TEXT = "This is not a CSV file: it holds bytes that are not text. Save it as “CSV UTF-8” and upload that."


class BadCsv(Exception):
    """The file can't be read as a table; ``sentence`` (also ``str()``) is what the user reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Line:
    """One row: the line of the file on which it ends, as editors count, and its cells, trimmed."""

    number: int
    cells: tuple[str, ...]

    def cell(self, place: int) -> str:
        """The cell at that place; empty where the row is shorter."""
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True)
class Dress:
    """How a file is written: its encoding (``note`` says so where it had to be guessed) and what separates
    cells."""

    encoding: str
    separator: str
    note: str = ""


def dress_of(data: bytes) -> Dress:
    """The encoding and separator of a file. Raises :class:`BadCsv` for anything but text."""
    encoding, note = _encoding_of(data)
    with io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="") as text:
        first = next(
            (
                line
                for _ in range(BLANK_LINES)
                if (line := text.readline(LONGEST_CELL)).strip("\r\n") or not line
            ),
            "",
        )
    if named := NAMED_SEPARATOR.fullmatch(first.strip()):
        return Dress(encoding, named[1], note)
    separator = max(SEPARATORS, key=lambda each: (first.count(each), -SEPARATORS.index(each)))
    return Dress(encoding, separator, note)


def _encoding_of(data: bytes) -> tuple[str, str]:
    for mark, encoding, _ in BOMS:
        if data.startswith(mark):
            return (encoding, "") if _decodes(data, encoding) else _refused()
    if b"\x00" in data[:4096]:
        _refused()
    if _decodes(data, "utf-8"):
        return "utf-8", ""
    if _decodes(data, "cp1252"):
        return "cp1252", "The file is not in UTF-8; it was read as Windows text (Western European)."
    return _refused()


def _refused() -> tuple[str, str]:
    raise BadCsv(NO_TEXT)


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), 1 << 20):
            decoder.decode(data[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


@dataclass
class Block:
    """Rows one after the other, as they stand: the line on which each ends, and its cells, not trimmed."""

    numbers: list[int]
    rows: list[list[str]]


def lines_of(data: bytes, *, most_rows: int, dress: Dress | None = None) -> Iterator[Line]:
    """The rows that hold something, the header first.

    Raises :class:`BadCsv` with the line for quotes that don't close, text that can't be kept, and more rows,
    columns or longer cells than are taken.
    """
    for block in blocks_of(data, most_rows=most_rows, dress=dress):
        for number, row in zip(block.numbers, block.rows, strict=True):
            yield Line(number, tuple(map(str.strip, row)))


def blocks_of(data: bytes, *, most_rows: int, dress: Dress | None = None) -> Iterator[Block]:
    """The same rows in blocks; raises the same, after the rows before it."""
    dress = dress or dress_of(data)
    rows = _rows_of(data, dress, most_rows)
    while True:
        block, fault = _next_block(rows)
        if block.rows:
            yield block
        if fault is not None:
            raise fault
        if len(block.rows) < BLOCK_ROWS:
            return


def _next_block(rows: Iterator[tuple[int, list[str]]]) -> tuple[Block, BadCsv | None]:
    """The next rows, and what is wrong with the one after them."""
    block, fault = Block([], []), None
    try:
        for number, row in islice(rows, BLOCK_ROWS):
            block.numbers.append(number)
            block.rows.append(row)
    except BadCsv as error:
        fault = error
    if _is_sound(block.rows):
        return block, fault
    for place, row in enumerate(block.rows):
        try:
            _check(row, block.numbers[place])
        except BadCsv as error:
            return Block(block.numbers[:place], block.rows[:place]), error
    return block, fault


def _rows_of(data: bytes, dress: Dress, most_rows: int) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    count = 0
    with io.TextIOWrapper(io.BytesIO(data), encoding=dress.encoding, newline="") as text:
        rows = csv.reader(text, delimiter=dress.separator, strict=True)
        try:
            for row in rows:
                if rows.line_num > most_rows + 1 + BLANK_LINES:
                    raise BadCsv(f"The file has more than {count_text(most_rows)} rows.")
                if not any(row):
                    continue
                if not count and NAMED_SEPARATOR.fullmatch(dress.separator.join(row).strip()):
                    continue
                count += 1
                if count > most_rows + 1:
                    raise BadCsv(f"The file has more than {count_text(most_rows)} rows.")
                yield rows.line_num, row
        except csv.Error as error:
            reason = (
                "a text is too long, or its quotes don't close"
                if "limit" in str(error)
                else "quotes are wrong"
            )
            raise BadCsv(f"Line {count_text(rows.line_num)} can't be read: {reason}.") from error


def _is_sound(rows: list[list[str]]) -> bool:
    """Whether plainly nothing is wrong with any of these rows."""
    if max(map(len, rows), default=0) > MOST_COLUMNS:
        return False
    return "".join(chain.from_iterable(rows)).isprintable()


def _check(row: list[str], number: int) -> None:
    if len(row) > MOST_COLUMNS:
        raise BadCsv(
            f"Line {count_text(number)} has {count_text(len(row))} cells; up to {MOST_COLUMNS} are taken."
        )
    joined = "".join(row)
    if not joined.isprintable():
        fault = text_fault(joined, multiline=True)
        if fault is not None:
            raise BadCsv(f"Line {count_text(number)}: {fault[0].lower()}{fault[1:]}")
