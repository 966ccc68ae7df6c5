"""What a file's preview shows of its problems, and that it counts what it leaves out."""

from django.template.loader import render_to_string

from marketplace.jobs import outlook, previews
from marketplace.jobs.kinds import SHOWN, Change, Plan, why_refused
from marketplace.jobs.models import Job
from marketplace.workbooks.declare import Problem


def shown(problems):
    return Job(preview=Plan(problems=problems).summary())


def test_every_kind_of_error_is_shown_however_many_rows_have_the_first():
    many = [Problem("Assets", row, "Voltage", "x", "Must be a number.") for row in range(2, 7_632)]
    late = [Problem("Assets", 9_000, "Asset Ref", "", "Must be filled in.")]
    errors, warnings = previews.problems_shown(shown([*many, *late]))
    assert [(each.problem.message, each.where) for each in errors] == [
        ("Must be a number.", "row 2 and 7,629 other rows"),
        ("Must be filled in.", "row 9000"),
    ]
    assert warnings == []
    assert previews.left_out_of(shown([*many, *late])) == {}


def test_what_is_left_out_is_counted_by_level():
    kinds = [Problem("Assets", row, "Name", "", f"Wrong in way {row}.") for row in range(SHOWN + 4)]
    repeats = [
        Problem("Assets", row, "Name", "", f"Wrong in way {SHOWN + 3}.") for row in range(2_000, 9_126)
    ]
    odd = [Problem("Assets", 2, "Name", "", f"Odd {number}.", "warning") for number in range(SHOWN + 1)]
    job = shown([*kinds, *repeats, *odd])
    errors, warnings = previews.problems_shown(job)
    assert (len(errors), len(warnings)) == (SHOWN, SHOWN)
    assert previews.left_out_of(job) == {
        "error": "and 7,130 more errors in 4 kinds",
        "warning": "and 1 more warning in 1 kind",
    }
    table = render_to_string(
        "jobs/_problems.html",
        {
            "caption": "Errors",
            "causes": outlook.causes_of(errors),
            "left_out": previews.left_out_of(job)["error"],
            "has_cells": True,
            "tells_unit": False,
            "can_mark": False,
        },
    )
    assert "and 7,130 more errors in 4 kinds" in table


def test_a_preview_from_before_is_still_shown():
    job = Job(preview={"problems": [Problem("A", 2, "B", "", "Is wrong.").to_json()]})
    [[error], []] = previews.problems_shown(job)
    assert error.problem.message == "Is wrong."


def test_a_refused_unit_says_why():
    problems = [
        Problem("Assets", 2, "Name", "", "Looks odd.", "warning"),
        Problem("Assets", 2, "Voltage", "x", "Must be a number."),
        Problem("Assets", 2, "Asset Ref", "", "Must be filled in."),
    ]
    assert why_refused(problems) == "Voltage: Must be a number. And 1 more error."
    assert why_refused(problems[:2]) == "Voltage: Must be a number."
    assert Change("B", "refuse", note=why_refused([])).note == "Refused: see the problems."


def test_each_row_with_an_error_counts_as_refused_with_its_unit_or_by_itself():
    plan = Plan(
        changes=[
            Change("A", "create", note="A name"),
            Change("B", "refuse"),
            Change("C", "refuse", note="Late."),
        ],
        problems=[
            Problem("Bids", None, None, "", "About the whole file."),
            Problem("Bids", 1, "Price", "", "About the header."),
            Problem("Bids", 2, "Price", "x", "Looks odd.", "warning"),
            Problem("Bids", 3, "Price", "x", "Must be a number."),
            Problem("Bids", 4, "Bid ID", "", "Must be filled in."),
            Problem("Assets", 3, "Bid ID", "", "Must be filled in."),
        ],
    )
    plan.refuse_by_rows({("Bids", 2): "A", ("Bids", 3): "B"})
    assert [(each.unit, each.action, each.note) for each in plan.changes] == [
        ("A", "create", "A name"),
        ("B", "refuse", "Price: Must be a number."),
        ("C", "refuse", "Late."),
        ("Bids, row 4", "refuse", "Bid ID: Must be filled in."),
        ("Assets, row 3", "refuse", "Bid ID: Must be filled in."),
    ]
