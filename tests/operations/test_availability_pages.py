"""The pages of availability: the provider's week and contract, and the operator's answer desk."""

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from contracts.models import Contract
from marketplace import clock
from operations.domain.promising import DayDeclared, declare_days
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Unavailability
from tests.operations import availability_scene as scenes
from tests.operations.availability_scene import ANSWER, LOCK, OPEN, WEEK, at
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
CALENDAR = "operations:availability"
DESK = "operations:answer_desk"
WEEK_QUERY = {"week": WEEK.isoformat()}
DAY = "2026-02-09"


@pytest.fixture(scope="module")
def once(module_database):
    return scenes.made()


@pytest.fixture
def scene(once):
    return deepcopy(once)


def client_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def get(member, name, *args, now=OPEN, **query):
    with clock.set_to(now):
        return client_of(member).get(reverse(name, args=args), query or WEEK_QUERY)


def post(member, name, data, *args, now=OPEN):
    with clock.set_to(now):
        path = f"{reverse(name, args=args)}?week={WEEK.isoformat()}"
        return client_of(member).post(path, data, follow=True)


def cell(contract, day=WEEK):
    return f"mw|{contract.pk}|{day.isoformat()}"


def stretch(contract, start=16, end=20):
    return f"mw|{contract.pk}|{at(9, start).isoformat()}~{at(9, end).isoformat()}"


def test_the_week_is_declared_in_the_grid_and_shows_its_deadlines(scene):
    page = get(scene.north, CALENDAR)
    text = page.content.decode()
    assert f'name="{cell(scene.first)}"' in text
    assert "5 Feb, 00:00" in text
    assert "answer 5 Feb, 12:00" in text
    answered = post(scene.north, "operations:declare_week", {cell(scene.first): "0.25"})
    assert "1 day declared." in answered.content.decode()
    assert 'value="0.25"' in answered.content.decode()
    stored = AvailabilityDeclaration.objects.get()
    assert (stored.mw, stored.start, stored.end) == (Decimal("0.25"), at(9, 16), at(9, 20))


def test_what_is_refused_stays_typed_and_nothing_of_the_week_is_declared(scene):
    other = cell(scene.first, WEEK + timedelta(days=1))
    answered = post(scene.north, "operations:declare_week", {cell(scene.first): "0.5", other: "7"})
    assert answered.status_code == 422
    assert "from 0 to the contract&#x27;s 1 MW" in answered.content.decode()
    assert 'value="7"' in answered.content.decode()
    words = post(scene.north, "operations:declare_week", {cell(scene.first): "much"})
    assert "“much” is not a number of MW" in words.content.decode()
    assert not AvailabilityDeclaration.objects.exists()


def test_a_locked_week_has_no_fields_and_says_so(scene):
    text = get(scene.north, CALENDAR, now=LOCK).content.decode()
    assert 'name="mw|' not in text
    assert "Locked" in text
    assert "Nothing of this week can be declared any more." in text


def test_a_page_sent_after_the_lock_declares_nothing(scene):
    answered = post(scene.north, "operations:declare_week", {cell(scene.first): "0.5"}, now=LOCK)
    assert answered.status_code == 422
    assert "were locked on 5 February 2026, 00:00 GMT" in answered.content.decode()


def test_last_week_is_copied_by_a_button(scene):
    earlier = WEEK
    with clock.set_to(OPEN):
        declare_days(by=scene.north, days=[DayDeclared(scene.first.pk, earlier, Decimal("0.25"))], now=OPEN)
        path = f"{reverse('operations:copy_week')}?week={(earlier + timedelta(days=7)).isoformat()}"
        answered = client_of(scene.north).post(path, follow=True)
    assert "1 stretch declared as in the week before." in answered.content.decode()


def test_a_stretch_and_the_whole_period_are_declared_on_the_contracts_page(scene):
    form = {"days": "one", "day": WEEK.isoformat(), "start": "17:00", "end": "18:30", "mw": "0.5"}
    answered = post(scene.north, "operations:declare", form, scene.first.pk)
    assert "1 stretch declared." in answered.content.decode()
    assert "17:00–18:30" in answered.content.decode()
    whole = post(scene.north, "operations:declare", {"days": "all", "mw": "0.75"}, scene.first.pk)
    assert "56 stretches declared." in whole.content.decode()
    for wrong, told in (
        (form | {"day": ""}, "Name the service day."),
        (form | {"end": ""}, "Give both times"),
        (form | {"start": "noon"}, "Must be a time of day"),
        (form | {"mw": "3"}, "from 0 to the contract"),
    ):
        refused = post(scene.north, "operations:declare", wrong, scene.first.pk)
        assert refused.status_code == 422
        assert told in refused.content.decode()


def test_unavailability_is_notified_and_shortened_on_the_contracts_page(scene):
    scenes.give_terms(scene, "fixed")
    form = {"day": DAY, "start": "17:00", "end_day": DAY, "end": "20:00", "mw": "0.2", "reason": "outage"}
    answered = post(scene.north, "operations:notify_missing", form, scene.first.pk)
    assert "are told." in answered.content.decode()
    assert "Reduced" in answered.content.decode()
    notice = Unavailability.objects.get()
    shorter = post(scene.north, "operations:shorten_missing", {"end_day": DAY, "end": "18:00"}, notice.pk)
    assert "The notice is shortened" in shorter.content.decode()
    seen = get(scene.buyer, "operations:contract_availability", scene.first.pk).content.decode()
    assert "Shortened" in seen
    assert "Notify unavailability" not in seen


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"start": "24:00"}, "Must be a time of day"),
        ({"day": ""}, "This field is required"),
        ({"day": "2026-03-29", "start": "01:30"}, "does not exist in Europe/London"),
        ({"end": "16:00"}, "end"),
    ],
)
def test_a_notice_of_times_that_do_not_exist_or_end_before_they_begin_is_refused(scene, changed, told):
    scenes.give_terms(scene, "fixed")
    form = {"day": DAY, "start": "17:00", "end_day": DAY, "end": "20:00", "mw": "0.2", "reason": "outage"}
    answered = post(scene.north, "operations:notify_missing", form | changed, scene.first.pk)
    assert answered.status_code == 422
    assert told in answered.content.decode()
    assert not Unavailability.objects.exists()


def test_another_providers_contract_is_not_there(scene):
    for name in ("operations:contract_availability",):
        assert get(scene.south, name, scene.first.pk).status_code == 404
    assert str(scene.first.pk) not in get(scene.south, CALENDAR).content.decode()
    for name in ("operations:declare", "operations:notify_missing"):
        assert post(scene.south, name, {}, scene.first.pk).status_code == 404
    other = post(scene.south, "operations:declare_week", {cell(scene.first): "0.5"})
    assert "Your organisation has no such contract." in other.content.decode()
    assert not AvailabilityDeclaration.objects.exists()


def test_the_desk_shows_required_declared_and_accepted_and_takes_answers(scene):
    text = get(scene.buyer, DESK, now=LOCK).content.decode()
    assert "Up to 4 MW at once, of 2 contracts, wait for your answer." in text
    assert "0 accepted, 4 declared of 2 MW required" in text
    assert "2 short" in text
    answered = post(
        scene.buyer,
        "operations:answer_save",
        {stretch(scene.first): "0.5", stretch(scene.second): ""},
        now=LOCK,
    )
    assert "1 stretch answered" in answered.content.decode()
    assert "0.5 accepted, 4 declared of 2 MW required" in answered.content.decode()
    lower = post(scene.buyer, "operations:answer_save", {stretch(scene.first): "0.4"}, now=LOCK)
    assert lower.status_code == 422
    assert "never lowered" in lower.content.decode()


def test_an_answer_to_everything_is_shown_before_it_is_given(scene):
    page = get(scene.buyer, "operations:answer_all", "required", now=LOCK)
    text = page.content.decode()
    assert "What is accepted is frozen at once" in text
    assert "2 in 7 stretches" in text
    assert not AvailabilityAnswer.objects.exists()
    seen = page.context["seen"]
    done = post(scene.buyer, "operations:answer_all", {"seen": seen}, "required", now=LOCK)
    assert "14 stretches answered" in done.content.decode()
    assert get(scene.buyer, "operations:answer_all", "other").status_code == 404


def test_the_desk_before_the_lock_and_after_the_answer_has_no_fields(scene):
    for now in (OPEN, ANSWER):
        text = get(scene.buyer, DESK, now=now).content.decode()
        assert 'name="mw|' not in text
        assert "Nothing waits for your answer." in text


def test_who_has_no_such_contract_reads_what_would_be_here(scene):
    assert "Nothing to declare yet" in get(base.member(base.provider()), CALENDAR).content.decode()
    assert "No availability yet" in get(base.member(base.operator()), DESK).content.decode()


def test_without_the_role_the_pages_are_refused_and_not_in_the_navigation(scene):
    other = base.member(scene.north.organisation, tuple(set(Role.values) - {Role.OPERATIONS}))
    assert get(other, CALENDAR).status_code == 403
    link = f'href="{reverse(CALENDAR)}"'
    assert link not in get(other, "accounts:home").content.decode()
    assert link in get(scene.north, "accounts:home").content.decode()


def test_home_says_what_is_to_declare_and_to_answer(scene):
    assert "Declare availability" in get(scene.north, "accounts:home").content.decode()
    assert "Answer up to 4 MW of availability" in get(scene.buyer, "accounts:home", now=LOCK).content.decode()


def test_a_contracts_page_leads_to_its_availability(scene):
    for member in (scene.north, scene.buyer):
        text = get(member, "contracts:contract", scene.first.pk).content.decode()
        assert reverse("operations:contract_availability", args=[scene.first.pk]) in text


@pytest.mark.parametrize(("name", "now"), [(CALENDAR, OPEN), (DESK, LOCK)])
def test_queries_do_not_grow_with_the_contracts(scene, name, now):
    Contract.objects.update(seller=scene.north.organisation_id)
    member = scene.north if name == CALENDAR else scene.buyer

    def queries():
        get(member, name, now=now)
        with CaptureQueriesContext(connection) as counted:
            assert get(member, name, now=now).status_code == 200
        return len(counted)

    two = queries()
    Contract.objects.filter(pk=scene.second.pk).update(end_day=WEEK - timedelta(days=5))
    assert queries() == two


def test_weeks_far_away_and_made_up_ones_are_no_error(scene):
    for week in ("9999-12-31", "0001-01-01", "soon", "2031-01-01"):
        for member, name in ((scene.north, CALENDAR), (scene.buyer, DESK)):
            assert get(member, name, week=week).status_code == 200
    assert Contract.objects.count() == 2
