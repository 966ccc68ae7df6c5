"""Asset groups by program, and lists of what changed since."""

from datetime import timedelta

import pytest

from accounts.enums import Role, Scope
from marketplace import clock
from qualification.models import AssetGroup
from tests.api.programs import Program, account_holder
from tests.contracts.scene import AFTER, confirmed
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    return account_holder()


@pytest.fixture
def program(holder):
    return Program(holder)


def test_a_group_is_made_named_filled_and_removed_once_it_is_empty(holder, program):
    base.asset(holder.organisation, ref="A1")
    assert program.put("/asset-groups/FLEET", {"name": "Fleet"}).status_code == 201
    again = program.put("/asset-groups/fleet", {"name": "The fleet"})
    assert (again.status_code, again.json()["name"]) == (200, "The fleet")
    key = {"Idempotency-Key": "k"}
    moved = [program.post("/asset-groups/FLEET/assets", {"assets": ["a1"]}, **key).json() for _ in range(2)]
    assert moved == [{"moved": 1}, {"moved": 1}]
    assert program.get("/asset-groups/FLEET").json()["asset_count"] == 1
    assert program.get("/assets/A1").json()["group"] == "FLEET"
    assert program.delete("/asset-groups/FLEET").status_code == 422
    program.put("/asset-groups/OTHER")
    program.post("/asset-groups/OTHER/assets", {"assets": ["A1"]})
    assert program.delete("/asset-groups/FLEET").status_code == 200
    assert [each.ref for each in AssetGroup.objects.all()] == ["OTHER"]


def test_every_asset_that_is_none_of_ones_own_is_named_and_nothing_moves(holder, program):
    base.asset(holder.organisation, ref="A1")
    base.asset(base.provider("Rival"), ref="R1")
    program.put("/asset-groups/FLEET")
    answer = program.post("/asset-groups/FLEET/assets", {"assets": ["R1", "A1", "NO"]})
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/assets/0", "/assets/2"]
    assert program.get("/asset-groups/FLEET").json()["asset_count"] == 0


def test_groups_are_ones_own_and_need_scope_and_role(holder, program):
    program.put("/asset-groups/FLEET")
    rival = Program(account_holder(base.provider("Rival")))
    assert rival.get("/asset-groups/FLEET").status_code == 404
    assert rival.delete("/asset-groups/FLEET").status_code == 404
    blind = Program(holder, scopes=(Scope.ASSETS_READ,), name="Blind")
    idle = Program(holder, roles=(Role.BIDS,), name="Idle")
    assert blind.put("/asset-groups/NEW").json()["code"] == "scope_missing"
    assert idle.put("/asset-groups/NEW").json()["code"] == "role_missing"
    assert program.put("/asset-groups/NEW?dry_run=true").status_code == 201
    assert AssetGroup.objects.count() == 1


@pytest.mark.parametrize(
    "path", ["/contracts", "/dispatches", "/statements", "/documents", "/unavailability", "/planned-assets"]
)
def test_lists_tell_what_changed_since_an_instant(path):
    of = confirmed()
    with clock.set_to(AFTER):
        program = Program(of.north)
        every = program.get(path).json()["items"]
        before, later = AFTER - timedelta(hours=1), AFTER + timedelta(hours=1)
        stamp = "%Y-%m-%dT%H:%M:%SZ"
        assert program.get(f"{path}?updated_since={before:{stamp}}").json()["items"] == every
        assert program.get(f"{path}?updated_since={later:{stamp}}").json()["items"] == []
        assert path != "/contracts" or len(every) == 1
