"""Reading workbooks: headers, sheets, versions, errors, and files that are not what they claim."""

import time
import zipfile
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marketplace.sandbox import run_limited
from marketplace.workbooks.declare import (
    Column,
    OldTemplate,
    Problem,
    Reading,
    Sheet,
    Unreadable,
    WorkbookSpec,
)
from marketplace.workbooks.extract import extract
from marketplace.workbooks.fold import fold_repeats
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.moments import Date, DateTime
from marketplace.workbooks.reading import read
from marketplace.workbooks.scan import Scan, look_through
from tests.data_files import shared_data, shared_files
from tests.kernel.workbook_files import HEADER_ROW, package, raw_workbook, text_cell, workbook

LONDON = ZoneInfo("Europe/London")
ASSETS = WorkbookSpec(
    name="assets",
    title="Assets",
    purpose="Your assets.",
    how_to="One row an asset.",
    sheets=(
        Sheet(
            "Assets",
            (
                Column("Asset Ref", "ref", Text(max_length=64), required=True),
                Column("Capacity (MW)", "capacity", Number(above=0, places=6), required=True),
                Column("Operational Date", "operational", Date()),
                Column("Bidding Close", "closes", DateTime(), information=True),
            ),
        ),
        Sheet("Planned Assets", (Column("Planned Ref", "ref", Text(), required=True),), required=False),
    ),
)
HEADERS = ["Asset Ref", "Capacity (MW)"]


def read_assets(data: bytes) -> Reading:
    return read(data, ASSETS, zone=LONDON)


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read_assets(data)
    sentence = caught.value.sentence
    assert sentence == str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_rows_are_read_with_their_numbers_and_blank_rows_are_skipped() -> None:
    reading = read_assets(workbook({"Assets": [HEADERS, ["A1", 1.5], [], ["  ", None], ["A2", "1,000"]]}))
    rows = reading.sheets["Assets"].rows
    assert [(row.number, dict(row.values)) for row in rows] == [
        (2, {"ref": "A1", "capacity": Decimal("1.5")}),
        (5, {"ref": "A2", "capacity": Decimal(1000)}),
    ]
    assert rows[1].raw["capacity"] == "1,000"
    assert reading.problems == []


def test_headers_match_in_any_order_without_regard_to_case_and_outer_spaces() -> None:
    reading = read_assets(workbook({" assets ": [[" CAPACITY (mw) ", "asset ref"], [2, "A1"]]}))
    assert dict(reading.sheets["Assets"].rows[0].values) == {"ref": "A1", "capacity": Decimal(2)}


def test_an_absent_column_is_told_from_a_blank_cell() -> None:
    without = read_assets(workbook({"Assets": [HEADERS, ["A1", 1]]})).sheets["Assets"]
    blank = read_assets(workbook({"Assets": [[*HEADERS, "Operational Date"], ["A1", 1, None]]})).sheets[
        "Assets"
    ]
    assert without.present == {"ref", "capacity"}
    assert blank.present == {"ref", "capacity", "operational"}
    assert blank.rows[0].values["operational"] is None
    assert "operational" not in without.rows[0].values


def test_an_unknown_column_is_reported_and_ignored() -> None:
    reading = read_assets(workbook({"Assets": [[*HEADERS, "Colour"], ["A1", 1, "red"]]}))
    assert reading.problems == [
        Problem("Assets", 1, "Colour", "", "This column is not known here and was ignored.", "warning")
    ]
    assert reading.errors == []


def test_a_column_for_information_is_ignored_without_a_word() -> None:
    reading = read_assets(
        workbook({"Assets": [[*HEADERS, "Bidding Close"], ["A1", 1, "never"], [None, None, "x"]]})
    )
    assert len(reading.sheets["Assets"].rows) == 1
    assert "closes" not in reading.sheets["Assets"].present
    assert reading.problems == []


def test_everything_that_is_missing_or_twice_is_named_in_one_sentence() -> None:
    spec = WorkbookSpec("x", "X", "", "", (*ASSETS.sheets[:1], Sheet("Bids", ASSETS.sheets[1].columns)))
    with pytest.raises(Unreadable) as caught:
        read(workbook({"Assets": [["Operational Date", "operational date "], [1, 2]]}), spec, zone=LONDON)
    assert caught.value.sentence == (
        "The file can't be used: the sheet “Assets” lacks the columns “Asset Ref”, “Capacity (MW)” in row 1; "
        "the sheet “Assets” has the column “Operational Date” twice; the sheet “Bids” is missing."
    )


def test_an_optional_sheet_may_be_missing_or_empty() -> None:
    missing = read_assets(workbook({"Assets": [HEADERS]})).sheets["Planned Assets"]
    empty = read_assets(workbook({"Assets": [HEADERS], "Planned Assets": []})).sheets["Planned Assets"]
    assert (missing.given, missing.rows) == (False, [])
    assert empty.rows == []


def test_every_bad_cell_is_located() -> None:
    reading = read_assets(
        workbook(
            {
                "Assets": [
                    [*HEADERS, "Operational Date"],
                    ["A1", 0, "someday"],
                    [None, "1e5", datetime(2026, 4, 5)],
                ]
            }
        )
    )
    assert [(p.row, p.column, p.value, p.level) for p in reading.problems] == [
        (2, "Capacity (MW)", "0", "error"),
        (2, "Operational Date", "someday", "error"),
        (3, "Asset Ref", "", "error"),
        (3, "Capacity (MW)", "1e5", "error"),
    ]
    first, second = reading.sheets["Assets"].rows
    assert first.bad == {"capacity", "operational"}
    assert second.bad == {"ref", "capacity"}
    assert second.values["operational"] == date(2026, 4, 5)
    assert [Problem.from_json(problem.to_json()) for problem in reading.problems] == reading.problems


def test_repeats_are_folded() -> None:
    rows = [["A1", 0], ["A2", 0], ["A3", 0], [None, 1]]
    folded = fold_repeats(read_assets(workbook({"Assets": [HEADERS, *rows]})).problems)
    assert [(fold.where, fold.problem.column) for fold in folded] == [
        ("row 2 and 2 other rows", "Capacity (MW)"),
        ("row 5", "Asset Ref"),
    ]


@pytest.mark.parametrize("version", [None, "1.0", "1.7", "one"])
def test_a_file_of_the_current_major_version_or_none_is_read(version: str | None) -> None:
    assert len(read_assets(workbook({"Assets": [HEADERS, ["A1", 1]]}, version)).sheets["Assets"].rows) == 1


def test_a_file_of_an_older_major_version_is_refused() -> None:
    with pytest.raises(OldTemplate, match="download the new template"):
        read_assets(workbook({"Assets": [HEADERS, ["A1", 1]]}, version="0.9"))


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#NAME?"])
def test_an_error_cell_is_an_error_that_names_it(error: str) -> None:
    for cell in (
        f'<c r="B2" t="e"><v>{error}</v></c>',
        f"<c t='e' s='0' r='B2'><f>A9*2</f><v>{error}</v></c>",
    ):
        reading = read_assets(raw_workbook(f'{HEADER_ROW}<row r="2">{text_cell("A2", "A1")}{cell}</row>'))
        assert [(p.row, p.column, p.value) for p in reading.errors] == [(2, "Capacity (MW)", error)]
        assert error in reading.errors[0].message


def test_an_error_in_a_column_without_any_value_is_found_too() -> None:
    data = raw_workbook(f'{HEADER_ROW}<row r="5"><c r="A5" t="e"><v>#REF!</v></c></row>')
    assert [(p.row, p.column, p.value) for p in read_assets(data).errors] == [
        (5, "Asset Ref", "#REF!"),
        (5, "Capacity (MW)", ""),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><f>1+1</f></c>',
        '<c r="B2"><f>1+1</f><v></v></c>',
        '<c r="B2"><f>1+1</f><v/></c>',
        '<c r="B2" s="3"> <f t="shared" si="0"/> <v /> </c>',
        "<c><f>1+1</f></c>",
    ],
)
def test_a_formula_without_a_stored_result_is_an_error(cell: str) -> None:
    reading = read_assets(raw_workbook(f'{HEADER_ROW}<row r="2">{text_cell("A2", "A1")}{cell}</row>'))
    assert [(p.row, p.column) for p in reading.errors] == [(2, "Capacity (MW)")]
    assert "no stored result" in reading.errors[0].message


def test_a_formula_gives_its_stored_result() -> None:
    header = HEADER_ROW.replace("</row>", text_cell("C1", "Operational Date") + "</row>")
    formulas = '<c r="B2"><f>1+1</f><v>2</v></c><c r="C2" t="str"><f>""</f><v></v></c>'
    reading = read_assets(raw_workbook(f'{header}<row r="2">{text_cell("A2", "A1")}{formulas}</row>'))
    assert dict(reading.sheets["Assets"].rows[0].values) == {
        "ref": "A1",
        "capacity": Decimal(2),
        "operational": None,
    }
    assert reading.problems == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF document"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"Asset Ref,Capacity\nA1,5\n", "not an .xlsx workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls"),
        (b"PK\x03\x04nonsense", "damaged or incomplete"),
        (workbook({"Assets": [HEADERS]})[:-200], "damaged or incomplete"),
        (workbook({"Assets": [HEADERS]})[:2000], "damaged or incomplete"),
        (package({"xl/workbook.bin": b""}), ".xlsb"),
        (package({"xl/vbaProject.bin": b"", "xl/worksheets/sheet1.xml": "<a/>"}), "macros"),
        (package({}), "damaged or incomplete"),
        (package({"xl/workbook.xml": "<workbook"}), "damaged or incomplete"),
        (raw_workbook("", before='<!DOCTYPE a [<!ENTITY x "y">]>'), "XML entities"),
        (
            raw_workbook(
                HEADER_ROW, parts={"xl/sharedStrings.xml": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><sst/>'}
            ),
            "entities",
        ),
        (
            raw_workbook(HEADER_ROW + f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'),
            "row 1,048,576",
        ),
        (raw_workbook(HEADER_ROW + f'<row r="150000">{text_cell("XFD150000", "x")}</row>'), "column XFD"),
        (
            raw_workbook(HEADER_ROW + f'<row r="200002">{text_cell("A200002", "x")}</row>'),
            "up to 200,000 rows",
        ),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused_with_one_sentence(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_a_file_of_more_than_50_mb_is_refused_by_its_size() -> None:
    assert "larger than 50 MB" in refusal(b"PK\x03\x04" + b"x" * 51 * 1024 * 1024)


def test_a_renamed_zip_is_refused() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "not an .xlsx workbook" in refusal(target.getvalue())


def test_a_claim_of_a_million_columns_costs_nothing_when_no_cell_is_there() -> None:
    data = raw_workbook(
        f'{HEADER_ROW}<row r="2">{text_cell("A2", "A1")}<c r="B2"><v>3</v></c><c r="XFD2" s="0"/></row>'
        '<row r="1048576"><c r="XFD1048576"/></row>'
    )
    rows = read_assets(data).sheets["Assets"].rows
    assert [dict(row.values) for row in rows] == [{"ref": "A1", "capacity": Decimal(3)}]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    row = f'<row r="2">{text_cell("A2", "A" * 20_000_000)}</row>'
    assert "unpacks to far more data" in refusal(raw_workbook(HEADER_ROW + row))


def test_a_far_cell_hidden_from_the_first_look_takes_only_the_child() -> None:
    cell = '<c\n r = "XFD1048576"><v>1</v></c>'
    assert refusal(raw_workbook(f"{HEADER_ROW}<row>{cell}</row>"))


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2" r="XFD1048576"><v>1</v></c>',
        '<c r="B2" t="n"r="XFD1048576"><v>1</v></c>',
        """<c r="B2" r='XFD1048576'><v>1</v></c>""",
        '<c r="B2"\nr\n=\n"XFD1048576"><v>1</v></c>',
        '<c r="XFD1048576" t="/>"><v>1</v></c>',
        '<c t=">" r="XFD1048576"><v>1</v></c>',
        '<c r="xfd1048576"><v>1</v></c>',
        '<c r="ZZZZZ1048576"><v>1</v></c>',
        f'<c r="A2{"1" * 50}"><v>1</v></c>',
        f'<c r="A2"><v>1</v></c></row><row r="200000">{"<c><v>1</v></c>" * 100}',
        '<c r="AA2"><v>1</v></c></row><row r="1048576"><c><v>1</v></c>',
        '<c r="A2"><v>1</v></c><c\tr="XFD1048576"><v>1</v></c>',
    ],
)
def test_no_spelling_of_a_far_cell_gets_past_the_look_through(cell: str) -> None:
    with pytest.raises(Unreadable):
        look_through("Assets", f'<row r="2">{cell}</row>'.encode(), Scan())


def test_200_000_rows_are_the_most() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>1</v></c></row>' for n in range(2, 200_002)
    )
    assert len(read_assets(raw_workbook(HEADER_ROW + rows)).sheets["Assets"].rows) == 200_000


def test_a_flood_of_problems_is_cut_short_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.workbooks.reading.MOST_PROBLEMS", 10)
    reading = read_assets(workbook({"Assets": [HEADERS, *([["A1", 0]] * 30)]}))
    assert len(reading.problems) == 11
    assert reading.problems[-1].message == "There are more than 10 problems; the rest are not listed."
    assert all(row.bad == {"capacity"} for row in reading.sheets["Assets"].rows)


def test_markup_made_to_slow_the_first_look_down_is_refused_quickly() -> None:
    started = time.monotonic()
    assert refusal(raw_workbook(HEADER_ROW + "<row>" + "<c " * 1_000_000))
    assert time.monotonic() - started < 30


def test_dates_of_the_1904_system_are_read_as_they_are_shown() -> None:
    data = shared_data("hostile/xlsx/calamine_date_1904.xlsx").read_bytes()
    extracted = extract(data, {"sheet1": frozenset({"2021-01-01"})})
    assert extracted.sheets["sheet1"].headers[0] == "2021-01-01"


def test_a_workbook_in_the_strict_form_is_read() -> None:
    data = shared_data("hostile/xlsx/calamine_strict_iso_paths.xlsx").read_bytes()
    spec = WorkbookSpec(
        "x", "X", "", "", (Sheet("ml_out", (Column("Item", "item", Text(), required=True),)),)
    )
    assert len(read(data, spec, zone=LONDON).sheets["ml_out"].rows) == 75


@pytest.mark.parametrize("path", shared_files("hostile/xlsx/*"), ids=lambda path: path.name)
def test_every_hostile_file_is_read_or_refused_with_a_sentence(path: Path) -> None:
    data = path.read_bytes()
    sheets = tuple(
        Sheet(name, ASSETS.sheets[0].columns) for name in ("Sheet1", "Sheet", "S", "Tabelle1", "x")
    )
    try:
        read(data, WorkbookSpec("x", "X", "", "", sheets), zone=LONDON)
    except Unreadable as refused:
        sentence = refused.sentence
    else:
        sentence = "It can be read."
    assert sentence.endswith(".")
    assert "\n" not in sentence
    run_limited(extracting, data, memory_mb=500)  # more than that raises


def extracting(data: bytes) -> None:
    """This process's peak memory after reading every sheet."""
    extract(
        data,
        {name: frozenset({"item"}) for name in ("sheet1", "sheet", "s", "tabelle1", "ml_out", "first sheet")},
    )
