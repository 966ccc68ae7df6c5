"""On the night of 25 October 2026 London's clocks show 01:00 to 02:00 twice: each is declared and answered apart."""

import io
from copy import deepcopy
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.urls import reverse

from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.workbooks.cells import CellError
from marketplace.workbooks.kinds import Context
from marketplace.workbooks.moments import Time
from operations.domain.local_times import span_within, times_text
from operations.domain.occurrences import Occurrence
from operations.exports.availability import write_availability
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Unavailability
from operations.workbooks import availability_file
from tests.operations import availability_scene as scenes
from tests.operations.availability_scene import LONDON
from tests.operations.scene import browser

pytestmark = pytest.mark.django_db
BACK = date(2026, 10, 25)
OPEN, LOCKED = datetime(2026, 10, 13, 9, tzinfo=UTC), datetime(2026, 10, 15, 9, tzinfo=UTC)
FIRST, SECOND = time(1), time(1, fold=1)


def utc(hour, minute=0):
    return datetime(2026, 10, 25, hour, minute, tzinfo=UTC)


NIGHT = Occurrence(BACK, utc(0) - (utc(1) - utc(0)), utc(3))
"""From 00:00 to 03:00 by the clocks, which is four hours."""


@pytest.fixture(scope="module")
def once(module_database):
    return scenes.made()


@pytest.fixture
def scene(once):
    of = deepcopy(once)
    serve_by_night(of)
    return of


def serve_by_night(of):
    Contract.objects.filter(pk=of.first.pk).update(
        first_day=date(2026, 10, 19), end_day=date(2026, 10, 26), start=time(0), end=time(3)
    )
    Contract.objects.filter(pk=of.second.pk).update(end_day=date(2026, 4, 6))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (FIRST, time(2), (0, 2)),
        (SECOND, time(2), (1, 2)),
        (FIRST, SECOND, (0, 1)),
        (time(0), SECOND, (-1, 1)),
        (SECOND, time(3), (1, 3)),
        (time(0), FIRST, (-1, 0)),
    ],
)
def test_two_times_of_the_night_are_the_instants_that_they_name(start, end, hours):
    since, until = span_within(NIGHT, start, end, LONDON)
    assert [(each - utc(0)).total_seconds() / 3600 for each in (since, until)] == list(hours)


def test_a_time_that_only_the_second_pass_has_needs_no_name():
    late = Occurrence(BACK, utc(1, 30), utc(3))
    assert span_within(late, time(1, 30), time(1, 45), LONDON) == (utc(1, 30), utc(1, 45))


def test_times_that_come_twice_are_shown_with_their_names():
    assert times_text(utc(0), utc(1), LONDON) == "01:00 BST–01:00 GMT"
    assert times_text(utc(1), utc(2), LONDON) == "01:00 GMT–02:00"
    assert times_text(utc(2), utc(3), LONDON) == "02:00–03:00"


def test_a_cell_names_the_second_and_other_names_are_refused():
    kind, here = Time(named=True), Context(zone=LONDON)
    assert kind.parse("01:30 GMT", here).fold == 1
    assert (kind.parse("01:30 bst", here).fold, kind.parse("01:30", here).fold) == (0, 0)
    assert kind.write(time(1, 30, fold=1), LONDON) == "01:30 GMT"
    assert kind.write(time(1, 30), LONDON) == time(1, 30)
    assert Time().write(time(1, 30, fold=1), LONDON) == time(1, 30)
    for text in ("01:30 CET", "01:30 GMT GMT", "GMT"):
        with pytest.raises(CellError, match="time"):
            kind.parse(text, here)
    with pytest.raises(CellError, match="time of day"):
        Time().parse("01:30 GMT", here)
    assert kind.parse("01:30 CET", Context(zone=ZoneInfo("Europe/Berlin"))).fold == 1


def declare(scene, start, end, mw):
    path = reverse("operations:declare", args=[scene.first.pk])
    told = {"days": "one", "day": BACK.isoformat(), "start": start, "end": end, "mw": mw}
    with run_jobs_inline(), clock.set_to(OPEN):
        return browser(scene.north).post(path, told, follow=True)


def test_each_is_declared_apart_on_the_page(scene):
    declare(scene, "01:00", "01:00 GMT", "0.7")
    shown = declare(scene, "01:00 GMT", "02:00", "0.4").content.decode()
    stored = AvailabilityDeclaration.objects.order_by("start").values_list("start", "end", "mw")
    assert list(stored) == [(utc(0), utc(1), Decimal("0.7")), (utc(1), utc(2), Decimal("0.4"))]
    assert "01:00 BST–01:00 GMT" in shown
    assert "01:00 GMT–02:00" in shown
    assert "01:30 GMT is the second 01:30" in shown
    assert declare(scene, "01:00 CET", "02:00", "0.4").status_code == 422


def context(member, now):
    return JobContext(job_id=None, member=member, params={}, now=now, filename="availability.xlsx")


def test_the_file_has_both_and_each_is_answered_apart(scene):
    declare(scene, "01:00", "01:00 GMT", "0.7")
    declare(scene, "01:00 GMT", "02:00", "0.4")
    own = io.BytesIO()
    with clock.set_to(OPEN):
        write_availability(context(scene.north, OPEN), own)
        plan = availability_file.check(context(scene.north, OPEN), own.getvalue())
    assert [each.message for each in plan.problems if each.level == "error"] == []
    assert {each.action for each in plan.changes} == {"unchanged"}
    given = io.BytesIO()
    with clock.set_to(LOCKED):
        write_availability(context(scene.buyer, LOCKED), given)
        book = openpyxl.load_workbook(given)
        sheet = book["Availability"]
        heads = next(row for row in sheet.iter_rows() if any(each.value == "Contract ID" for each in row))
        column = {str(each.value).rstrip(" *"): each.column for each in heads}
        for row in sheet.iter_rows(min_row=heads[0].row + 1):
            cells = {name: sheet.cell(row[0].row, place) for name, place in column.items()}
            if cells["Start"].value == "01:00 GMT":
                cells["Accepted (MW)"].value = 0.3
            elif cells["End"].value == "01:00 GMT":
                cells["Accepted (MW)"].value = 0.6
        filled = io.BytesIO()
        book.save(filled)
        plan = availability_file.check(context(scene.buyer, LOCKED), filled.getvalue())
        assert not [each.message for each in plan.problems if each.level == "error"]
        availability_file.apply(context(scene.buyer, LOCKED), plan)
    answered = AvailabilityAnswer.objects.order_by("start").values_list("start", "end", "mw")
    assert list(answered) == [(utc(0), utc(1), Decimal("0.6")), (utc(1), utc(2), Decimal("0.3"))]


def test_what_is_missing_is_notified_and_shortened_for_each_apart(scene):
    scenes.give_terms(scene, "fixed")
    serve_by_night(scene)
    day = BACK.isoformat()
    asked = {
        "day": day,
        "start": "01:30 GMT",
        "end_day": day,
        "end": "02:00",
        "mw": "0.2",
        "reason": "outage",
    }
    client, path = browser(scene.north), reverse("operations:notify_missing", args=[scene.first.pk])
    with run_jobs_inline(), clock.set_to(OPEN):
        second = client.post(path, asked, follow=True).content.decode()
        client.post(path, asked | {"start": "01:00", "end": "01:00 GMT"})
        first, notice = Unavailability.objects.order_by("start")
        shown = client.get(reverse("operations:contract_availability", args=[scene.first.pk]))
        told = {"end_day": day, "end": "01:45 GMT"}
        client.post(reverse("operations:shorten_missing", args=[notice.pk]), told)
    assert (first.start, first.end, notice.start) == (utc(0), utc(1), utc(1, 30))
    assert 'value="01:30 GMT"' in shown.content.decode(), "the earliest end that is offered"
    assert "01:30 GMT is the second 01:30" in second
    notice.refresh_from_db()
    assert (notice.start, notice.end) == (utc(1, 30), utc(1, 45))
