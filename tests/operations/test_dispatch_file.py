"""The dispatches file: what it would send is shown first, row by row; taken away and up again it changes nothing."""

import io
import uuid

import pytest

from marketplace import clock
from marketplace.errors import NotAllowed
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.write import write_template
from operations.domain.dispatching import acknowledge_dispatch
from operations.exports.dispatch_files import write_dispatches, write_dispatches_csv, write_events_csv
from operations.models import Dispatch
from operations.workbooks import dispatch_file
from operations.workbooks.dispatch_specs import DISPATCH_FILE, DISPATCHES
from tests.operations.scene import HALF, act, contracted, issue, minute
from tests.support.running_contract import an_hour_before_service

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    return contracted()


@pytest.fixture
def scene(once):
    with an_hour_before_service(once) as made:
        yield made


def context(by, filename="dispatches.xlsx"):
    return JobContext(uuid.UUID(int=7), by, {}, clock.now(), filename)


def row(made, ref="A-1", start=0, end=30, mw=HALF, **more):
    return {
        "ref": ref,
        "contract_id": str(made.contract.pk),
        "start": minute(made, start),
        "end": minute(made, end),
        "mw": mw,
        **more,
    }


def workbook(made, *rows):
    return write_template(DISPATCH_FILE, {DISPATCHES.name: rows}, zone=made.buyer.organisation.zone)


def actions(plan):
    return [each.action for each in plan.changes]


def test_what_is_shown_is_what_is_sent_and_a_second_time_nothing_is(scene):
    data = workbook(scene, row(scene), row(scene, "", 30, 60, kind="test", reason="Yearly test"))
    plan = dispatch_file.check(context(scene.buyer), data)
    assert actions(plan) == ["create", "create"], plan.problems
    assert not Dispatch.objects.exists(), "checking sends nothing"
    dispatch_file.apply(context(scene.buyer), plan)
    dispatch_file.apply(context(scene.buyer), plan)
    assert [each.kind for each in Dispatch.objects.order_by("start")] == ["operational", "test"]
    assert actions(dispatch_file.check(context(scene.buyer), workbook(scene, row(scene)))) == ["unchanged"]


def test_each_row_in_error_is_refused_with_its_rule_and_the_others_go(scene):
    data = workbook(
        scene,
        row(scene),
        row(scene, "A-2", 10, 40),
        row(scene, "A-3", 60, 90, mw=2),
        row(scene, "A-4", contract_id=str(uuid.uuid4())),
        row(scene, "a-1", 90, 100),
        row(scene, "no good ref", 100, 110),
    )
    plan = dispatch_file.check(context(scene.buyer), data)
    assert sorted(actions(plan)) == ["create", *["refuse"] * 5]
    told = " ".join(problem.message for problem in plan.problems)
    for sentence in (
        "Row 2 of this file dispatches the contract at that time too.",
        "1 MW are accepted and available",
        "None of the contracts that you may dispatch has this ID.",
        "This ref is in row 2 already.",
        "A dispatch ref has up to 60 letters",
    ):
        assert sentence in told


def test_the_download_goes_up_again_unchanged_and_as_csv(scene):
    dispatch = issue(scene, reason="=1+1")
    act(acknowledge_dispatch, scene.north, dispatch)
    book, table, events = io.BytesIO(), io.BytesIO(), io.BytesIO()
    write_dispatches(context(scene.buyer), book)
    assert actions(dispatch_file.check(context(scene.buyer), book.getvalue())) == ["unchanged"]
    write_dispatches_csv(context(scene.buyer), table)
    plan = dispatch_file.check(context(scene.buyer, "dispatches.csv"), table.getvalue())
    assert actions(plan) == ["unchanged"], plan.problems
    write_events_csv(context(scene.north), events)
    text = events.getvalue().decode("utf-8-sig")
    assert "Acknowledged" in text
    assert str(scene.buyer.user) not in text, "the other party's people are not named"
    others = io.BytesIO()
    write_events_csv(context(scene.south), others)
    assert len(others.getvalue().decode().splitlines()) == 1


def test_a_csv_without_its_columns_and_a_provider_are_refused(scene):
    with pytest.raises(Unreadable, match="columns are missing: Contract ID"):
        dispatch_file.check(context(scene.buyer, "x.csv"), b"Start,End,Capacity (MW)\n")
    with pytest.raises(NotAllowed):
        dispatch_file.check(context(scene.north), workbook(scene, row(scene)))
