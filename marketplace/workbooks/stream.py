"""A worksheet of XlsxWriter whose data rows are written past its cell table, several times faster.

XlsxWriter keeps a row's cells as objects, then asks each for its type, format and address. A declared column
knows its format beforehand and repeats many values (names, dates, choices), so here the XML of a value is
made once and kept.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any

from xlsxwriter.worksheet import Worksheet

from marketplace.workbooks.declare import Column
from marketplace.workbooks.kinds import Written
from marketplace.workbooks.moments import DateTime
from marketplace.workbooks.scan import column_letters

Rows = Iterable[Mapping[str, Any]]
Style = Callable[[str], int]  # the index of the format for a text, quoted or not, or for any number as ""
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPED_CHARACTER = re.compile(
    r"_(?=x[0-9A-Fa-f]{4}_)"
)  # what a spreadsheet would take for a character's code
LONGEST_TEXT = 32_767  # UTF-16 units in a cell
KEPT_VALUES = 2048  # per column
MOST_LOOKED_AHEAD = 20_000


def writable(text: str) -> str:
    """The text without characters that no workbook can hold, cut to what a cell holds."""
    text = UNWRITABLE.sub("", text)
    if len(text) > LONGEST_TEXT // 2:
        return text.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
    return text


class StreamedSheet(Worksheet):  # type: ignore[misc]
    """To be made by ``Workbook.add_worksheet(name, StreamedSheet)`` of a workbook in constant memory."""

    def stream(self, columns: Sequence[tuple[Column, Style]], rows: Rows, zone: Any) -> int:
        """Write the rows below the header row, one at a time; the number of the last row, counted from 0.

        Each row maps column keys to values; None and absent keys are blank. After it, no cell may be written.
        """
        rows, as_text = _moments_as_text(columns, rows, zone)
        self._write_single_row(1)
        put = self.row_data_fh.write
        cells = [
            (
                column.key,
                f'<c r="{column_letters(place)}',
                self._cell_writer(column, style, None if column.key in as_text else zone),
            )
            for place, (column, style) in enumerate(columns)
        ]
        number = 0
        for number, row in enumerate(rows, start=1):
            at = number + 1
            parts = [f'<row r="{at}">']
            for key, opening, ending in cells:
                value = row.get(key)
                if value is not None and (xml := ending(value)):
                    parts.append(f"{opening}{at}{xml}")
            parts.append("</row>")
            put("".join(parts))
        self._check_dimensions(max(number, 1), len(columns) - 1)
        return number

    def _cell_writer(self, column: Column, style: Style, zone: Any) -> Callable[[Any], str]:
        """What makes a value of the column the rest of its cell's XML, after its address; "" for a blank
        cell."""
        write = partial(self._cell, column.kind.write, style, zone)
        return lru_cache(KEPT_VALUES, typed=True)(write) if column.kind.hashable else write

    def _cell(self, written_as: Callable[..., Written], style: Style, zone: Any, value: Any) -> str:
        written = written_as(value, zone)
        if isinstance(written, str):
            text = writable(written)
            return f'" s="{style(text)}" t="inlineStr"><is>{_text(text)}</is></c>' if text else ""
        if written is None:
            return ""
        number = written if isinstance(written, int | float) else self._convert_date_time(written)
        return f'" s="{style("")}"><v>{number:.16G}</v></c>'


def _moments_as_text(
    columns: Sequence[tuple[Column, Style]], rows: Rows, zone: Any
) -> tuple[Rows, frozenset[str]]:
    """The same rows, and the columns of date-times to be written as text because a cell would lose one of
    them.

    A column holds cells or text, never both. What is read again has to give the same instants, so such a
    column is text as a whole where one of its instants is the second of two that the clocks show, or finer
    than a millisecond. Long sheets are written as they come, in cells: they are not read again.
    """
    kinds = {column.key: column.kind for column, _ in columns if not column.information}
    moments = {key: kind for key, kind in kinds.items() if isinstance(kind, DateTime)}
    if zone is None or not moments:
        return rows, frozenset()
    rest = iter(rows)
    first = list(islice(rest, MOST_LOOKED_AHEAD))
    if len(first) == MOST_LOOKED_AHEAD:
        return chain(first, rest), frozenset()
    told = ((key, kind, row.get(key)) for row in first for key, kind in moments.items())
    return first, frozenset(
        key for key, kind, value in told if value is not None and not kind.cell_is_exact(value, zone)
    )


def _text(text: str) -> str:
    """The element of a text; blanks at its ends are kept, and nothing in it is taken for XML."""
    escaped = (
        ESCAPED_CHARACTER.sub("_x005F_", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )
    return f"<t>{escaped}</t>" if text == text.strip() else f'<t xml:space="preserve">{escaped}</t>'
