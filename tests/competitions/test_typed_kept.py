"""Typing a competition on pages loses nothing: half-typed windows, two tabs, looking without changing."""

import pytest

from competitions.models import Competition, WorkingCopy
from tests.competitions import files
from tests.support.typed_competitions import HEADER, WINDOW, begun, browse, buyer, quiet, saved  # noqa: F401

pytestmark = pytest.mark.django_db
HALF = {"period": "March", "name": "Half typed", "start": "17:00"}


def rows(copy, sheet="Service Windows"):
    copy.refresh_from_db()
    return copy.sheets[sheet]


def told(answer):
    return " ".join(str(message) for message in answer.wsgi_request._messages)


# Half-typed windows


@pytest.mark.parametrize("step", ["review", "boundary", "header"])
def test_a_half_typed_window_is_kept_and_told_on_going_on(browse, step):  # noqa: F811
    copy = begun(browse)
    answer = browse("typed_windows", copy.pk, post=HALF | {"go": step})
    assert answer.url.endswith(f"/{step}/")
    assert "What you typed is kept." in told(answer)
    assert [row["name"] for row in rows(copy)] == ["Evening", "Half typed"]
    shown = browse("typed_windows", copy.pk)
    assert "To correct" in shown.content.decode()
    problems = {problem.column for _, problem in browse("typed_review", copy.pk).context["errors"]}
    assert {"Period Start Date", "Service Days", "End Time"} <= problems


@pytest.mark.parametrize("button", ["typed_window_change", "typed_window_copy", "typed_window_remove"])
def test_a_half_typed_window_is_kept_when_another_one_is_changed_copied_or_removed(browse, button):  # noqa: F811
    copy = begun(browse)
    browse(button, copy.pk, 0, post=HALF)
    assert "Half typed" in [row["name"] for row in rows(copy)]


def test_going_on_with_an_untouched_form_adds_nothing(browse):  # noqa: F811
    copy = begun(browse)
    filled = browse("typed_windows", copy.pk).context["form"].initial
    sent = {key: cell for key, cell in filled.items() if cell and cell != [""]}
    answer = browse("typed_windows", copy.pk, post=sent | {"go": "review"})
    assert answer.url.endswith("/review/")
    assert [row["name"] for row in rows(copy)] == ["Evening"]


def test_a_whole_window_is_kept_by_going_on(browse):  # noqa: F811
    copy = begun(browse)
    answer = browse("typed_windows", copy.pk, post=WINDOW | {"name": "Late", "go": "review"})
    assert "The window “Late” is kept." in told(answer)
    assert not browse("typed_review", copy.pk).context["errors"]


def test_a_header_that_is_not_right_yet_is_kept_by_going_to_another_step(browse):  # noqa: F811
    answer = browse("start", post=HEADER | {"maximum_budget": "x", "go": "windows"})
    copy = WorkingCopy.objects.get()
    assert answer.url.endswith("/windows/")
    assert "1 thing is to correct" in told(answer)
    assert copy.header["maximum_budget"] == "x"


# Looking leaves nothing behind


def test_looking_at_change_and_at_each_step_begins_no_draft(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition(header={"Description": "Line\nand line"}))
    address = browse("edit", "C1").url
    pk = files.stored().pk
    assert str(pk) in address
    for name in ("typed_header", "typed_boundary", "typed_windows", "typed_review"):
        assert browse(name, pk).status_code == 200
    header = browse("typed_header", pk).context
    lists = ("asset_statuses", "asset_categories")
    sent = {key: cell.split(", ") if key in lists else cell for key, cell in header["copy"].header.items()}
    sent["description"] = "Line\r\nand line"
    assert browse("typed_header", pk, post=sent | {"seen": header["seen"]}).url.endswith("/boundary/")
    boundary = {"areas": ["MONKTONHALL"], "seen": browse("typed_boundary", pk).context["seen"]}
    boundary["area_buffer_km"] = header["copy"].header["area_buffer_km"]
    assert browse("typed_boundary", pk, post=boundary).url.endswith("/windows/")
    assert not WorkingCopy.objects.exists()


def test_new_competition_begins_a_draft_once_something_is_kept_and_once_only(browse):  # noqa: F811
    draft = browse("start").context["copy"].pk
    assert not WorkingCopy.objects.exists()
    assert browse("start", post={"draft": draft, "go": "windows"}).url.endswith("/new-competition/")
    assert not WorkingCopy.objects.exists()
    browse("start", post=HEADER | {"draft": draft})
    browse("start", post=HEADER | {"draft": draft, "name": "Twice"})
    assert WorkingCopy.objects.get().header["name"] == "Twice"


def test_the_draft_of_a_change_is_gone_on_with_by_whoever_opens_change_next(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    pk = files.stored().pk
    browse("typed_header", pk, post=HEADER | {"ref": "C1", "name": "Renamed"})
    assert browse("typed_header", pk).context["copy"].header["name"] == "Renamed"
    assert WorkingCopy.objects.get().competition == files.stored()


# Two tabs


def test_the_second_of_two_tabs_is_told_what_differs_and_nothing_is_lost(browse):  # noqa: F811
    copy = begun(browse)
    seen = browse("typed_header", copy.pk).context["seen"]
    first, second = HEADER | {"name": "First tab"}, HEADER | {"name": "Second tab"}
    assert browse("typed_header", copy.pk, post=first | {"seen": seen}).status_code == 302
    answer = browse("typed_header", copy.pk, post=second | {"seen": seen})
    assert answer.status_code == 409
    assert [(each.label, each.stored, each.typed) for each in answer.context["changed"].differences] == [
        ("Competition Name", "First tab", "Second tab")
    ]
    assert answer.context["form"]["name"].value() == "Second tab"
    copy.refresh_from_db()
    assert copy.header["name"] == "First tab"
    assert browse("typed_header", copy.pk, post=second | {"seen": answer.context["seen"]}).status_code == 302
    copy.refresh_from_db()
    assert copy.header["name"] == "Second tab"


def test_a_stale_boundary_is_told_and_kept_in_the_form(browse):  # noqa: F811
    copy = begun(browse)
    seen = browse("typed_boundary", copy.pk).context["seen"]
    browse("typed_boundary", copy.pk, post={"postcodes": "EH21 8RE", "seen": seen})
    answer = browse("typed_boundary", copy.pk, post={"postcodes": "EH1 1AA", "seen": seen})
    assert answer.status_code == 409
    assert answer.context["postcodes"] == "EH1 1AA"
    assert rows(copy, "Competition Boundaries") == [{"kind": "Postcode", "value": "EH21 8RE"}]


def test_a_stale_window_is_told_and_a_window_that_moved_up_is_still_found(browse):  # noqa: F811
    copy = begun(browse)
    browse("typed_windows", copy.pk, post=WINDOW | {"name": "Late"})
    late = browse("typed_window", copy.pk, 1).context["seen"]
    browse("typed_window_remove", copy.pk, 0, post={})
    browse("typed_window", copy.pk, 1, post=WINDOW | {"name": "Later", "seen": late})
    assert [row["name"] for row in rows(copy)] == ["Later"]
    answer = browse("typed_window", copy.pk, 0, post=WINDOW | {"name": "Latest", "seen": late})
    assert answer.status_code == 409
    assert ("Service Window Name", "Later", "Latest") in [
        (each.label, each.stored, each.typed) for each in answer.context["changed"].differences
    ]
    assert [row["name"] for row in rows(copy)] == ["Later"]


def test_a_window_that_was_removed_in_another_tab_stays_typed(browse):  # noqa: F811
    copy = begun(browse)
    seen = browse("typed_window", copy.pk, 0).context["seen"]
    browse("typed_window_remove", copy.pk, 0, post={})
    answer = browse("typed_window", copy.pk, 0, post=WINDOW | {"name": "Changed", "seen": seen})
    assert answer.status_code == 409
    assert answer.context["form"]["name"].value() == "Changed"
    assert "removed meanwhile" in answer.content.decode()


def test_the_row_removed_is_the_one_that_was_shown(browse):  # noqa: F811
    copy = begun(browse)
    for name in ("Two", "Three"):
        browse("typed_windows", copy.pk, post=WINDOW | {"name": name})
    shown = {
        f"mark-{each['place']}": each["mark"] for each in browse("typed_windows", copy.pk).context["windows"]
    }
    browse("typed_window_remove", copy.pk, 0, post=shown)
    browse("typed_window_remove", copy.pk, 1, post=shown)
    assert [row["name"] for row in rows(copy)] == ["Three"]


def test_a_change_saved_by_somebody_else_is_told_to_a_tab_that_was_open(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    pk = files.stored().pk
    opened = browse("typed_header", pk).context
    lists = ("asset_statuses", "asset_categories")
    cells = {key: cell.split(", ") if key in lists else cell for key, cell in opened["copy"].header.items()}
    browse("typed_header", pk, post=cells | {"name": "Theirs", "seen": opened["seen"]})
    saved(browse, WorkingCopy.objects.get())
    answer = browse("typed_header", pk, post=cells | {"description": "Mine", "seen": opened["seen"]})
    assert answer.status_code == 409
    assert {each.label for each in answer.context["changed"].differences} == {
        "Competition Name",
        "Description",
    }
    assert Competition.objects.get().name == "Theirs"
