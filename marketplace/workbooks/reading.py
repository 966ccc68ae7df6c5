"""Reading an uploaded workbook: exact values, and every problem with its place."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.keys import key_form
from marketplace.numbers import count_text
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.cells import Cell, CellError, Fault, shown
from marketplace.workbooks.declare import (
    Column,
    OldTemplate,
    Problem,
    Reading,
    Row,
    Sheet,
    SheetReading,
    Unreadable,
    WorkbookSpec,
)
from marketplace.workbooks.extract import MEMORY_MB, SECONDS, Extract, RawSheet, extract, extract_csv
from marketplace.workbooks.kinds import Context
from marketplace.workbooks.package import DAMAGED, check_size
from marketplace.workbooks.plain import packed
from marketplace.workbooks.scan import column_letters
from marketplace.workbooks.stale import instant_told

REMEMBERED = 20_000
MOST_PROBLEMS = 100_000
LONGEST_MAJOR = 9
TOO_HEAVY = (
    "The workbook asks for more memory or time than a file may take: delete sheets, formats and pictures that the rows "
    "don't need, or split it into several files."
)
READ_BY_NOBODY = {
    key_form(name) for name in ("README", "Lists", "Errors")
}  # what this product's own files hold


def read(data: bytes, spec: WorkbookSpec, *, zone: ZoneInfo, is_csv: bool = False) -> Reading:
    """Read a workbook against its declaration; times without a zone are in ``zone``.

    ``is_csv``: the file is one of its sheets as CSV.

    All problems of all cells are in ``Reading.problems``. Raises :class:`Unreadable` where the whole file is
    refused: not a workbook, broken, protected, too large, of an older major version (:class:`OldTemplate`),
    or with sheets or required columns missing or a header twice.
    """
    check_size(data)
    extracted = _extracted(data, spec, extract_csv if is_csv else extract)
    _check_version(extracted, spec)
    _check_structure(extracted, spec)
    reading = Reading(
        problems=list(_unread_sheets(extracted, spec)), downloaded_at=instant_told(extracted.downloaded_at)
    )
    for sheet in spec.sheets:
        raw = extracted.sheets.get(key_form(sheet.name))
        if raw is None or not raw.headers:
            reading.sheets[sheet.name] = SheetReading()
            continue
        reading.problems.extend(_unknown_columns(sheet, raw))
        reading.problems.extend(_headless_columns(sheet, raw))
        reading.sheets[sheet.name] = _read_sheet(sheet, raw, zone, reading.problems)
        if len(reading.problems) > MOST_PROBLEMS:
            del reading.problems[MOST_PROBLEMS:]
            message = f"There are more than {count_text(MOST_PROBLEMS)} problems; the rest are not listed."
            reading.problems.append(Problem(sheet.name, None, None, "", message))
    return reading


def read_cells(
    sheets: Mapping[str, Sequence[Mapping[str, Cell]]], spec: WorkbookSpec, *, zone: ZoneInfo
) -> Reading:
    """What a page sends, read as if it stood in a workbook: by sheet name, rows of cells by column key, from
    row 2 on.

    Every column counts as present, so a cell that a row lacks is blank.
    """
    reading = Reading()
    for sheet in spec.sheets:
        columns = [column for column in sheet.columns if not column.information]
        rows = [
            (number, tuple(row.get(column.key) for column in columns))
            for number, row in enumerate(sheets.get(sheet.name, ()), start=2)
        ]
        raw = RawSheet([column.header for column in columns], tuple(range(len(columns))), [packed(rows)])
        reading.sheets[sheet.name] = _read_sheet(sheet, raw, zone, reading.problems)
    return reading


def _extracted(data: bytes, spec: WorkbookSpec, how: Callable[..., Extract]) -> Extract:
    wanted = {
        key_form(sheet.name): frozenset(
            key_form(column.header) for column in sheet.columns if not column.information
        )
        for sheet in spec.sheets
    }
    try:
        extracted: Extract = run_limited(how, data, wanted, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded as error:
        raise Unreadable(TOO_HEAVY) from error
    except ChildFailed as error:
        raise Unreadable(DAMAGED) from error
    if extracted.refusal is not None:
        raise Unreadable(extracted.refusal)
    return extracted


def _check_version(extracted: Extract, spec: WorkbookSpec) -> None:
    major = (extracted.version or spec.version).partition(".")[0].strip()
    current = int(spec.version.partition(".")[0])
    if not major.isascii() or not major.isdigit() or len(major) > LONGEST_MAJOR:
        return
    if int(major) < current:
        raise OldTemplate(
            f"This file follows version {extracted.version} of the template; version {spec.version} is needed: "
            "download the new template and copy your rows into it."
        )
    if int(major) > current:
        raise Unreadable(
            f"This file follows version {extracted.version} of the template, which is newer than version "
            f"{spec.version} that is known here: download the template again and copy your rows into it."
        )


def _check_structure(extracted: Extract, spec: WorkbookSpec) -> None:
    """Refuse the file, naming everything at once that its sheets and headers lack or hold twice."""
    complaints = []
    for sheet in spec.sheets:
        raw = extracted.sheets.get(key_form(sheet.name))
        if raw is None:
            if sheet.required:
                complaints.append(f"the sheet “{sheet.name}” is missing")
            continue
        if not raw.headers and not sheet.required:
            continue
        complaints.extend(_header_complaints(sheet, raw))
    if complaints:
        raise Unreadable(f"The file can't be used: {'; '.join(complaints)}.")


def _header_complaints(sheet: Sheet, raw: RawSheet) -> Iterator[str]:
    found = Counter(key_form(header) for header in raw.headers if header)
    missing = [
        c.header
        for c in sheet.columns
        if c.required and not c.information and key_form(c.header) not in found
    ]
    if missing:
        names = ", ".join(f"“{header}”" for header in missing)
        yield f"the sheet “{sheet.name}” lacks the column{'s' if len(missing) > 1 else ''} {names} in row 1"
    for header, times in found.items():
        if times > 1:
            name = sheet.by_header[header].header if header in sheet.by_header else _as_written(raw, header)
            yield f"the sheet “{sheet.name}” has the column “{name}” {'twice' if times == 2 else f'{times} times'}"


def _as_written(raw: RawSheet, header: str) -> str:
    return shown(next(written for written in raw.headers if key_form(written) == header))


def _unknown_columns(sheet: Sheet, raw: RawSheet) -> list[Problem]:
    return [
        Problem(sheet.name, 1, shown(header), "", "This column is not known here and was ignored.", "warning")
        for header in raw.headers
        if header and key_form(header) not in sheet.by_header
    ]


def _headless_columns(sheet: Sheet, raw: RawSheet) -> Iterator[Problem]:
    for place, row in sorted(raw.headless.items()):
        letters = column_letters(place)
        sentence = f"Column {letters} holds something but has no header in row 1, so it was not read."
        yield Problem(sheet.name, row, letters, "", sentence, "warning")


def _unread_sheets(extracted: Extract, spec: WorkbookSpec) -> Iterator[Problem]:
    """A warning for each sheet that holds something and was not read."""
    lacking = {
        key_form(sheet.name): sheet.name
        for sheet in spec.sheets
        if key_form(sheet.name) not in extracted.sheets
    }
    for name in extracted.unread:
        if key_form(name) in READ_BY_NOBODY:
            continue
        close = get_close_matches(
            key_form(name), list(lacking) or [key_form(sheet.name) for sheet in spec.sheets], 1
        )
        meant = (
            f" It may be meant to be “{spec.sheet(close[0]).name}”: rename it and upload the file again."
            if close
            else ""
        )
        yield Problem(
            name, None, None, "", f"The sheet “{name}” is not known here and was not read.{meant}", "warning"
        )
    for name in extracted.doubled:
        sentence = f"There is an earlier sheet of the name “{name}”; this one was not read."
        yield Problem(name, None, None, "", sentence, "warning")


@dataclass(frozen=True, slots=True)
class _Parsed:
    value: Any = None
    error: str = ""
    warnings: tuple[str, ...] = ()


@dataclass
class _ColumnReader:
    """Reads the cells of one column, remembering what it has read: columns repeat themselves."""

    column: Column
    zone: ZoneInfo
    remembered: dict[Any, _Parsed] = field(default_factory=dict)

    def read(self, cell: Cell) -> _Parsed:
        key = cell if isinstance(cell, str | float) else (type(cell), cell)
        parsed = self.remembered.get(key)
        if parsed is None:
            if len(self.remembered) >= REMEMBERED:
                self.remembered.clear()
            parsed = self.remembered[key] = self._parse(cell)
        return parsed

    def _parse(self, cell: Cell) -> _Parsed:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            must = self.column.required and not self.column.may_be_blank
            return _Parsed(error="Must be filled in." if must else "")
        if isinstance(cell, Fault):
            return _Parsed(error=cell.message)
        context = Context(self.zone)
        try:
            value = self.column.kind.parse(cell, context)
        except CellError as error:
            return _Parsed(error=error.sentence)
        return _Parsed(value, "", tuple(context.warnings))


class _ByKey(Mapping[str, Any]):
    """What a row holds by column key, without a dict for each row."""

    __slots__ = ("_held", "_places")

    def __init__(self, places: dict[str, int], held: Sequence[Any]) -> None:
        self._places = places
        self._held = held

    def __getitem__(self, key: str) -> Any:
        return self._held[self._places[key]]

    def get(self, key: str, default: Any = None) -> Any:
        place = self._places.get(key)
        return default if place is None else self._held[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _read_sheet(sheet: Sheet, raw: RawSheet, zone: ZoneInfo, problems: list[Problem]) -> SheetReading:
    columns = [sheet.by_header[key_form(raw.headers[place])] for place in raw.positions]
    readers = [_ColumnReader(column, zone) for column in columns]
    keys = [column.key for column in columns]
    places = {key: place for place, key in enumerate(keys)}
    headers = {column.key: column.header for column in sheet.columns}
    reading = SheetReading(present=frozenset(keys), given=True)
    blanks = [(reader, reader.read(None)) for reader in readers]
    for number, cells in raw.rows():
        parsed = [
            blank if cell is None else reader.read(cell)
            for (reader, blank), cell in zip(blanks, cells, strict=True)
        ]
        values = _ByKey(places, [cell.value for cell in parsed])
        worth_telling = [
            (key, cell) for key, cell in zip(keys, parsed, strict=True) if cell.error or cell.warnings
        ]
        bad = frozenset(key for key, cell in worth_telling if cell.error)
        row = Row(sheet.name, number, values, _ByKey(places, cells), bad, headers)
        reading.rows.append(row)
        if len(problems) > MOST_PROBLEMS:
            continue
        for key, cell in worth_telling:
            if cell.error:
                problems.append(row.problem(key, cell.error))
            for warning in cell.warnings:
                problems.append(row.problem(key, warning, "warning"))
    return reading
