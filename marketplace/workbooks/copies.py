"""What the process that marks a workbook does: edit the user's own, or build a copy from the cells' values.

All that it needs is loaded with this module, since that process can open no file later on.
"""

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import python_calamine
import xlsxwriter
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from marketplace.keys import key_form
from marketplace.workbooks.cells import Fault
from marketplace.workbooks.declare import Problem, Unreadable
from marketplace.workbooks.package import Package, SheetPart, open_package
from marketplace.workbooks.plain import NumberedRow
from marketplace.workbooks.rows import SheetReader
from marketplace.workbooks.scan import Scan, column_letters, look_through, whole_rows
from marketplace.workbooks.stream import writable
from marketplace.workbooks.write import CREATED, OPTIONS

MOST_EDITED_CELLS = 150_000
MOST_COMMENTS = 5_000
LIST_NAME = "Errors"
LIST_HEADERS = ("Sheet", "Row", "Column", "Value", "What is wrong", "Level")
LIST_WIDTHS = (22, 8, 28, 30, 80, 10)
COLOURS = {"error": "FFC7CE", "warning": "FFEB9C"}
AUTHOR = "Check"
FORMATS: tuple[tuple[type, str], ...] = (
    (datetime, "yyyy-mm-dd hh:mm:ss"),
    (date, "yyyy-mm-dd"),
    (time, "hh:mm:ss"),
    (timedelta, "[hh]:mm:ss"),
)

Place = tuple[int, int]
Marks = dict[Place, tuple[str, str]]  # row and column from 1 -> level, text


def _looked_through(package: Package, sheet: SheetPart) -> Scan:
    scan = Scan()
    for block in whole_rows(package.blocks(sheet.part)):
        look_through(sheet.name, block, scan)
    return scan


def _marks(sheet: str, headers: Sequence[Any], problems: Sequence[Problem]) -> Marks:
    """Where the problems of a sheet are; one without a column of its own marks the first cell of its row."""
    columns: dict[str, int] = {}
    for place, header in enumerate(headers, start=1):
        columns.setdefault(key_form("" if header is None else header), place)
    marks: Marks = {}
    for problem in problems:
        if key_form(problem.sheet) != key_form(sheet) or problem.row is None:
            continue
        at = (problem.row, columns.get(key_form(problem.column), 1) if problem.column else 1)
        level, text = marks.get(at, (problem.level, ""))
        if problem.level == "error":
            level = "error"
        marks[at] = (level, f"{text}\n{problem.message}" if text else problem.message)
    return marks


def edited_copy(data: bytes, problems: Sequence[Problem]) -> bytes | None:
    """The user's own workbook, marked; None where it is too large or too odd to be edited faithfully."""
    try:
        package = open_package(data)
        scans = [_looked_through(package, sheet) for sheet in package.sheets if sheet.part]
    except Unreadable:
        return None
    if sum(scan.cells for scan in scans) > MOST_EDITED_CELLS:
        return None
    book = openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
    if len(book.worksheets) < len(scans):  # a workbook in the strict form opens without its sheets
        return None
    for sheet in book.worksheets:
        headers = [cell.value for cell in sheet[1]] if sheet.max_row else []
        _mark_in_place(sheet, _marks(sheet.title, headers, problems))
    _list_in_place(book, problems)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _mark_in_place(sheet: Any, marks: Marks) -> None:
    fills = {level: PatternFill("solid", start_color=colour) for level, colour in COLOURS.items()}
    for count, ((row, column), (level, text)) in enumerate(marks.items()):
        cell = sheet.cell(row, column)
        cell.fill = fills[level]
        if count < MOST_COMMENTS and not isinstance(cell, MergedCell):
            before = f"{cell.comment.text}\n\n" if cell.comment else ""
            cell.comment = Comment(before + text, AUTHOR, width=320, height=40 + 20 * (len(text) // 40 + 1))


def _list_in_place(book: Any, problems: Sequence[Problem]) -> None:
    page = book.create_sheet(_free_name([sheet.title for sheet in book.worksheets]), 0)
    for row, cells in enumerate([LIST_HEADERS, *map(_listed, problems)], start=1):
        for column, value in enumerate(cells, start=1):
            cell = page.cell(row, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula
                cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
            if row == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate(LIST_WIDTHS):
        page.column_dimensions[column_letters(column)].width = width
    page.freeze_panes = "A2"
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is page
    book.active = 0


def _listed(problem: Problem) -> tuple[str | int | None, ...]:
    level = "Error" if problem.level == "error" else "Warning"
    return (problem.sheet, problem.row, problem.column, problem.value or None, problem.message, level)


def _free_name(taken: Iterable[str]) -> str:
    names = {name.casefold() for name in taken}
    name, number = LIST_NAME, 2
    while name.casefold() in names:
        name, number = f"{LIST_NAME} ({number})", number + 1
    return name


def rebuilt_copy(data: bytes, problems: Sequence[Problem]) -> bytes | None:
    """A workbook with the values of the user's sheets, marked; None where those can't be read."""
    try:
        package = open_package(data)
        reader = SheetReader(package)
        sheets = {sheet.name: reader.rows(sheet) for sheet in reversed(package.sheets) if sheet.part}
        with _leaving_times_alone():
            return _written_anew(problems, dict(reversed(sheets.items())))
    except (Unreadable, python_calamine.CalamineError, OSError, ValueError, ArithmeticError):
        return None


@contextmanager
def _leaving_times_alone() -> Iterator[None]:
    """XlsxWriter dates its temporary files, which this process may not; nobody sees their dates."""
    setting, os.utime = os.utime, lambda *_, **__: None
    try:
        yield
    finally:
        os.utime = setting


def _written_anew(problems: Sequence[Problem], sheets: Mapping[str, Iterable[NumberedRow]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, OPTIONS)
    book.set_properties({"created": CREATED})
    page = book.add_worksheet(_free_name(sheets))
    bold = book.add_format({"bold": True})
    for column, width in enumerate(LIST_WIDTHS):
        page.set_column(column, column, width)
    page.freeze_panes(1, 0)
    for row, cells in enumerate([LIST_HEADERS, *map(_listed, problems)]):
        for column, value in enumerate(cells):
            _put(page, row, column, value, bold if row == 0 else None)
    for name, rows in sheets.items():
        _copy_sheet(book, name, rows, problems)
    book.close()
    return target.getvalue()


def _copy_sheet(book: Any, name: str, rows: Iterable[NumberedRow], problems: Sequence[Problem]) -> None:
    page = book.add_worksheet(name)
    page.freeze_panes(1, 0)
    formats: dict[tuple[str, str], Any] = {}
    marks: Marks = {}
    comments = 0
    for number, cells in rows:
        if number == 1:
            marks = _marks(name, cells, problems)
        for column, value in enumerate(cells, start=1):
            level, text = marks.get((number, column), ("", ""))
            key = (level, next((layout for kind, layout in FORMATS if isinstance(value, kind)), "General"))
            if key not in formats:
                style = {"num_format": key[1]} | ({"bg_color": f"#{COLOURS[level]}"} if level else {})
                formats[key] = book.add_format(style)
            _put(page, number - 1, column - 1, value, formats[key])
            if text and comments < MOST_COMMENTS:
                page.write_comment(number - 1, column - 1, text, {"author": AUTHOR, "x_scale": 2})
                comments += 1


def _put(page: Any, row: int, column: int, value: Any, look: Any) -> None:
    if isinstance(value, Fault):
        value = value.text
    if value is None:
        page.write_blank(row, column, None, look)
    elif isinstance(value, bool):
        page.write_boolean(row, column, value, look)
    elif isinstance(value, str):
        # XlsxWriter takes text in these two tags for XML of its own.
        text = f"{value} " if value.startswith("<r>") and value.endswith("</r>") else value
        page.write_string(row, column, writable(text), look)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, look)
    else:
        page.write_datetime(row, column, value, look)


def list_alone(problems: Sequence[Problem]) -> bytes:
    """A workbook with nothing but the list of problems."""
    return _written_anew(problems, {})
