"""Tests that providers start for themselves: by every channel, marked TEST, answered, and nothing to the operator."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import Role
from contracts.domain.lifecycle import withdraw_contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.actions import start_file
from marketplace.jobs.worker import run_now
from marketplace.notifications.models import Notification
from operations.domain.dispatch_queries import dispatches_of, last_event_of
from operations.domain.dispatching import (
    acknowledge_dispatch,
    amend_dispatch,
    cancel_dispatch,
    decline_dispatch,
    stop_dispatch,
)
from operations.domain.messages import messages_of
from operations.domain.own_tests import start_own_test
from operations.domain.watching import watch_dispatches
from operations.enums import DispatchKind, DispatchState
from operations.models import Dispatch, Message
from tests.accounts import people as people_of_accounts
from tests.operations.scene import HALF, MINUTE, act, browser, contracted, issue
from tests.qualification import market as base
from tests.support.running_contract import an_hour_before_service

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SHOWS_OWN_TESTS = {
    "operations/models/dispatches.py",
    "operations/domain/recording.py",
    "operations/domain/own_tests.py",
}
"""The only modules that ask for tests of channels: what counts dispatches asks for ``objects``."""


@pytest.fixture(scope="module")
def once(module_database):
    return contracted()


@pytest.fixture(params=["fixed", "none"])
def scene(once, settings, request):
    settings.CACHES = people_of_accounts.own_cache()
    with an_hour_before_service(once, request.param) as made:
        made.desk, made.own = browser(made.buyer), browser(made.north)
        yield made


def start(made, by=None):
    return start_own_test(by=by or made.north, contract_id=made.contract.pk, now=clock.now())


def texts(response):
    return response.content.decode()


def test_a_test_goes_out_as_a_dispatch_does_and_says_that_it_is_one(scene):
    test = start(scene)
    assert (test.kind, test.mw, test.ref[:5]) == ("own_test", scene.contract.capacity_mw, "TEST-")
    message = messages_of(scene.north).get()
    assert (message.kind, message.number, message.body["dispatch_kind"]) == ("dispatch_issued", 1, "own_test")
    mail = Notification.objects.get(user=scene.north.user, kind="dispatch")
    assert mail.title.startswith(f"TEST: dispatch {test.ref}: 1 MW from ")
    assert not Notification.objects.filter(user=scene.buyer.user, kind__startswith="dispatch").exists()
    assert not messages_of(scene.buyer).exists()


def test_it_is_marked_wherever_its_provider_sees_it(scene):
    test = start(scene)
    pill = '<span class="pill violet">TEST</span>'
    pages = [
        reverse("operations:dispatch_home"),
        reverse("operations:dispatches"),
        reverse("operations:dispatch", args=[test.pk]),
        reverse("operations:try_channels"),
    ]
    for page in pages:
        shown = texts(scene.own.get(page))
        assert test.ref in shown, page
        assert pill in shown, page
    assert "TEST: 1 MW" in texts(scene.own.get("/"))
    assert "Pays about" not in texts(scene.own.get(pages[2]))
    (row,) = csv.DictReader(
        io.StringIO(scene.own.get(pages[1], {"download": "csv"}).content.decode("utf-8-sig"))
    )
    assert (row["Dispatch"], row["Energy (MWh or MVArh)"]) == (test.ref, "")
    job = run_now(start_file(by=scene.north, kind="operations.dispatches_csv", params={}, now=clock.now()).pk)
    (line,) = csv.DictReader(io.StringIO(bytes(job.output.content).decode("utf-8-sig")))
    assert (line["Kind"], line["Requested (MWh)"]) == ("TEST of channels", "")


def test_it_is_acknowledged_or_declined_and_only_its_providers_log_tells_so(scene):
    first = start(scene)
    act(acknowledge_dispatch, scene.north, first)
    act(acknowledge_dispatch, scene.north, first)
    with clock.set_to(first.end + MINUTE):
        second = start(scene)
        act(decline_dispatch, scene.north, second, reason="Trying it")
    assert (first.state, second.state) == (DispatchState.ACKNOWLEDGED, DispatchState.DECLINED)
    assert (first.holds_its_time, second.holds_its_time) == (False, False)
    told = AuditEntry.objects.filter(subject_id__in=[str(first.pk), str(second.pk)])
    assert {each.organisation_id for each in told} == {scene.north.organisation_id}
    assert {"dispatch issued", "dispatch acknowledged", "dispatch declined"} <= {each.action for each in told}
    assert not Notification.objects.filter(user=scene.buyer.user, kind="dispatch_declined").exists()


def test_no_operator_and_no_rival_sees_it_or_does_anything_to_it(scene):
    before = last_event_of(scene.buyer)
    test = start(scene)
    assert last_event_of(scene.buyer) == before
    for member in (scene.buyer, scene.south):
        assert not dispatches_of(member).exists()
        assert browser(member).get(reverse("operations:dispatch", args=[test.pk])).status_code == 404
    for action, more in (
        (cancel_dispatch, {}),
        (stop_dispatch, {}),
        (acknowledge_dispatch, {}),
        (amend_dispatch, {"mw": HALF, "since": test.start, "end": test.end}),
    ):
        for member in (scene.buyer, scene.south):
            with pytest.raises(NotAllowed, match="no such dispatch"):
                act(action, member, test, **more)
    assert test.ref not in texts(scene.desk.get(reverse("operations:dispatch_home")))
    assert "TEST of channels" not in texts(scene.desk.get(reverse("operations:dispatches")))


def test_only_its_own_operations_start_one_on_a_contract_that_runs(scene):
    idle = base.member(scene.north.organisation, tuple(set(Role.values) - {Role.OPERATIONS}))
    for member in (scene.buyer, scene.south, idle):
        with pytest.raises(NotAllowed):
            start(scene, by=member)
    withdraw_contract(by=scene.buyer, contract=scene.contract, reason="No need.", now=clock.now())
    with pytest.raises(Refused, match="awarded or signed"):
        start(scene)
    assert not Dispatch.with_own_tests.exists()
    assert not Message.objects.filter(kind="dispatch_issued").exists()


def test_of_a_contract_one_test_is_on_at_a_time(scene):
    test = start(scene)
    with pytest.raises(Refused, match=f"The test {test.ref} of this contract is on until"):
        start(scene)
    row = Dispatch.with_own_tests.get()
    row.pk, row.ref, row._state.adding = None, "TEST-AGAIN", True
    row.id = Dispatch._meta.pk.default()
    with pytest.raises(IntegrityError, match="one_own_test_of_a_contract"), transaction.atomic():
        row.save(force_insert=True)
    with clock.set_to(test.end):
        assert start(scene).pk != test.pk


@pytest.mark.parametrize(
    "field", [{"holds_its_time": True}, {"incident_reference": "INC-1"}, {"alerted_at": "2026-01-01T00:00Z"}]
)
def test_the_database_gives_no_test_an_effect(scene, field):
    start(scene)
    with pytest.raises(IntegrityError, match="own_test_has_no_effect"), transaction.atomic():
        Dispatch.with_own_tests.update(**field)


def test_a_dispatch_of_the_contract_is_issued_over_it_and_nobody_is_warned_of_a_silent_test(scene):
    test = start(scene)
    with clock.set_to(test.end - MINUTE):
        watch_dispatches(clock.now())
    assert not Notification.objects.filter(kind__in=["dispatch_unanswered", "dispatch_half_time"]).exists()
    real = issue(scene, ref=test.ref.lower())
    assert real.holds_its_time, "not even its ref is taken"
    assert list(Dispatch.objects.all()) == [real]


def test_it_is_started_on_the_page_and_twice_is_once(scene):
    page = reverse("operations:try_channels")
    assert "Send the test" in texts(scene.own.get(page))
    data = {"contract": str(scene.contract.pk)}
    answer = scene.own.post(page, data)
    test = Dispatch.with_own_tests.get()
    assert answer.headers["Location"] == reverse("operations:dispatch", args=[test.pk])
    again = scene.own.post(page, data)
    assert (again.status_code, Dispatch.with_own_tests.count()) == (422, 1)
    assert "is on until" in texts(again)
    assert "Acknowledge" in texts(scene.own.get(answer.headers["Location"]))
    assert scene.desk.get(page).status_code in (403, 404)


def test_the_list_narrows_to_tests_of_channels_by_what_they_are_now(scene):
    test = start(scene)
    act(acknowledge_dispatch, scene.north, test)
    page = reverse("operations:dispatches")

    def shown(**by):
        return test.ref in texts(scene.own.get(page, by))

    assert shown(kind="own_test")
    assert not shown(kind="test")
    assert (shown(show="waiting"), shown(show="coming"), shown(show="over")) == (False, True, False)
    with clock.set_to(test.end + timedelta(minutes=1)):
        assert (shown(show="coming"), shown(show="over")) == (False, True)


def test_only_what_shows_tests_to_their_provider_asks_for_them():
    sources = [
        path
        for app in ("accounts", "api", "bidding", "competitions", "contracts", "marketplace", "operations")
        for path in (ROOT / app).rglob("*.py")
    ] + [path for app in ("qualification", "rehearsal", "settlement") for path in (ROOT / app).rglob("*.py")]
    asking = {
        str(path.relative_to(ROOT))
        for path in sources
        if "migrations" not in path.parts and "with_own_tests" in path.read_text()
    }
    assert asking == SHOWS_OWN_TESTS
    # A join from a contract passes by the manager: it may ask for those that hold their time alone, as no test does.
    for path in sources:
        text = path.read_text()
        if re.search(r"dispatches__|Count\([\"']dispatches|[^_]dispatches=", text):
            assert "dispatches__holds_its_time=True" in text, path


def test_an_operator_issues_none(scene):
    with pytest.raises(IntegrityError, match="own_test_has_no_effect"), transaction.atomic():
        issue(scene, kind=DispatchKind.OWN_TEST)
