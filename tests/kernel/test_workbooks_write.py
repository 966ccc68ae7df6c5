"""Writing workbooks: what is written reads back equal, and templates explain themselves."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.workbooks import reading as reading_module
from marketplace.workbooks.cells import CellError
from marketplace.workbooks.choices import Choice, ChoiceList, Days, TextList, YesNo
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Context, Email, Kind, Number, Text, Url, Whole
from marketplace.workbooks.moments import Date, DateTime, Duration, Time
from marketplace.workbooks.reading import read
from marketplace.workbooks.write import write_bulk, write_csv, write_template

LONDON = ZoneInfo("Europe/London")
LABELS = {"Active Power": "active", "Reactive Power": "reactive"}
MANY = {f"A rather long label number {number}": number for number in range(30)}
FULL = Sheet(
    "Everything",
    (
        Column("Asset Ref", "ref", Text(max_length=64), required=True, rule="Unique.", example="SOLAR_1"),
        Column("Notes", "notes", Text(multiline=True)),
        Column("Capacity (MW)", "capacity", Number(above=0), required=True),
        Column("Price", "price", Number()),
        Column("Count", "count", Whole()),
        Column("Start", "start", Date()),
        Column("Opens", "opens", DateTime()),
        Column("From", "from", Time()),
        Column("To", "to", Time(end=True)),
        Column("Run Time", "run", Duration()),
        Column("Needed", "needed", YesNo()),
        Column("Power Type", "power", Choice(LABELS)),
        Column("Interval", "interval", Choice({"5": 5, "30": 30})),
        Column("Asset Type", "type", Choice(MANY)),
        Column("Product", "product", Choice({"Peak": "Peak"}, others_up_to=60)),
        Column("Kinds", "kinds", ChoiceList(LABELS)),
        Column("Assets", "assets", TextList()),
        Column("Days", "days", Days()),
        Column("Email", "email", Email()),
        Column("Documents", "url", Url()),
        Column("Available Hours", "hours", Number(), information=True),
    ),
)
SPEC = WorkbookSpec(
    "all", "All kinds", "To try every kind.", ("First this.", "Then that."), (FULL,), version="1.3"
)


def legal(kind: Kind, text: str) -> str | None:
    try:
        return str(kind.parse(text, Context(LONDON))) if text.strip() else None
    except CellError:
        return None


texts = st.text(max_size=40) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-x",
        "@SUM(A1)",
        "'quoted",
        "_x0041_",
        "#REF!",
        "1e5",
        "TRUE",
        "2026-04-05",
        "00123",
        "a,b",
        "</is>",
        "&amp;",
    ]
)


def instants_between(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    return st.builds(
        lambda instant, microsecond: instant.replace(microsecond=microsecond),
        st.datetimes(first, last, timezones=st.just(UTC)),
        st.sampled_from([0, 0, 0, 250_000, 1]),
    )


clocks_go_back = instants_between(datetime(2026, 10, 24, 23, 30), datetime(2026, 10, 25, 2, 30))
instants = instants_between(datetime(1950, 1, 1), datetime(2090, 1, 1)) | clocks_go_back
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
decimals = st.decimals(-(10**20), 10**20, places=10)
values = st.fixed_dictionaries(
    {
        "ref": texts.map(lambda text: legal(Text(max_length=64), text)).filter(bool),
        "notes": texts.map(lambda text: legal(Text(multiline=True), text)),
        "capacity": st.decimals("0.000001", 10_000, places=6),
    },
    optional={
        "price": st.none() | decimals,
        "count": st.none() | st.integers(-(10**20), 10**20),
        "start": st.none() | st.dates(date(1700, 1, 1)),
        "opens": st.none() | instants,
        "from": st.none() | clocks,
        "to": st.none() | clocks,
        "run": st.none() | st.builds(timedelta, seconds=st.integers(0, 10**8)),
        "needed": st.none() | st.booleans(),
        "power": st.none() | st.sampled_from(list(LABELS.values())),
        "interval": st.none() | st.sampled_from([5, 30]),
        "type": st.none() | st.sampled_from(list(MANY.values())),
        "product": texts.map(lambda text: legal(Text(max_length=60), text)),
        "kinds": st.none()
        | st.lists(st.sampled_from(list(LABELS.values())), min_size=1, unique=True).map(tuple),
        "assets": st.none() | st.sampled_from([("A1", "=B"), ("00123",), ("-1", "x y")]),
        "days": st.none() | st.frozensets(st.integers(0, 6), min_size=1),
        "email": st.none() | st.just("+a.b@example.org"),
        "url": st.none() | st.just("https://example.org/?q=1"),
        "hours": st.none() | st.just(Decimal("12.5")),
    },
)


def in_this_process(function: Any, *args: Any, **_limits: Any) -> Any:
    return function(*args)


def read_back(data: bytes) -> list[dict[str, Any]]:
    reading = read(data, SPEC, zone=LONDON)
    assert [each for each in reading.problems if "occurs twice" not in each.message] == []
    return [dict(row.values) for row in reading.sheets["Everything"].rows]


def expected(rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {column.key: row.get(column.key) for column in FULL.columns if not column.information} for row in rows
    ]


@pytest.mark.parametrize("zone", [LONDON, None])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(values, max_size=4))
def test_what_is_written_reads_back_equal_and_writes_again_the_same(
    rows: list[Mapping[str, Any]], zone: ZoneInfo | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_module, "run_limited", in_this_process)
        first = write_template(SPEC, {"Everything": rows}, zone=zone)
        bulk = io.BytesIO()
        write_bulk(SPEC, {"Everything": iter(rows)}, bulk, zone=zone)
        read_rows = read_back(first)
        assert read_rows == expected(rows)
        assert bulk.getvalue() == first
        again = [{**values, "hours": row.get("hours")} for values, row in zip(read_rows, rows, strict=True)]
        assert write_template(SPEC, {"Everything": again}, zone=zone) == first


def test_an_instant_in_the_hour_that_occurs_twice_is_written_with_its_offset() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    rows = [{"ref": "A", "capacity": Decimal(1), "opens": instant} for instant in (first, second)]
    data = write_template(SPEC, {"Everything": rows}, zone=LONDON)
    assert [row["opens"] for row in read_back(data)] == [first, second]


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-x", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_text_that_looks_like_a_formula_is_stored_as_text(text: str) -> None:
    data = write_template(SPEC, {"Everything": [{"ref": text, "capacity": Decimal(1), "product": text}]})
    cell = openpyxl.load_workbook(io.BytesIO(data))["Everything"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert read_back(data)[0]["ref"] == text


def test_characters_that_no_workbook_can_hold_are_left_out() -> None:
    data = write_template(SPEC, {"Everything": [{"ref": "\ta\x00b\ud800", "capacity": Decimal(1)}]})
    assert read_back(data)[0]["ref"] == "ab"


@pytest.mark.parametrize(
    "text",
    ["<r>x</r>", "<r></is></c>", "<t>&amp;</t>", "_x0041_", "_x005F_x0041_", "a\nb", " blank ends\t", "]]>"],
)
def test_text_that_looks_like_markup_is_stored_as_it_is(text: str) -> None:
    page = template([{"ref": text, "notes": text}])["Everything"]
    # openpyxl leaves the escape of an underscore as it is in the file; spreadsheets show what it stands for.
    assert [str(cell.value).replace("_x005F_", "_") for cell in page[2]][:2] == [text, text]


def test_text_longer_than_a_cell_is_cut_between_characters() -> None:
    page = template([{"ref": "A" * 40_000, "notes": "\N{BATTERY}" * 20_000}])["Everything"]
    assert [cell.value for cell in page[2]][:2] == ["A" * 32_767, "\N{BATTERY}" * 16_383]


def test_equal_values_of_different_types_each_keep_their_own_text() -> None:
    rows = [{"ref": value} for value in (True, 1, 1.0, "1", Decimal("1.00"))]
    page = template(rows)["Everything"]
    assert [row[0].value for row in page.iter_rows(min_row=2)] == ["True", "1", "1.0", "1", "1.00"]


def template(rows: list[Mapping[str, Any]] | None = None) -> Any:
    return openpyxl.load_workbook(io.BytesIO(write_template(SPEC, {"Everything": rows or []})))


def test_a_template_starts_with_a_readme_that_lists_every_column() -> None:
    book = template()
    assert book.sheetnames == ["README", "Everything", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    assert {prop.name: prop.value for prop in book.custom_doc_props.props} == {"template_version": "1.3"}
    rows = [tuple(cell for cell in row if cell) for row in book["README"].values]
    assert ("All kinds",) in rows
    assert ("Template version 1.3",) in rows
    assert ("To try every kind.",) in rows
    assert ("First this.",) in rows
    assert ("Everything", "Asset Ref", "Required", "Unique.", "SOLAR_1") in rows
    assert ("Everything", "Available Hours", "Information", "A number.") in rows
    assert [row[1] for row in rows if row and row[0] == "Everything"] == [
        column.header for column in FULL.columns
    ]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_workbook_has_frozen_headers_with_a_filter_notes_and_telling_colours(rows: int) -> None:
    page = template([{"ref": f"A{number}"} for number in range(rows)])["Everything"]
    assert [cell.value for cell in page[1]] == [column.header for column in FULL.columns]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == f"A1:U{max(rows, 1) + 1}"
    assert page.dimensions == f"A1:U{rows + 1}"
    assert page.row_dimensions[1].height > 30
    assert page["A1"].comment.text == "Required.\nUnique.\nExample: SOLAR_1"
    assert all(cell.comment and len(cell.comment.text) > 10 for cell in page[1])
    colours = {cell.value: cell.fill.start_color.rgb for cell in page[1]}
    assert len({colours["Asset Ref"], colours["Notes"], colours["Available Hours"]}) == 3
    assert colours["Asset Ref"] == colours["Capacity (MW)"]
    assert all(10 <= page.column_dimensions[cell.column_letter].width <= 45 for cell in page[1][:1])


def test_a_template_offers_listed_values_in_drop_downs() -> None:
    book = template()
    lists = {str(rule.sqref): rule.formula1 for rule in book["Everything"].data_validations.dataValidation}
    assert lists["K2:K200001"] == '"Yes,No"'
    assert lists["L2:L200001"] == '"Active Power,Reactive Power"'
    assert lists["N2:N200001"] == "Lists!$A$1:$A$30"
    assert [cell.value for cell in book["Lists"]["A"]] == list(MANY)
    assert set(lists) == {f"{letter}2:{letter}200001" for letter in "KLMNO"}


def test_an_empty_template_can_be_uploaded() -> None:
    assert read_back(write_template(SPEC)) == []


def test_csv_quotes_text_that_a_spreadsheet_would_evaluate() -> None:
    target = io.BytesIO()
    row = {
        "ref": "=1+1",
        "notes": "one, two",
        "capacity": Decimal("-1.50"),
        "start": date(2026, 4, 5),
        "opens": datetime(2026, 4, 5, 16, tzinfo=UTC),
        "from": time(17, 30),
        "run": timedelta(hours=26),
        "needed": True,
        "days": frozenset({0, 1}),
        "product": "@x",
    }
    write_csv(FULL, [row], target, zone=LONDON)
    assert not target.closed
    header, line = csv.reader(io.StringIO(target.getvalue().decode("utf-8"), newline=""))
    assert header == [column.header for column in FULL.columns]
    assert {head: cell for head, cell in zip(header, line, strict=True) if cell} == {
        "Asset Ref": "'=1+1",
        "Notes": "one, two",
        "Capacity (MW)": "-1.5",
        "Start": "2026-04-05",
        "Opens": "2026-04-05T17:00:00+01:00",
        "From": "17:30",
        "Run Time": "1 02:00:00",
        "Needed": "Yes",
        "Days": "Monday, Tuesday",
        "Product": "'@x",
    }


def test_a_spec_that_names_a_column_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        Sheet("S", (Column("A", "a", Text()), Column(" a ", "b", Text())))
