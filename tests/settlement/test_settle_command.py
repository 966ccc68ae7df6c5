"""``manage.py settle``: a month from files, equal to what was worked out independently, without a
database."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from python_calamine import CalamineWorkbook

HERE = Path(__file__).parent.parent / "data" / "settlement_case"


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("settled")
    call_command("settle", str(HERE / "case"), out=made)
    return made


def test_every_figure_equals_the_expected_one(out):
    expected = json.loads((HERE / "expected.json").read_text())
    report = json.loads((out / "report.json").read_text())
    for part in ("performance", "without_effect", "statements", "invoices"):
        assert report[part] == expected[part]


def test_the_workbooks_hold_the_same(out):
    report = json.loads((out / "report.json").read_text())
    book = CalamineWorkbook.from_path(str(out / "settlement.xlsx"))
    headers, *totals = book.get_sheet_by_name("Totals").to_python()
    assert headers[-1] == "Total (£)"
    assert {row[0]: Decimal(str(row[-1])) for row in totals} == {
        each["contract"]: Decimal(each["total"]) for each in report["statements"]
    }
    _, *lines = book.get_sheet_by_name("Statement").to_python()
    assert len(lines) == sum(len(each["lines"]) for each in report["statements"])
    _, *periods = book.get_sheet_by_name("Periods").to_python()
    assert len(periods) == sum(len(each["periods"]) for each in report["performance"])
    _, *days = book.get_sheet_by_name("Baseline Days").to_python()
    used = sum(len(each) for one in report["performance"] for each in one["baseline_days"].values())
    assert sum(row[3] == "Yes" for row in days) == used

    book = CalamineWorkbook.from_path(str(out / "invoice_data.xlsx"))
    _, *documents = book.get_sheet_by_name("Documents").to_python()
    assert [Decimal(str(row[12])) for row in documents] == [
        Decimal(each["net"]) for each in report["invoices"]
    ]
    _, *lines = book.get_sheet_by_name("Document Lines").to_python()
    assert sum(Decimal(str(row[7])) for row in lines) == sum(
        Decimal(each["net"]) for each in report["invoices"]
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda case: case.pop("contracts"), "case.json lacks the field 'contracts'."),
        (
            lambda case: case["contracts"][0].update(direction="Up"),
            "The direction of contract C1 is Deficit or Excess.",
        ),
        (
            lambda case: case["contracts"][0]["window"].update(days=["Moonday"]),
            "“Moonday” is not a day of the week.",
        ),
        (
            lambda case: case["dispatches"][0].update(contract="C9"),
            "names a contract that the case does not hold",
        ),
        (lambda case: case["dispatches"][0]["events"][0].update(at="2026-03-02T06:00:00"), "has no offset"),
        (lambda case: case.update(terms={"baseline": {"working": [9, 10, 5]}}), "is not the middle"),
        (lambda case: case.update(terms={"utilisation": {"curve": "steep"}}), "no curve named “steep”"),
        (
            lambda case: case.update(
                terms={"utilisation": {"curve": {"kind": "grace_slope", "grace": "0.05", "slope": "-3"}}}
            ),
            "The grace and the slope of a curve are 0 or more.",
        ),
        (
            lambda case: case.update(terms={"baseline": {"adjustment": {"minutes": 29}}}),
            "An adjustment is as long as a settlement period at least.",
        ),
        (lambda case: case.update(zone="Europe/Atlantis"), "not a time zone"),
        (lambda case: case.update(months=["2026-13"]), "is not a date"),
        (lambda case: case["contracts"][0].update(capacity_mw="a lot"), "“a lot” is not a number."),
        (lambda case: case["contracts"][0].update(capacity_mw="1e999999999"), "more digits than a number"),
        (
            lambda case: case["dispatches"][0]["events"][1].update(amendment="second"),
            "does not have the shape of a case",
        ),
        (lambda case: case.update(contracts=7), "does not have the shape of a case"),
    ],
)
def test_an_unusable_case_is_refused_in_one_sentence(tmp_path, capsys, change, sentence):
    case = json.loads((HERE / "case" / "case.json").read_text())
    change(case)
    (tmp_path / "case.json").write_text(json.dumps(case))
    with pytest.raises(SystemExit) as left:
        call_command("settle", str(tmp_path), out=tmp_path / "out")
    assert left.value.code == 2
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert "\n" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("N-01,2026-03-02T16:00:00,30,1,0,A", "row 2: “2026-03-02T16:00:00” has no offset"),
        ("N-01,2026-03-02T16:00:00Z,half,1,0,A", "row 2: "),
        ("N-01,2026-03-02T16:00:00Z,30,1,0,maybe", "row 2: “maybe” is not a quality of a reading."),
        ("N-01,2026-03-02T16:00:00Z,30,-1,0,A", "row 2: Energy is 0 kWh or more."),
        ("N-01,2026-03-02T16:00:00Z,30,NaN,0,A", "row 2: Energy is 0 kWh or more."),
        ("N-01,2026-03-02T16:00:00Z,30,0.1234567,0,A", "row 2: Energy has at most six decimals."),
        ("N-01,2026-03-02T16:00:00Z,20,1,0,A", "row 2: An interval is 1, 5, 10, 15 or 30 minutes, not 20."),
        (
            "N-01,2026-03-02T16:07:00Z,30,1,0,A",
            "row 2: The interval does not start on the grid of 30 minutes.",
        ),
        (
            "N-01,2026-03-02T16:00:00Z,30,1,0,A\nN-01,2026-03-02T16:00:00Z,30,2,0,A",
            "row 3: The interval is there twice, with different values.",
        ),
    ],
)
def test_a_row_of_a_meter_file_that_cant_be_read_is_named(tmp_path, capsys, row, sentence):
    (tmp_path / "case.json").write_text((HERE / "case" / "case.json").read_text())
    (tmp_path / "meter-x.csv").write_text(
        f"Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh),Quality\n{row}\n"
    )
    with pytest.raises(SystemExit):
        call_command("settle", str(tmp_path), out=tmp_path / "out")
    assert f"meter-x.csv, {sentence}" in capsys.readouterr().err


def test_a_folder_without_a_case_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        call_command("settle", str(tmp_path), out=tmp_path / "out")
    assert "case.json can't be read." in capsys.readouterr().err
