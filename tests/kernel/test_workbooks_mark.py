"""The marked copy of a user's workbook."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from marketplace.workbooks import mark as mark_module
from marketplace.workbooks.declare import Problem
from marketplace.workbooks.mark import mark_errors
from tests.data_files import shared_data, shared_files
from tests.kernel.workbook_files import HEADER_ROW, raw_workbook, text_cell, workbook

ROWS = [["Asset Ref", "Capacity (MW)", "Double"], ["A1", 0, "=B2*2"], ["A2", 5, None], ["A3", -1, "x"]]
PROBLEMS = [
    Problem("Assets", 2, "Capacity (MW)", "0", "Must be above 0."),
    Problem("Assets", 4, "Capacity (MW)", "-1", "Must be above 0."),
    Problem("assets", 4, "capacity (mw)", "-1", "Is odd.", "warning"),
    Problem("Assets", 3, None, "", "This asset is twice in the file.", "warning"),
    Problem("Assets", 3, "Latitude", "", "Must be filled in."),
    Problem("Assets", None, None, "=1+1", "=Something about the sheet."),
]
RED, YELLOW = "FFC7CE", "FFEB9C"


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def colour(cell: Any) -> str | None:
    return cell.fill.start_color.rgb[-6:] if cell.fill.fill_type else None


@pytest.fixture(params=["edited in place", "built again"])
def marked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "built again":
        monkeypatch.setattr(mark_module, "edited_copy", mark_module.rebuilt_copy)
    return opened(mark_errors(workbook({"Assets": ROWS, "Errors": [["own sheet"]]}), PROBLEMS))


def test_cells_with_problems_are_coloured_and_commented(marked: Any) -> None:
    page = marked["Assets"]
    assert {cell.coordinate: colour(cell) for row in page for cell in row if colour(cell)} == {
        "B2": RED,
        "B4": RED,
        "A3": RED,
    }
    assert page["B2"].comment.text == "Must be above 0."
    assert page["B4"].comment.text == "Must be above 0.\nIs odd."
    assert page["A3"].comment.text == "This asset is twice in the file.\nMust be filled in."


def test_the_users_cells_stay(marked: Any) -> None:
    page = marked["Assets"]
    assert [[cell.value for cell in row][:2] for row in page] == [row[:2] for row in ROWS]
    assert marked["Errors"]["A1"].value == "own sheet"


def test_a_first_sheet_lists_every_problem_as_text(marked: Any) -> None:
    assert marked.sheetnames == ["Errors (2)", "Assets", "Errors"]
    listed = marked["Errors (2)"]
    assert [tuple(row) for row in listed.values] == [
        ("Sheet", "Row", "Column", "Value", "What is wrong", "Level"),
        ("Assets", 2, "Capacity (MW)", "0", "Must be above 0.", "Error"),
        ("Assets", 4, "Capacity (MW)", "-1", "Must be above 0.", "Error"),
        ("assets", 4, "capacity (mw)", "-1", "Is odd.", "Warning"),
        ("Assets", 3, None, None, "This asset is twice in the file.", "Warning"),
        ("Assets", 3, "Latitude", None, "Must be filled in.", "Error"),
        ("Assets", None, None, "=1+1", "=Something about the sheet.", "Error"),
    ]
    assert "f" not in {cell.data_type for row in listed for cell in row}


def test_the_users_formulas_and_notes_stay_where_the_file_is_edited_in_place() -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Assets"
    for row in ROWS:
        page.append(row)
    page["B2"].comment = openpyxl.comments.Comment("my own note", "me")
    page["A1"].font = openpyxl.styles.Font(italic=True)
    original = io.BytesIO()
    book.save(original)
    marked = opened(mark_errors(original.getvalue(), PROBLEMS))["Assets"]
    assert marked["C2"].value == "=B2*2"
    assert marked["B2"].comment.text == "my own note\n\nMust be above 0."
    assert marked["A1"].font.italic


def test_a_large_file_is_built_anew() -> None:
    rows = [["Asset Ref", *(f"C{n}" for n in range(30))]] + [[f"A{n}", *range(30)] for n in range(9_000)]
    marked = mark_errors(workbook({"Assets": rows}), [Problem("Assets", 9_001, "C3", "3", "Is wrong.")])
    page = opened(marked)["Assets"]
    assert page.max_row == 9_001
    assert (page["E9001"].value, colour(page["E9001"]), page["E9001"].comment.text) == (3, RED, "Is wrong.")


def test_text_that_looks_like_markup_keeps_its_letters_in_a_copy_that_is_built_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mark_module, "edited_copy", mark_module.rebuilt_copy)
    cells = text_cell("A2", "&lt;r&gt;&lt;/is&gt;") + text_cell("B2", "&lt;r&gt;x&lt;/r&gt;")
    data = raw_workbook(f'{HEADER_ROW}<row r="2">{cells}</row>')
    page = opened(mark_errors(data, [Problem("Assets", 2, "Asset Ref", "<r>", "Is wrong.")]))["Assets"]
    assert [page["A2"].value, page["B2"].value] == ["<r></is>", "<r>x</r> "]


def test_an_error_cell_keeps_its_name_in_a_copy_that_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark_module, "edited_copy", mark_module.rebuilt_copy)
    data = raw_workbook(
        f'{HEADER_ROW}<row r="2">{text_cell("A2", "A1")}<c r="B2" t="e"><v>#REF!</v></c></row>'
    )
    page = opened(mark_errors(data, [Problem("Assets", 2, "Capacity (MW)", "#REF!", "Is an error.")]))[
        "Assets"
    ]
    assert (page["B2"].value, colour(page["B2"])) == ("#REF!", RED)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04broken", raw_workbook("<row")])
def test_a_file_that_cannot_be_opened_gives_the_list_alone(data: bytes) -> None:
    book = opened(mark_errors(data, PROBLEMS[:1]))
    assert book.sheetnames[0] == "Errors"
    assert book["Errors"]["E2"].value == "Must be above 0."


@pytest.mark.parametrize("path", shared_files("hostile/xlsx/*"), ids=lambda path: path.name)
def test_every_hostile_file_gives_a_copy_that_lists_the_problems(path: Path) -> None:
    problems = [Problem(name, 1, "x", "x", "Is wrong.") for name in ("Sheet1", "Sheet", "S")]
    book = opened(mark_errors(path.read_bytes(), problems))
    assert book.worksheets[0]["E2"].value == "Is wrong."


def test_a_workbook_in_the_strict_form_keeps_its_rows() -> None:
    data = shared_data("hostile/xlsx/calamine_strict_iso_paths.xlsx").read_bytes()
    page = opened(mark_errors(data, [Problem("ml_out", 2, "Item", "x", "Is wrong.")]))["ml_out"]
    assert page.max_row == 76
    assert colour(page["A2"]) == RED
