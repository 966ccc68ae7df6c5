"""Writing declared workbooks: templates, data in the state in which it can be uploaded again, CSV.

One writer serves the empty template and the file of 200,000 rows: it streams rows to disk and never evaluates
text.
"""

import codecs
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from marketplace.dates import time_text
from marketplace.numbers import exact_text
from marketplace.workbooks.cells import duration_text
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.moments import DateTime
from marketplace.workbooks.readme import describe_column, write_readme
from marketplace.workbooks.scan import MOST_ROWS, column_letters
from marketplace.workbooks.stale import DOWNLOADED_AT
from marketplace.workbooks.stream import Rows, StreamedSheet, Style

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
EVALUATED = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet take text for a formula
CREATED = datetime(2000, 1, 1)  # fixed, so that the same rows give the same bytes
LISTS = "Lists"
LONGEST_INLINE_LIST = 255
NARROWEST, WIDEST = 10, 44
HEADER_HEIGHT = 32


def write_template(
    spec: WorkbookSpec, rows: Mapping[str, Rows] | None = None, *, zone: ZoneInfo | None = None
) -> bytes:
    """The workbook as bytes: empty, or with ``rows`` by sheet name. See :func:`write_bulk`."""
    target = io.BytesIO()
    write_bulk(spec, rows or {}, target, zone=zone)
    return target.getvalue()


def write_bulk(
    spec: WorkbookSpec,
    rows: Mapping[str, Rows],
    target: BinaryIO,
    *,
    zone: ZoneInfo | None = None,
    downloaded_at: datetime | None = None,
) -> None:
    """Write the workbook: README, then each sheet with headers, notes, filter, drop-downs and its rows.

    ``rows`` maps sheet names to iterables of values by column key, taken one at a time; None and absent keys
    are blank cells. Instants are written as local date-time cells of ``zone``, or as UTC text without one.
    ``downloaded_at`` goes into the file's properties: see :mod:`marketplace.workbooks.stale`.
    """
    with TemporaryDirectory(
        prefix="workbook-"
    ) as folder:  # the rows until the end; gone if writing fails, too
        book = xlsxwriter.Workbook(target, OPTIONS | {"tmpdir": folder})
        book.set_properties({"title": spec.title, "comments": spec.purpose, "created": CREATED})
        book.set_custom_property("template_version", spec.version, "text")
        look = Look(book)
        if downloaded_at is not None:
            book.set_custom_property(DOWNLOADED_AT, downloaded_at.astimezone(UTC).isoformat(), "text")
        write_readme(book, spec)
        lists = _long_lists(spec)
        for sheet in spec.sheets:
            page = book.add_worksheet(sheet.name, StreamedSheet)
            _furnish(page, sheet, look, lists)
            columns = [(column, look.of(column)) for column in sheet.columns]
            last = page.stream(columns, rows.get(sheet.name, ()), zone)
            page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)
        if lists:
            _write_lists(book, lists)
        book.close()


@dataclass
class Look:
    """The formats of a workbook, made once each."""

    book: xlsxwriter.Workbook
    formats: dict[tuple[str, bool], Format] = field(default_factory=dict)

    def cell(self, number_format: str, quoted: bool = False) -> Format:
        """The format of a data cell; ``quoted`` marks text that must stay text when a user edits the cell."""
        key = (number_format, quoted)
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"num_format": number_format, "quote_prefix": quoted})
        return self.formats[key]

    def of(self, column: Column) -> Style:
        """Which format a text of the column gets, as the workbook numbers formats."""
        plain, quoted = (self.cell(column.kind.number_format, quoted) for quoted in (False, True))
        return lambda text: int((quoted if text.startswith(EVALUATED) else plain)._get_xf_index())

    def header(self, column: Column) -> Format:
        """The format of a header: required ones stand out, those for information recede."""
        style = {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#9AA5B1"}
        if column.information:
            style |= {"bold": False, "italic": True, "bg_color": "#E4E7EB", "font_color": "#3E4C59"}
        elif column.required:
            style |= {"bg_color": "#0B4F6C", "font_color": "#FFFFFF"}
        else:
            style |= {"bg_color": "#D3E8F2", "font_color": "#102A43"}
        return self.book.add_format(style)


def _furnish(page: Worksheet, sheet: Sheet, look: Look, lists: Mapping[tuple[str, ...], str]) -> None:
    """The headers with their notes, and the drop-downs below them; before the rows, which are written past
    it."""
    page.freeze_panes(1, 0)
    page.set_row(0, HEADER_HEIGHT)
    for place, column in enumerate(sheet.columns):
        width = min(max(column.kind.width, len(column.header) + 4, NARROWEST), WIDEST)
        page.set_column(place, place, width, look.cell(column.kind.number_format))
        page.write_string(0, place, column.header, look.header(column))
        note = describe_column(column)
        size = {"width": 280, "height": 40 + 17 * (len(note) // 40 + note.count("\n"))}
        page.write_comment(0, place, note, {"author": "Template", **size})
        options = column.kind.options
        if options and not column.information:
            source = lists.get(options) or list(options)
            rule = {
                "validate": "list",
                "source": source,
                "error_type": "warning",
                "error_title": column.header[:32],
                "error_message": "This is not one of the listed values.",
                "show_error": not getattr(column.kind, "others_up_to", None),
            }
            page.data_validation(1, place, MOST_ROWS, place, rule)


def _long_lists(spec: WorkbookSpec) -> dict[tuple[str, ...], str]:
    """Lists that a drop-down can't hold itself, and the range of the hidden sheet each is put in."""
    lists: dict[tuple[str, ...], str] = {}
    for sheet in spec.sheets:
        for column in sheet.columns:
            options = column.kind.options
            if len(",".join(options)) > LONGEST_INLINE_LIST or any("," in option for option in options):
                letters = column_letters(len(lists))
                lists.setdefault(options, f"={LISTS}!${letters}$1:${letters}${len(options)}")
    return lists


def _write_lists(book: xlsxwriter.Workbook, lists: Mapping[tuple[str, ...], str]) -> None:
    page = book.add_worksheet(LISTS)
    for row in range(max(map(len, lists))):
        for place, options in enumerate(lists):
            if row < len(options):
                page.write_string(row, place, options[row])
    page.hide()


def write_csv(
    sheet: Sheet, rows: Rows, target: BinaryIO, *, zone: ZoneInfo | None = None, for_people: bool = False
) -> None:
    """Write one sheet as CSV in UTF-8; text that a spreadsheet would evaluate gets a leading ``'``.

    A file ``for_people`` begins with a byte-order mark, by which spreadsheet programs know UTF-8; programs
    that fetch a stable address get none.
    """
    if for_people:
        target.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.header for column in sheet.columns])
    for row in rows:
        writer.writerow([_csv_text(column, row.get(column.key), zone) for column in sheet.columns])
    text.detach()


def _csv_text(column: Column, value: Any, zone: ZoneInfo | None) -> str:
    if value is None:
        return ""
    if isinstance(column.kind, DateTime):
        return str(value.astimezone(zone).isoformat()) if zone else str(column.kind.write(value))
    if isinstance(value, Decimal):
        return exact_text(value)
    written = column.kind.write(value, zone)
    if isinstance(written, str):
        return f"'{written}" if written.startswith(EVALUATED) else written
    if isinstance(written, timedelta):
        return duration_text(written)
    if isinstance(written, time):
        return time_text(written)
    return written.isoformat() if isinstance(written, date) else str(written)
