"""Statements by program: read, agreed to and disputed as on their pages."""

from datetime import timedelta

import pytest

from accounts.models import ApiToken
from marketplace import clock
from marketplace.notifications.models import Notification
from tests.api.programs import Program
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import FIRST_RUN, dispatched, run, statement, told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    """North's contract of February with a dispatch, a program of each party and one of a rival."""
    found = scenes.scene_of(scenes.made())
    dispatched(found)
    with clock.set_to(FIRST_RUN):
        run(found)
        found.operator, found.provider = Program(found.buyer), Program(found.north)
        found.rival = Program(found.south)
        found.reader = Program(found.north, scopes=["contracts:read"], name="Reader")
    ApiToken.objects.update(ends_at=FIRST_RUN + 400 * DAY)
    return found


@pytest.fixture
def scene(once):
    with clock.set_to(FIRST_RUN + timedelta(hours=1)):
        once.path = f"/statements/{statement(once).pk}"
        yield once


def agree(scene, version=1, by=None, **headers):
    return (by or scene.provider).post(f"{scene.path}/agree", {"version": version}, **headers)


def test_a_provider_agrees_and_its_operator_reads_and_is_told_it(scene):
    assert scene.operator.get(scene.path).json()["agreed_at"] is None
    agreed = agree(scene)
    assert (agreed.status_code, agreed.json()["agreed_at"]) == (200, "2026-03-02T10:00:00Z")
    assert scene.operator.get(scene.path).json()["agreed_at"] == "2026-03-02T10:00:00Z"
    assert scene.operator.get("/statements?updated_since=2026-03-02T10:00:00Z").json()["items"]
    note = Notification.objects.get(kind="statement_agreed")
    assert note.user_id == scene.buyer.user_id
    assert "agrees to a statement" in note.title
    again = agree(scene)
    assert (again.status_code, again.json()["code"]) == (422, "your_organisation_agreed_version_already")
    refused = scene.provider.post(
        f"{scene.path}/disputes", {"version": 1, "lines": [{"place": 1, "reason": "No."}]}
    )
    assert (refused.status_code, refused.json()["code"]) == (
        422,
        "your_organisation_agreed_version_so_lines_cant_disputed",
    )


def test_a_key_sent_twice_agrees_once_and_a_dry_run_never(scene):
    dry = scene.provider.post(f"{scene.path}/agree?dry_run=true", {"version": 1})
    assert dry.status_code == 200
    assert statement(scene).current.agreed_at is None
    first = agree(scene, **{"Idempotency-Key": "agree-1"})
    second = agree(scene, **{"Idempotency-Key": "agree-1"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert Notification.objects.filter(kind="statement_agreed").count() == 1


def test_a_newer_version_is_not_agreed_to_unseen(scene):
    read = scene.provider.get(scene.path)
    told(scene, scene.service[0].start, (900, 900), at=FIRST_RUN + DAY)
    run(scene, at=FIRST_RUN + 2 * DAY)
    with clock.set_to(FIRST_RUN + 2 * DAY):
        by_tag = agree(scene, 2, **{"If-Match": read["ETag"]})
        assert by_tag.status_code == 412
        unseen = agree(scene, 1)
        assert (unseen.status_code, unseen.json()["code"]) == (412, "changed_meanwhile")
        assert unseen.json()["present"]["version"] == 2
        assert agree(scene, 2).status_code == 200


def test_only_the_seller_agrees_and_with_the_scope(scene):
    assert [agree(scene, by=each).status_code for each in (scene.operator, scene.rival)] == [404, 404]
    lacking = agree(scene, by=scene.reader)
    assert (lacking.status_code, "settlement:read" in lacking.json()["detail"]) == (403, True)
    assert statement(scene).current.agreed_at is None
