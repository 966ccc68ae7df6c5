# ruff: noqa: E501
"""Sheets that are written oddly, or to do harm: read as they are meant, or refused with one sentence and at
little cost."""

import io
import zipfile
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketplace.workbooks.cells import Fault
from marketplace.workbooks.declare import Column, Sheet, Unreadable, WorkbookSpec
from marketplace.workbooks.extract import extract
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.moments import Date, Time
from marketplace.workbooks.package import open_package
from marketplace.workbooks.plain import packed, unpacked
from marketplace.workbooks.reading import read
from marketplace.workbooks.rows import SheetReader

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/></cellXfs></styleSheet>'
COLUMNS = (
    Column("Ref", "ref", Text(20), required=True),
    Column("Day", "day", Date()),
    Column("At", "at", Time()),
    Column("MW", "mw", Number()),
)
SPEC = WorkbookSpec("t", "T", "p", "h", (Sheet("Assets", COLUMNS),))
LONDON = ZoneInfo("Europe/London")


def text(reference: str, words: str) -> str:
    at = f' r="{reference}"' if reference else ""
    return f'<c{at} t="inlineStr"><is><t>{words}</t></is></c>'


HEADERS = f'<row r="1">{text("A1", "Ref")}{text("B1", "Day")}{text("C1", "At")}{text("D1", "MW")}</row>'


def book(rows: str, *, encoding: str = "utf-8", more: dict[str, str] | None = None) -> bytes:
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="Assets" sheetId="1" r:id="s1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="s1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        **(more or {}),
    }  # fmt: skip
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            declared = f'<?xml version="1.0" encoding="{encoding}"?>{content}'
            archive.writestr(name, declared.encode(encoding))
    return target.getvalue()


def rows_in(data: bytes) -> list[Any]:
    package = open_package(data)
    return list(SheetReader(package).rows(package.sheets[0]))


def refusal(data: bytes) -> str:
    return extract(data, {"assets": frozenset({"ref"})}).refusal or ""


FAR = {
    "a cell beyond its row": f'<row r="1">{text("A1", "Ref")}{text("XFD1048576", "x")}</row>',
    "a near column, a far row": f'<row r="2">{text("A1048576", "x")}</row>',
    "a lone cell": f'<row r="1048576">{text("XFD1048576", "x")}</row>',
    "a mixed-case reference": f'<row r="2">{text("xFd1048576", "x")}</row>',
    "blanks round the sign": '<row r="2"><c r = "XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
    "another quote": "<row r='2'><c r='XFD1048576' t='inlineStr'><is><t>x</t></is></c></row>",
    "a greater-than sign before it": '<row r="2"><c x=">" r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
    "a wide and a low cell": f'<row r="2">{text("XFD2", "x")}</row><row r="199999">{text("A199999", "x")}</row>',
    "a row far down without cells of its own": f'<row r="1048575"/><row>{text("", "x")}</row>',
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR)
def test_a_far_cell_is_refused_however_it_is_written(rows):
    sentence = refusal(book(rows))
    assert sentence.endswith(".")
    assert sentence != ""


ORDINARY = {
    "rows and cells without references": f"<row>{text('', 'Ref')}</row><row>{text('', 'one')}</row><row>{text('', 'two')}</row>",
    "formats to the last column and row": f'<row r="1">{text("A1", "Ref")}<c r="XFD1" s="1"/></row><row r="2">{text("A2", "one")}</row><row r="3">{text("A3", "two")}</row><row r="1048576"><c r="A1048576" s="1"/></row>',
    "rows of no use": f'<row r="1">{text("A1", "Ref")}</row><row r="2">{text("A2", "one")}</row><row r="3">{text("A3", "two")}</row><row r="4"/><row r="5"></row>',
    "plain rows": f'<row r="1">{text("A1", "Ref")}</row><row r="2">{text("A2", "one")}</row><row r="3">{text("A3", "two")}</row>',
}  # fmt: skip


@pytest.mark.parametrize("rows", ORDINARY.values(), ids=ORDINARY)
def test_what_programs_write_is_read(rows):
    data = book(rows)
    assert rows_in(data) == [(1, ("Ref",)), (2, ("one",)), (3, ("two",))]


def test_a_dimension_that_lies_is_not_believed():
    lying = '<worksheet xmlns="{0}"><dimension ref="A1:XFD1048576"/><sheetData>{1}</sheetData></worksheet>'
    data = book("", more={"xl/worksheets/sheet1.xml": lying.format(MAIN, HEADERS)})
    assert [number for number, _ in rows_in(data)] == [1]


def test_rows_out_of_order_are_refused_rather_than_read_wrongly():
    rows = HEADERS + f'<row r="5">{text("A5", "x")}</row><row r="3">{text("A3", "y")}</row>'
    assert "not in the order of their numbers" in refusal(book(rows))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_parts_in_other_encodings_are_read(encoding):
    data = book(HEADERS + f'<row r="2">{text("A2", "Café")}</row>', encoding=encoding)
    reading = read(data, SPEC, zone=LONDON)
    assert [row["ref"] for row in reading.sheets["Assets"].rows] == ["Café"]


@pytest.mark.parametrize("number", ["1e10", "-5", "2958466", "1e400", "NaN", "99999999999"])
def test_an_impossible_date_is_told_at_its_cell(number):
    rows = HEADERS + f'<row r="2">{text("A2", "x")}<c r="B2" s="1"><v>{number}</v></c></row>'
    reading = read(book(rows), SPEC, zone=LONDON)
    assert [(problem.row, problem.column) for problem in reading.errors] == [(2, "Day")]


@pytest.mark.parametrize("number", ["1e15", "-0.5"])
def test_an_impossible_time_is_told_at_its_cell(number):
    rows = HEADERS + f'<row r="2">{text("A2", "x")}<c r="C2" s="2"><v>{number}</v></c></row>'
    reading = read(book(rows), SPEC, zone=LONDON)
    assert [(problem.row, problem.column) for problem in reading.errors] == [(2, "At")]


def test_negative_numbers_keep_their_value_and_times_their_format():
    rows = (
        HEADERS
        + f'<row r="2">{text("A2", "x")}<c r="C2" s="2"><v>0.5</v></c><c r="D2" s="1"><v>-3.5</v></c></row>'
    )
    [row] = read(book(rows), SPEC, zone=LONDON).sheets["Assets"].rows
    assert (row["at"], float(row["mw"])) == (time(12), -3.5)


def test_the_parts_of_a_long_sheet_join_without_a_seam(monkeypatch):
    monkeypatch.setattr("marketplace.workbooks.rows.CELLS_A_PART", 3)
    monkeypatch.setattr("marketplace.workbooks.package.BLOCK", 200)
    numbered = "".join(f'<row r="{n}">{text(f"A{n}", f"r{n}")}</row>' for n in range(2, 40))
    assert [number for number, _ in rows_in(book(HEADERS + numbered))] == list(range(1, 40))
    bare = "".join(f"<row>{text('', f'r{n}')}</row>" for n in range(1, 40))
    assert rows_in(book(bare)) == [(n, (f"r{n}",)) for n in range(1, 40)]


def test_errors_stand_where_they_are_without_references_too():
    rows = f'<row>{text("", "Ref")}</row><row/><row>{text("", "x")}<c t="e"><v>#REF!</v></c></row>'
    assert rows_in(book(rows))[1] == (3, ("x", Fault("#REF!", "The cell holds the error #REF!.")))


def test_nothing_but_cells_comes_out_of_the_reading_process():
    rows = [(2, ("x", 1.5, None, time(12), Fault("#N/A", "The cell holds the error #N/A.")))]
    assert unpacked(packed(rows)) == rows
    with pytest.raises(Exception, match=r"posix\.system is not a cell"):
        unpacked(b"cposix\nsystem\n(S'true'\ntR.")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"xl/worksheets/sheet1.xml": "<!DOCTYPE a><worksheet/>"}, "XML entities"),
        ({"xl/worksheets/sheet1.xml": "<worksheet"}, "damaged"),
        ({"xl/vbaProject.bin": "x"}, "macros"),
    ],
)
def test_hostile_parts_are_refused_with_one_sentence(more, words):
    with pytest.raises(Unreadable, match=words):
        read(book(HEADERS, more=more), SPEC, zone=LONDON)


@pytest.mark.parametrize(
    "told",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+00:00", "x" * 100_000],
)
def test_a_time_of_download_that_can_not_be_is_none(told):
    more = {
        "docProps/custom.xml": f'<Properties><property name="downloaded_at"><s>{told}</s></property></Properties>'
    }
    reading = read(book(HEADERS + f'<row r="2">{text("A2", "x")}</row>', more=more), SPEC, zone=LONDON)
    assert (reading.downloaded_at, len(reading.sheets["Assets"].rows)) == (None, 1)


@pytest.mark.parametrize("number", ["0,500", "-0,125", "00,500", "0,000"])
def test_a_decimal_comma_is_never_taken_for_thousands(number):
    reading = read(
        book(HEADERS + f'<row r="2">{text("A2", "x")}{text("D2", number)}</row>'), SPEC, zone=LONDON
    )
    assert [(problem.row, problem.column) for problem in reading.problems] == [(2, "MW")]


def test_thousands_in_groups_of_three_are_read():
    reading = read(
        book(HEADERS + f'<row r="2">{text("A2", "x")}{text("D2", "1,234,500.5")}</row>'), SPEC, zone=LONDON
    )
    assert str(reading.sheets["Assets"].rows[0]["mw"]) == "1234500.5"


@pytest.mark.parametrize("number", ["NaN", "-5"])
@pytest.mark.parametrize("attributes", ['r="B2" s="1"', 's="1" r="B2"'])
def test_a_number_that_is_no_date_is_told_whichever_attribute_comes_first(attributes, number):
    rows = HEADERS + f'<row r="2">{text("A2", "x")}<c {attributes}><v>{number}</v></c></row>'
    reading = read(book(rows), SPEC, zone=LONDON)
    assert [(problem.row, problem.column) for problem in reading.problems] == [(2, "Day")]


def test_cells_can_not_change_what_cells_are_made_of():
    before = dict(vars(Fault))
    with pytest.raises(Exception, match="may not change"):
        unpacked(b"cmarketplace.workbooks.cells\nFault\n(N(S'message'\nS'nothing is wrong'\ndtb.")
    assert dict(vars(Fault)) == before
