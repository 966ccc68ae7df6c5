"""One sheet of a workbook as CSV, with the workbook's headers, read as the workbook is."""

from zoneinfo import ZoneInfo

from marketplace.csv_text import BadCsv, Line, lines_of
from marketplace.keys import key_form
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.declare import Problem, Reading, Sheet, Unreadable, WorkbookSpec
from marketplace.workbooks.reading import read_cells
from marketplace.workbooks.write import EVALUATED

MOST_ROWS = 20_000
MEMORY_MB, SECONDS = 512, 60
ZIP = b"PK\x03\x04"


def is_csv(data: bytes, filename: str) -> bool:
    """Whether a file is CSV by its name, and no workbook by its content."""
    return filename.lower().endswith(".csv") and not data.startswith(ZIP)


def read_csv(data: bytes, spec: WorkbookSpec, sheet: Sheet, *, zone: ZoneInfo) -> Reading:
    """Read the CSV of a sheet. Raises ``Unreadable`` for one that is broken or lacks a required column."""
    lines = _lines_apart(data)
    if not lines:
        raise Unreadable("The file is empty.")
    headers = [key_form(cell) for cell in lines[0].cells]
    _check_headers(headers, sheet)
    keys = [sheet.by_header[name].key if name in sheet.by_header else None for name in headers]
    rows = [
        {key: _as_meant(cell) for key, cell in zip(keys, line.cells, strict=False) if key}
        for line in lines[1:]
    ]
    reading = read_cells({sheet.name: rows}, spec, zone=zone)
    unknown = [
        cell for cell, name in zip(lines[0].cells, headers, strict=True) if name not in sheet.by_header
    ]
    reading.problems += [
        Problem(sheet.name, 1, name, "", "This column is not known; it is ignored.", "warning")
        for name in unknown
        if name
    ]
    return reading


def _as_meant(cell: str) -> str | None:
    """The cell without the quote that keeps spreadsheets from evaluating it; None for a blank one."""
    if cell.startswith("'") and cell[1:].startswith(EVALUATED):
        return cell[1:]
    return cell or None


def _lines_apart(data: bytes) -> list[Line]:
    """The lines of the file, read in a process that can do nothing else. Raises ``Unreadable``."""
    try:
        refusal, rows = run_limited(_lines, data, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise Unreadable("The file takes too long or too much memory to read: split it.") from None
    except ChildFailed:
        raise Unreadable("The file can't be read: save it as “CSV UTF-8” and upload that.") from None
    if refusal:
        raise Unreadable(refusal)
    return [Line(number, tuple(cells)) for number, cells in rows]


def _lines(data: bytes) -> tuple[str, list[tuple[int, tuple[str, ...]]]]:
    try:
        return "", [(line.number, line.cells) for line in lines_of(data, most_rows=MOST_ROWS)]
    except BadCsv as error:
        return error.sentence, []


def _check_headers(headers: list[str], sheet: Sheet) -> None:
    twice = sorted({name for name in headers if name and headers.count(name) > 1})
    if twice:
        raise Unreadable(
            f"The column “{sheet.by_header[twice[0]].header if twice[0] in sheet.by_header else twice[0]}” is there twice."
        )
    missing = [
        each.header for each in sheet.columns if each.required and key_form(each.header) not in headers
    ]
    if missing:
        raise Unreadable(f"These columns are missing: {', '.join(missing)}.")
