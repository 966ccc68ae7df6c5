"""Groups metered as one: from when on, under which conditions, and who may join or leave."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import Role
from contracts.models import ContractedAsset
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from operations.domain.metered_groups import meter_as_one
from operations.models import DeliveryUnit
from qualification.domain.assets.groups import put_into_group
from qualification.domain.assets.saving import Saved, save_assets
from qualification.models import Asset, AssetGroup
from tests.bidding.market import AFTER
from tests.operations.scene import browser, contracted
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    made = contracted()
    with clock.set_to(AFTER):
        made.served = Asset.objects.get(
            pk=ContractedAsset.objects.filter(contract=made.contract).first().asset_id
        )
        made.other = base.asset(made.north.organisation)
        put(made, [made.served, made.other], "FLEET")
        put(made, [base.asset(made.north.organisation)], "IDLE")
    return made


@pytest.fixture
def scene(once):
    with clock.set_to(AFTER):
        yield once


def put(made, assets, ref):
    put_into_group(by=made.north, asset_ids=[each.pk for each in assets], ref=ref, now=clock.now())
    for each in assets:
        each.refresh_from_db()


def group(made, ref):
    return AssetGroup.objects.get(provider=made.north.organisation, ref=ref)


def as_one(made, ref, days=0, by=None):
    day = clock.now().date() + timedelta(days=days)
    return meter_as_one(by=by or made.north, group_id=group(made, ref).pk, from_day=day, now=clock.now())


def only_served(made):
    put(made, [made.other], None)
    return as_one(made, "FLEET")


def test_members_of_different_contracts_are_named_and_keep_a_group_from_being_metered_as_one(scene):
    with pytest.raises(Refused, match=rf"{scene.other.ref} is not in all contracts of the others"):
        as_one(scene, "FLEET")
    assert not DeliveryUnit.objects.filter(group__isnull=False).exists()


def test_a_group_in_the_same_contracts_or_in_none_becomes_one_unit_once(scene):
    assert only_served(scene) == as_one(scene, "FLEET", days=3)
    idle = as_one(scene, "IDLE", days=5)
    assert idle.from_day == clock.now().date() + timedelta(days=5)
    told = AuditEntry.objects.filter(action="group metered as one")
    north, buyer = scene.north.organisation_id, scene.buyer.organisation_id
    assert sorted(each.organisation_id for each in told) == sorted([north, buyer, north]), "of FLEET, of IDLE"


def test_it_does_not_hold_from_a_day_that_is_over_nor_for_an_empty_group(scene):
    with pytest.raises(Refused, match="from today on"):
        as_one(scene, "IDLE", days=-1)
    put(scene, list(Asset.objects.filter(group=group(scene, "IDLE"))), None)
    with pytest.raises(Refused, match="has no assets yet"):
        as_one(scene, "IDLE")


def test_nobody_else_may_meter_a_group_as_one(scene):
    for stranger in (scene.south, scene.buyer, base.member(scene.north.organisation, roles=(Role.BIDS,))):
        with pytest.raises(NotAllowed):
            as_one(scene, "IDLE", by=stranger)
    assert not DeliveryUnit.objects.filter(group__isnull=False).exists()


def test_while_a_contract_of_the_group_runs_nobody_joins_or_leaves_it_on_any_way(scene):
    only_served(scene)
    with pytest.raises(Refused, match=rf"so {scene.other.ref} can't join or leave it"):
        put(scene, [scene.other], "FLEET")
    with pytest.raises(Refused, match=rf"so {scene.served.ref} can't join or leave it"):
        put(scene, [scene.served], "IDLE")
    with pytest.raises(Refused, match=rf"so {scene.served.ref} can't join or leave it"):
        put(scene, [scene.served], None)
    changed = Asset.objects.get(pk=scene.other.pk)
    changed.group = group(scene, "FLEET")
    with pytest.raises(Refused, match="can't join or leave it"):
        save_assets(by=scene.north, assets=[Saved(changed, is_new=False)], now=clock.now())
    assert list(Asset.objects.filter(group__ref="FLEET")) == [scene.served]


def test_where_no_contract_runs_a_metered_group_may_change(scene):
    as_one(scene, "IDLE")
    put(scene, [scene.other], "IDLE")
    assert scene.other.group.ref == "IDLE"


def test_other_groups_change_as_before_beside_one_that_is_metered_as_one(scene):
    only_served(scene)
    put(scene, [scene.other], "IDLE")
    assert scene.other.group.ref == "IDLE"


def test_the_page_meters_a_group_as_one_and_says_why_not(scene):
    client = browser(scene.north)
    page = reverse("operations:meter_as_one", args=[group(scene, "FLEET").pk])
    assert "Meter as one" in client.get(page).content.decode()
    day = clock.now().date().isoformat()
    refused = client.post(page, {"from_day": day})
    assert refused.status_code == 422
    assert "is not in all contracts of the others" in refused.content.decode()
    put(scene, [scene.other], None)
    assert client.post(page, {"from_day": day}).status_code == 302
    assert "Metered as one since" in client.get(page).content.decode()
    assert browser(scene.south).get(page).status_code == 404
