"""A provider's own test in a settled month: every figure, page and file of it stays as it was, to the byte."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.kinds import registry
from marketplace.jobs.public_kinds import public_kinds
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.domain.measuring import measured_of_seller, unit_dispatches
from operations.domain.own_tests import start_own_test
from operations.models import Dispatch
from settlement.models import StatementVersion
from tests import walk
from tests.accounts import people
from tests.operations.scene import browser
from tests.settlement.statement_scene import HOUR, dispatched, made, run, scene_of, statement
from tests.support.walking import undone

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 4, 2, 9, tzinfo=UTC)
FIGURES = ("operations:", "settlement:", "contracts:", "market_data:")
SHOWN_TO_ITS_PROVIDER = {
    "operations:dispatch_home",
    "operations:provider_live",
    "operations:dispatches",
    "operations:try_channels",
}
"""Where its provider sees a test, marked; everywhere else nothing is another."""
FILES_OF_ITS_PROVIDER = {"operations.dispatches", "operations.dispatches_csv", "operations.events_csv"}


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return made()


@pytest.fixture
def scene(once, settings):
    settings.CACHES = people.own_cache()
    with run_jobs_inline():
        found = scene_of(once)
        dispatched(found, day=0)
        found.called = dispatched(found, day=2, imports=(400, 900))
        yield found


TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": ?"[^"]*"|nonce="[^"]*"')

MAIN = re.compile(rb"<main.*</main>", re.DOTALL)
"""What a provider's page is about: beside it stands how many messages are new."""


def try_channels(found, day, before=timedelta(minutes=20)):
    """A test within the service of a day, and beside its dispatch where it has one."""
    with clock.set_to(found.service[day].start - before):
        return start_own_test(by=found.north, contract_id=found.contract.pk, now=clock.now())


def pages_of(found, member):
    """What every page about dispatches, settlement and contracts shows somebody, by address."""
    ids = {
        "pk": [found.contract.pk, statement(found).pk, found.called.pk],
        "statement_id": [statement(found).pk],
    }
    shown, client = {}, browser(member)
    for address in walk.addresses():
        if not address.name.startswith(FIGURES) or len(address.arguments) > 1:
            continue
        if member.is_fsp and address.name in SHOWN_TO_ITS_PROVIDER:
            continue
        for value in ids.get(address.arguments[0], []) if address.arguments else [None]:
            try:
                path = reverse(address.name, args=[] if value is None else [value])
            except Exception:  # an address that takes another kind of argument
                continue
            with undone():
                answer = client.get(path)
            if answer.status_code == 200:
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                shown[path] = TOKEN.sub(
                    b"", MAIN.findall(body)[0] if member.is_fsp and MAIN.search(body) else body
                )
    return shown


def files_of(member):
    """Every file of dispatches and settlement that somebody may have made without naming a thing, by its kind."""
    found = {}
    for kind in registry.files.values():
        if not kind.name.startswith(("operations.", "settlement.", "contracts.")):
            continue
        if member.is_fsp and kind.name in FILES_OF_ITS_PROVIDER:
            continue
        with undone():
            try:
                job = run_now(start_file(by=member, kind=kind.name, params={}, now=LATER).pk)
            except Exception:  # a file of another side, or of a thing that is named
                continue
            if job.state == "done":
                found[kind.name] = bytes(job.output.content)
    return found


def public_files():
    made_files = {}
    for kind in public_kinds():
        target = io.BytesIO()
        kind.write(target, LATER)
        made_files[kind.name] = target.getvalue()
    return made_files


def everything(found):
    with clock.set_to(LATER):
        return {
            "operator's pages": pages_of(found, found.buyer),
            "provider's pages": pages_of(found, found.north),
            "operator's files": files_of(found.buyer),
            "provider's files": files_of(found.north),
            "public": public_files(),
        }


def test_every_figure_page_and_file_is_the_same_with_a_test_as_without(scene):
    run(scene)
    before = everything(scene)
    assert len(before["operator's pages"]) > 15
    assert len(before["operator's files"]) > 3
    test = try_channels(scene, day=2)
    later = try_channels(scene, day=4)
    after = everything(scene)
    for what, shown in before.items():
        assert sorted(shown) == sorted(after[what])
        for address, text in shown.items():
            assert text == after[what][address], (what, address)
    assert Dispatch.objects.count() == 2
    assert {test.kind, later.kind} == {"own_test"}


def test_a_statement_comes_to_the_same_whether_or_not_tests_were_started(scene):
    with undone():
        run(scene)
        without = bytes(StatementVersion.objects.get().result)
    try_channels(scene, day=2)
    try_channels(scene, day=4)
    run(scene)
    assert bytes(StatementVersion.objects.get().result) == without


def test_a_test_makes_no_event_day_and_takes_no_energy(scene):
    since, until = scene.service[0].start - HOUR, scene.service[5].end

    def counted():
        seller = scene.north.organisation_id
        with clock.set_to(LATER):
            delivered = [
                each.performance.delivered for each in measured_of_seller(seller, since, until, LATER)
            ]
            return [each.pk for each, _ in unit_dispatches(seller, since, until)], delivered

    before = counted()
    assert len(before[0]) == 2
    try_channels(scene, day=2)
    try_channels(scene, day=3)
    assert counted() == before
