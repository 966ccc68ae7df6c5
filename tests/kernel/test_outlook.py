"""What the page of a checked file says: the result in a sentence, errors by cause, the button, and the
nearest choice."""

import pytest

from marketplace.jobs import outlook
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import Change, Plan, UploadKind
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.previews import problems_shown
from marketplace.text import did_you_mean
from marketplace.workbooks.declare import Problem

KIND = UploadKind("rivers", "Rivers", lambda *_: Plan(), lambda *_: None, nouns=("river", "rivers"))


def job(create=0, update=0, refuse=0, unchanged=0, state=State.CHECKED, result=None):
    actions = {"create": create, "update": update, "refuse": refuse, "unchanged": unchanged}
    changes = [Change(f"{action}{n}", action) for action, number in actions.items() for n in range(number)]
    return Job(
        kind="rivers",
        state=state,
        preview=Plan(changes=changes).summary(),
        result=result or {},
        upload=StoredFile(),
    )


@pytest.mark.parametrize(
    ("counts", "title", "button"),
    [
        ({"create": 6, "refuse": 2}, "6 rivers can be created, 2 are refused", "Create 6 rivers"),
        ({"create": 1, "refuse": 1}, "1 river can be created, 1 is refused", "Create 1 river"),
        (
            {"create": 2, "update": 3},
            "2 rivers can be created, 3 rivers can be changed",
            "Create 2 and change 3 rivers",
        ),
        ({"update": 1, "unchanged": 9}, "1 river can be changed", "Change 1 river"),
        ({"refuse": 4, "state": State.NOTHING}, "Nothing to apply: 4 refused", "Apply"),
        ({"unchanged": 4, "state": State.NOTHING}, "Nothing to apply: 4 as stored", "Apply"),
    ],
)
def test_the_title_is_the_result_and_the_button_says_what_it_does(counts, title, button):
    assert outlook.title_of(job(**counts), KIND) == title
    assert outlook.button_of(job(**counts), KIND) == button


def test_what_was_done_is_told_once_it_is():
    done = job(create=2, refuse=1, state=State.DONE, result={"create": 2, "refuse": 1})
    assert outlook.title_of(done, KIND) == "2 rivers created, 1 left out"


def test_errors_stand_by_their_cause_the_most_frequent_first_with_what_they_leave_out():
    problems = [
        Problem("Rivers", 2, "Ref", "", "Must be filled in."),
        Problem("Rivers", 3, "Km", "far", "Must be a number."),
        Problem("Rivers", 4, "Km", "far", "Must be a number."),
        Problem("Rivers", 5, "Mouth", "NORTH SAE", "You have no sea with the reference “NORTH SAE”."),
        Problem("Rivers", 6, "Closes", "1/1/2026", "Must be after Opens, 2 January 2026."),
        Problem("Rivers", 7, "Km", "3", "The river is too short."),
    ]
    plan = Plan(problems=problems)
    plan.refuse_by_rows({("Rivers", number): f"R{number}" for number in range(2, 8)})
    errors, _ = problems_shown(Job(preview=plan.summary()))
    causes = outlook.causes_of(errors)
    assert [(each.title, each.cells) for each in causes] == [
        ("Not a value of this kind", 2),
        ("Missing", 1),
        ("Names something that isn't there", 1),
        ("Dates out of order", 1),
        ("Against a rule", 1),
    ]
    assert [each.leaves_out for each in causes[1].problems] == ["R2"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ACKLAMM", " Did you mean “Acklam”?"),
        ("acklam", " Did you mean “Acklam”?"),
        ("Leeds", ""),
        ("A" * 5000, ""),
        ("", ""),
    ],
)
def test_the_nearest_choice_is_offered_where_one_is_near(typed, told):
    assert did_you_mean(typed, ["Acklam", "Belmont"]) == told
