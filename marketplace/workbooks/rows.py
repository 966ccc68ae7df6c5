"""The rows of one sheet, read a part at a time: what is held in memory does not grow with the sheet.

The fast reader lays a sheet out as a full rectangle. So it gets the sheet in pieces, each as a small workbook
of its own that holds nothing else of the user's file but the shared texts and the formats. Each piece is
looked over before.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import python_calamine

from marketplace.workbooks.cells import Cell, Fault
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.package import DAMAGED, Package, SheetPart
from marketplace.workbooks.plain import NumberedRow
from marketplace.workbooks.scan import MOST_CELLS, MOST_ROWS, Scan, look_through, refuse_far_cells, whole_rows

CELLS_A_PART = 150_000
PLACES_A_PART = 2_000_000
ROW_START = re.compile(rb"<(?:[\w.\-]+:)?row\b")
DATA_START = re.compile(rb"<((?:[\w.\-]+:)?)sheetData\b[^<>]*?(/?)>")
ROOT = re.compile(rb"<((?:[\w.\-]+:)?)worksheet\b[^<>]*>")
DATA_END = re.compile(rb"</(?:[\w.\-]+:)?sheetData\s*>")
# Numbers that are no date whatever their format: the reader would fail on them, or take them for midnight.
_NO_DATE_NUMBER = rb"(?:[-+nNiI]|[0-9]{8}|[0-9.]+[eE]\+?(?:[7-9]|[0-9]{2}))"
_P = rb"(?:[\w.\-]+:)?"
MAYBE_NO_DATE = re.compile(rb"<v>" + _NO_DATE_NUMBER)
NO_DATE = re.compile(
    rb"(<c(?: [^<>]*?)?) s=\"[0-9]+\"([^<>]*>(?:<f[^<>]*>[^<]*</f>)?<v>" + _NO_DATE_NUMBER + rb")"
)
NO_DATE_IN_ANY_DRESS = re.compile(
    rb"(<" + _P + rb"c\b[^<>]*?)\ss\s*=\s*[\"'][0-9]+[\"']([^<>]*>\s*"
    rb"(?:<" + _P + rb"f\b(?:[^<>]*/>|[^<>]*>[^<]*</" + _P + rb"f\s*>)\s*)?"
    rb"<" + _P + rb"v\b[^<>]*>\s*" + _NO_DATE_NUMBER + rb")"
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def _relations(*targets: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'


@dataclass
class SheetReader:
    """Reads sheets of one package; what it knows of a sheet is in ``scan`` once its rows are through."""

    package: Package
    scan: Scan = field(default_factory=Scan)
    _frame: bytes = b""

    def rows(self, sheet: SheetPart) -> Iterator[NumberedRow]:
        """The rows that hold something, with the numbers that the spreadsheet shows.

        Cells count from column A; errors and missing results are :class:`Fault`. Raises :class:`Unreadable`.
        """
        self.scan = Scan()
        root, blocks = self._opened(sheet)
        part: list[bytes] = []
        cells = first = 0
        for block in whole_rows(blocks):
            before = self.scan.cells
            look_through(sheet.name, block, self.scan)
            cells += self.scan.cells - before
            part.append(block)
            if cells >= CELLS_A_PART or (self.scan.last_row - first) * self.scan.width > PLACES_A_PART:
                yield from self._read(sheet, root, part)
                part, cells, first = [], 0, self.scan.last_row
        refuse_far_cells(sheet.name, self.scan)
        yield from self._read(sheet, root, part)

    def _opened(self, sheet: SheetPart) -> tuple[tuple[bytes, bytes], Iterator[bytes]]:
        """The tags around the rows, and the rows' bytes in blocks."""
        if not sheet.part:
            raise Unreadable(DAMAGED)
        blocks = self.package.blocks(sheet.part)
        head = b""
        for block in blocks:
            head += block
            begun = DATA_START.search(head)
            if begun or len(head) > 16 * 1024**2:
                break
        else:
            begun = DATA_START.search(head)
        root = ROOT.search(head)
        if root is None:
            raise Unreadable(DAMAGED)
        if begun is None or begun[2]:
            return (b"", b""), iter(())
        opening = root[0] + b"<" + begun[1] + b"sheetData>"
        closing = b"</" + begun[1] + b"sheetData></" + root[1] + b"worksheet>"
        return (opening, closing), _until_the_end(head[begun.end() :], blocks)

    def _read(
        self, sheet: SheetPart, around: tuple[bytes, bytes], part: Sequence[bytes]
    ) -> Iterator[NumberedRow]:
        faults, self.scan.faults = self.scan.faults, {}
        at, self.scan.begun_at = self.scan.begun_at, self.scan.row
        if not any(ROW_START.search(block) for block in part):
            return
        grid = self._grid(around, part, at)
        start, end = grid.start, grid.end
        by_row: dict[int, list[tuple[int, Fault]]] = {}
        for (number, column), fault in faults.items():
            by_row.setdefault(number, []).append((column, fault))
        if start is not None and end is not None:
            if end[0] > MOST_ROWS or grid.height * grid.width > MOST_CELLS:
                self.scan.last_row, self.scan.last_column = end[0] + 1, max(end[1], self.scan.last_column)
                refuse_far_cells(sheet.name, self.scan)
                raise Unreadable(DAMAGED)
            indent: list[Cell] = [None] * start[1]
            for number, values in enumerate(grid.to_python(skip_empty_area=True), start=start[0] + 1):
                cells = indent + [
                    None if value == "" or (value.__class__ is str and value.isspace()) else value
                    for value in values
                ]
                row = _with_faults(cells, by_row.pop(number, ()))
                if any(cell is not None for cell in row):
                    yield number, row
        for late in sorted(by_row):
            yield late, _with_faults([], by_row[late])

    def _grid(
        self, around: tuple[bytes, bytes], part: Sequence[bytes], at: int
    ) -> python_calamine.CalamineSheet:
        if not self._frame:
            self._frame = self._made_frame()
        book = io.BytesIO()
        book.write(self._frame)
        opening, closing = around
        with (
            zipfile.ZipFile(book, "a") as archive,
            archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
        ):
            sheet.write(opening)
            if at:
                sheet.write(opening[opening.rfind(b"<") : -len(b"sheetData>")] + b'row r="%d"/>' % at)
            for block in part:
                sheet.write(_without_impossible_dates(block))
            sheet.write(closing)
        book.seek(0)
        return python_calamine.load_workbook(book).get_sheet_by_index(0)

    def _made_frame(self) -> bytes:
        """A workbook of one sheet without that sheet: the shared texts, the formats, and which day counts as
        nought."""
        frame = io.BytesIO()
        named = {"sharedStrings": self.package.shared_strings, "styles": self.package.styles}
        own = {name: part for name, part in named.items() if part is not None}
        epoch = ' date1904="1"' if self.package.counts_from_1904 else ""
        with zipfile.ZipFile(frame, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("[Content_Types].xml", TYPES)
            archive.writestr("_rels/.rels", _relations(("officeDocument", "xl/workbook.xml")))
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr{epoch}/>'
                '<sheets><sheet name="Sheet" sheetId="1" r:id="r0"/></sheets></workbook>',
            )
            archive.writestr(
                "xl/_rels/workbook.xml.rels",
                _relations(("worksheet", "worksheets/sheet1.xml"), *((name, f"{name}.xml") for name in own)),
            )
            for name, part in own.items():
                with archive.open(f"xl/{name}.xml", "w") as target:
                    for block in self.package.blocks(part):
                        target.write(block)
        return frame.getvalue()


def _without_impossible_dates(block: bytes) -> bytes:
    """Cells of numbers that no calendar reaches as plain numbers, so that each is refused where it stands."""
    if b"<c " not in block or b":c" in block or b"<v " in block:
        return NO_DATE_IN_ANY_DRESS.sub(rb"\1\2", block)
    return NO_DATE.sub(rb"\1\2", block) if MAYBE_NO_DATE.search(block) else block


def _until_the_end(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks up to the end of the sheet's data."""
    held = first
    for block in blocks:
        ended = DATA_END.search(held + block[:64])
        if ended:
            yield (held + block[:64])[: ended.start()]
            return
        yield held
        held = block
    ended = DATA_END.search(held)
    yield held[: ended.start()] if ended else held


def _with_faults(cells: list[Cell], faults: Sequence[tuple[int, Fault]]) -> tuple[Cell, ...]:
    for column, fault in faults:
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = fault
    return tuple(cells)
