"""The parts of the harness by which lateness, and what people see, is judged."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.faults.forms import form_with, forms_of
from tests.faults.journal import Journal
from tests.faults.outages import Outages
from tests.faults.people import Person

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("past", "wait"),
    [
        ([], 60),
        ([("beat", 0, 50)], 10),
        ([("beat", 0, 20), ("PostgreSQL", 10, 50)], 20 - 10),
        ([("beat", -5, 5), ("PostgreSQL", 20, 25)], 35),
        ([("web", 0, 60)], 60),
        ([("beat", 70, 80)], 60),
    ],
)
def test_late_is_what_waits_while_all_that_it_needs_is_there(past, wait):
    outages = Outages(past=[(name, at(begin), at(end)) for name, begin, end in past])
    assert outages.longest_whole(at(0), at(60), ("beat", "PostgreSQL")) == timedelta(seconds=wait)


def test_what_is_still_away_excuses_to_the_end():
    outages = Outages(open={"beat": at(10)})
    assert outages.longest_whole(at(0), at(60), ("beat",)) == timedelta(seconds=10)


PAGE = """<form action="/search/"><input name="q"></form>
<form method="post"><input type="hidden" name="seen" value="1"><input type="checkbox" name="all">
<input type="radio" name="kind" value="a"><input type="radio" name="kind" value="b" checked>
<select name="phase"><option value="x">X<option value="y" selected>Y</select><textarea name="why">So</textarea></form>"""


@pytest.mark.parametrize(
    ("answered", "led_to", "means"),
    [
        (302, "/receipts/", "done"),
        (302, "/competition/", "refused"),
        (302, "/accounts/login/?next=/", "refused"),
        (200, "", "refused"),
        (503, "", "in_doubt"),
    ],
)
def test_a_form_is_done_only_when_it_leads_to_where_it_is_told_done(answered, led_to, means):
    person = Person("http://site", Journal(), "person@example.org")
    answer = SimpleNamespace(status_code=answered, text="", headers={"Location": f"http://site{led_to}"})
    person.session = SimpleNamespace(cookies={}, post=lambda *_, **__: answer)
    line = person.sends("ballot by page", 1, "/place/", {}, done_at="/receipts/")
    assert [each for each in ("done", "refused", "in_doubt") if getattr(line, f"is_{each}")] == [means]


def test_a_form_is_read_as_a_browser_would_send_it():
    assert len(forms_of(PAGE)) == 2
    form = form_with(PAGE, "seen")
    assert form is not None
    assert form.fields == {"seen": "1", "kind": "b", "phase": "y", "why": "So"}
    assert form_with(PAGE, "nothing") is None
