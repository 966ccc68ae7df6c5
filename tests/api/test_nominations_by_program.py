"""Nominations by program, on time and late: the same as by file and on the page."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.enums import Role, Scope
from accounts.models import ApiToken
from marketplace import clock
from operations.models import DatedNomination, LateNomination, WeekNomination
from tests.api.programs import Program
from tests.operations.baseline_scene import dispatched, once, scene  # noqa: F401
from tests.operations.metered import HALF_HOUR, give
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


def z(moment):
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def programs(scene):  # noqa: F811
    scene.contract = give(
        scene,
        scene.contract,
        "late",
        {"baseline": {"method": "nominated"}, "availability": {"mode": "fixed"}},
    )
    made = {
        "provider": Program(scene.north),
        "operator": Program(scene.buyer),
        "rival": Program(scene.south),
        "stranger": Program(base.member(base.operator())),
    }
    ApiToken.objects.update(ends_at=scene.start + timedelta(days=1))
    return made


def periods(scene, *kw):  # noqa: F811
    return {
        "periods": [
            {"unit": "n1", "start": z(scene.start + place * HALF_HOUR), "kw": each}
            for place, each in enumerate(kw)
        ]
    }


def test_what_is_nominated_in_time_counts_and_sent_again_changes_nothing(scene, programs):  # noqa: F811
    told = programs["provider"].post("/nominations", periods(scene, "-2400", "-2000.5"))
    assert told.json() == {"periods": 2, "week": 0, "warnings": []}
    again = programs["provider"].post("/nominations", periods(scene, "-2400", "-2000.5"))
    assert again.json()["periods"] == 0
    assert DatedNomination.objects.count() == 2
    for who in ("provider", "operator"):
        items = programs[who].get("/nominations?unit=N1").json()["items"]
        assert [(each["unit"], each["kw"], each["accepted_late"]) for each in items] == [
            ("N1", "-2400", False),
            ("N1", "-2000.5", False),
        ]
    first = programs["provider"].get(f"/nominations?until={z(scene.start + HALF_HOUR)}").json()["items"]
    assert len(first) == 1
    assert dispatched(scene, scene.contract).periods[0].baseline == Decimal(-1200)


def test_a_week_is_nominated_and_read(scene, programs):  # noqa: F811
    week = {"week": [{"unit": "N1", "weekday": 6, "start": "16:00", "kw": "-2000"}]}
    assert programs["provider"].post("/nominations", week).json()["week"] == 1
    [told] = programs["operator"].get("/nominations/week").json()["items"]
    assert (told["weekday"], told["start"], told["kw"]) == (6, "16:00:00", "-2000")
    assert WeekNomination.objects.count() == 1


def test_all_errors_come_at_once_and_nothing_is_taken(scene, programs):  # noqa: F811
    body = {
        "periods": [
            {"unit": "S1", "start": z(scene.start), "kw": "-1"},
            {"unit": "N1", "start": z(scene.start), "kw": "99999999999"},
            {"unit": "N1", "start": z(scene.start), "kw": "-5"},
        ],
        "week": [{"unit": "N1", "weekday": 0, "start": "16:10", "kw": "1"}],
    }
    answer = programs["provider"].post("/nominations", body)
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {
        "/periods/0/unit",
        "/periods/1/kw",
        "/week/0/start",
    }
    assert programs["provider"].post("/nominations", {}).status_code == 422
    assert not DatedNomination.objects.exists()


def test_late_ones_are_listed_for_the_operator_and_counted_with_a_reason(scene, programs):  # noqa: F811
    with clock.set_to(scene.start - timedelta(hours=2)):
        programs["provider"].post("/nominations", periods(scene, "-2000", "-2001"))
        [late] = programs["operator"].get("/nominations/late").json()["items"]
        assert (late["unit"], late["contract_id"], len(late["nominations"])) == (
            "N1",
            str(scene.contract.pk),
            2,
        )
        assert programs["stranger"].get("/nominations/late").json()["items"] == []
        accepting = {"nominations": late["nominations"], "reason": "The mail was late."}
        assert programs["stranger"].post("/nominations/late", accepting).status_code == 422
        assert programs["provider"].post("/nominations/late", accepting).status_code == 404
        assert programs["operator"].post("/nominations/late", accepting | {"reason": " "}).status_code == 422
        assert not LateNomination.objects.exists()
        key = {"Idempotency-Key": "late"}
        counted = [programs["operator"].post("/nominations/late", accepting, **key).json() for _ in range(2)]
        assert counted == [{"counted": 2}, {"counted": 2}]
        assert programs["operator"].get("/nominations/late").json()["items"] == []
        assert [
            each["accepted_late"] for each in programs["provider"].get("/nominations").json()["items"]
        ] == [
            True,
            True,
        ]


def test_others_see_none_and_may_tell_none(scene, programs):  # noqa: F811
    programs["provider"].post("/nominations", periods(scene, "-2000"))
    for who in ("rival", "stranger"):
        assert programs[who].get("/nominations").json()["items"] == []
    assert programs["rival"].post("/nominations", periods(scene, "-1")).status_code == 422
    assert programs["operator"].post("/nominations", periods(scene, "-1")).status_code == 404
    blind = Program(scene.north, scopes=(Scope.ASSETS_READ,), name="Blind")
    idle = Program(scene.north, roles=(Role.BIDS,), name="Idle")
    assert blind.post("/nominations", periods(scene, "-1")).json()["code"] == "scope_missing"
    assert idle.post("/nominations", periods(scene, "-1")).json()["code"] == "role_missing"


def test_a_dry_run_takes_nothing(scene, programs):  # noqa: F811
    answer = programs["provider"].post("/nominations?dry_run=true", periods(scene, "-2000"))
    assert answer.json()["periods"] == 1
    assert not DatedNomination.objects.exists()
