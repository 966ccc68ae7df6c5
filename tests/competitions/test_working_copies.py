"""What is begun and not saved yet: kept as typed, row by row, and refused where others were faster."""

from uuid import uuid4

import pytest

from competitions.domain.setting_up import working_copies
from competitions.domain.setting_up.working_copies import (
    discard_copy,
    keep_row,
    keep_rows,
    mark_of_row,
    mark_of_rows,
    start_copy,
)
from competitions.models import WorkingCopy
from marketplace.errors import Refused
from tests.competitions import files

pytestmark = pytest.mark.django_db
NOW = files.DRAFT
WINDOWS = "Service Windows"
FIRST, SECOND, THIRD = ({"name": name} for name in ("First", "Second", "Third"))


@pytest.fixture
def buyer():
    return files.operator()


@pytest.fixture
def copy(buyer):
    return start_copy(by=buyer, sheets={WINDOWS: [FIRST, SECOND]}, now=NOW)


def put(buyer, copy, place, row, seen=""):
    told = {"sheet": WINDOWS, "place": place, "row": row, "seen": seen}
    return keep_row(by=buyer, copy=copy, now=NOW, **told).sheets[WINDOWS]


def test_a_row_is_put_at_its_place_at_the_end_or_taken_out(buyer, copy):
    assert put(buyer, copy, 0, THIRD) == [THIRD, SECOND]
    assert put(buyer, copy, None, FIRST) == [THIRD, SECOND, FIRST]
    assert put(buyer, copy, 1, None) == [THIRD, FIRST]
    assert put(buyer, copy, None, None) == [THIRD, FIRST]


@pytest.mark.parametrize("row", [THIRD, None])
def test_a_row_that_was_removed_meanwhile_is_neither_changed_nor_removed(buyer, copy, row):
    with pytest.raises(Refused, match="This row was removed meanwhile"):
        put(buyer, copy, 2, row)


def test_a_row_that_is_another_by_now_is_not_removed(buyer, copy):
    with pytest.raises(Refused, match="The rows changed meanwhile"):
        put(buyer, copy, 1, None, seen=mark_of_row(FIRST))
    assert put(buyer, copy, 0, None, seen=mark_of_row(FIRST)) == [SECOND]


def test_typing_what_somebody_else_kept_meanwhile_differs_in_nothing(buyer, copy):
    seen = mark_of_rows(copy.sheets, [WINDOWS])
    for _ in range(2):
        kept = keep_rows(by=buyer, copy=copy, rows={WINDOWS: [THIRD]}, now=NOW, seen=seen)
    assert kept.sheets == {WINDOWS: [THIRD]}


def test_a_copy_that_is_only_shown_is_begun_once_however_many_keep_something_in_it(buyer):
    one, other = (WorkingCopy(pk=pk, operator=buyer.organisation, sheets={}) for pk in [uuid4()] * 2)
    for shown, row in ((one, FIRST), (other, SECOND)):
        keep_row(by=buyer, copy=shown, sheet=WINDOWS, place=None, row=row, now=NOW)
    assert WorkingCopy.objects.get().sheets[WINDOWS] == [FIRST, SECOND]


def test_another_operator_begins_no_copy_of_a_competition(buyer):
    shown = WorkingCopy(operator=buyer.organisation, sheets={})
    with pytest.raises(Refused, match="Only its operator changes a competition"):
        put(files.operator("OTHER"), shown, None, FIRST)
    assert not WorkingCopy.objects.exists()


def test_no_more_are_begun_than_there_is_room_for(buyer, copy, monkeypatch):
    monkeypatch.setattr(working_copies, "MOST_COPIES", 2)
    start_copy(by=buyer, sheets={}, now=NOW)
    with pytest.raises(Refused, match="2 competitions are begun and not saved"):
        start_copy(by=buyer, sheets={}, now=NOW)
    assert start_copy(by=files.operator("OTHER"), sheets={}, now=NOW), "each operator has its own room"


def test_what_was_discarded_or_is_anothers_is_not_discarded_again(buyer, copy):
    with pytest.raises(Refused, match="saved or discarded meanwhile"):
        discard_copy(by=files.operator("OTHER"), copy_id=copy.pk, now=NOW)
    discard_copy(by=buyer, copy_id=copy.pk, now=NOW)
    with pytest.raises(Refused, match="saved or discarded meanwhile"):
        discard_copy(by=buyer, copy_id=copy.pk, now=NOW)
