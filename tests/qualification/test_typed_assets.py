"""Adding and changing one asset by page: the rules are those of the file."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.enums import Role
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.workbooks.reading import read_cells
from qualification.domain.assets import groups
from qualification.domain.assets.saving import Saved, save_assets
from qualification.domain.verdicts import engine, freeze
from qualification.models import Asset, PlannedAsset
from qualification.signals import assets_in_use
from qualification.workbooks import assets_file, typed
from qualification.workbooks.assets_file import PLANNED_SHEET, SHEET
from qualification.workbooks.specs import ASSETS
from tests.qualification import market
from tests.qualification.market import CLOSE, DURING, SECOND
from tests.support.typed_assets import CELLS

pytestmark = pytest.mark.django_db

PLANNED = {
    "ref": "PLAN-1",
    "name": "Next year",
    "category": "Storage",
    "asset_type": "Battery",
    "voltage_kv": "11",
    "capacity_type": "Generation Turn Up",
    "capacity_mw": "2",
}


@pytest.fixture
def member():
    with run_jobs_inline(), clock.set_to(DURING):
        yield market.member(market.provider())


@pytest.fixture
def page(member, client):
    client.force_login(member.user)

    def send(name, cells, *args):
        return client.post(reverse(f"qualification:{name}", args=args), cells, follow=True)

    return send


def errors(answer):
    return answer.context["form"].errors


def test_an_asset_typed_is_stored_shown_and_reads_back_the_same(member, page):
    answer = page("new_asset", CELLS)
    asset = Asset.objects.get()
    assert answer.redirect_chain == [(reverse("qualification:asset", args=[asset.pk]), 302)]
    assert (asset.generation_turn_up_mw, asset.response_time.seconds, asset.provider) == (
        Decimal("0.0005"),
        1800,
        member.organisation,
    )
    cells = typed.cells_of(asset, member.organisation.zone)
    plan = typed.plan_typed(by=member, sheet=SHEET, cells=cells, present=asset, now=DURING)
    errors = [problem for problem in plan.problems if problem.level == "error"]
    assert ([each.action for each in plan.changes], errors) == (["unchanged"], [])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"generation_turn_up_mw": "0"}, "generation_turn_up_mw"),
        ({"latitude": ""}, "latitude"),
        ({"asset_type": "Solar"}, "asset_type"),
        ({"status": "In Development"}, "operational_date"),
        ({"import_meter_id": "1234567890123"}, "import_meter_id"),
        ({"minimum_run_time": "02:00", "maximum_run_time": "01:00"}, "minimum_run_time"),
        ({"name": ""}, "name"),
    ],
)
def test_what_the_file_refuses_the_page_refuses_at_its_field(page, change, field):
    answer = page("new_asset", CELLS | change)
    assert list(errors(answer)) == [field]
    assert not Asset.objects.exists()


def test_a_new_asset_does_not_overwrite_one_of_the_same_ref(member, page):
    asset = market.asset(member.organisation, ref="bat-1", name="Old")
    assert errors(page("new_asset", CELLS))["ref"] == [typed.TAKEN]
    assert Asset.objects.get() == asset
    assert Asset.objects.get().name == "Old"


def test_an_asset_that_a_colleague_added_at_the_same_moment_is_refused_in_words(member):
    mine, theirs = (market.asset(member.organisation, ref=ref) for ref in ("MINE", "THEIRS"))
    Asset.objects.filter(pk=mine.pk).delete()
    mine.ref = "theirs"
    with pytest.raises(Refused, match="added an asset under one of these refs at the same moment"):
        save_assets(by=member, assets=[Saved(mine, True)], now=DURING)
    assert list(Asset.objects.values_list("pk", "ref")) == [(theirs.pk, "THEIRS")]


def test_a_change_is_refused_when_somebody_changed_it_meanwhile(member, page):
    asset = market.asset(member.organisation, ref="BAT-1", changed_at=DURING - SECOND)
    seen = typed.version_of(asset)
    assert not page("edit_asset", CELLS | {"seen": seen, "ref": "OTHER"}, asset.pk).context.get("form")
    asset.refresh_from_db()
    assert (asset.ref, asset.name) == ("BAT-1", "Riverside")
    answer = page("edit_asset", CELLS | {"seen": seen, "name": "Mine"}, asset.pk)
    assert answer.status_code == 409
    assert ("Asset Name", "Riverside", "Mine") in [
        (each.label, each.stored, each.typed) for each in answer.context["changed"].differences
    ]
    assert Asset.objects.get().name == "Riverside"
    page("edit_asset", CELLS | {"seen": answer.context["seen"], "name": "Mine"}, asset.pk)
    assert Asset.objects.get().name == "Mine"


def test_a_file_and_a_page_that_read_the_same_asset_never_overwrite_each_other(member):
    """Whichever is stored second was made from what is stored no longer, so it is refused and the first one
    stays."""
    asset = market.asset(member.organisation, ref="BAT-1", changed_at=DURING - SECOND)
    cells = typed.cells_of(asset, member.organisation.zone)
    context = JobContext(job_id=uuid4(), member=member, params={}, now=DURING)

    def plan_of(name):
        sheet = {SHEET: [cells | {"name": name}]}
        return assets_file.plan_of(context, read_cells(sheet, ASSETS, zone=member.organisation.zone))

    first, second = plan_of("By the file"), plan_of("By the page")
    assets_file.apply(context, first)
    with (
        clock.set_to(DURING + SECOND),
        pytest.raises(Refused, match="BAT-1 was changed by somebody of your company"),
    ):
        assets_file.apply(context, second)
    assert Asset.objects.get().name == "By the file"
    assert [each.changes["name"][1] for each in AuditEntry.objects.filter(action="asset changed")] == [
        "By the file"
    ]


def test_a_planned_asset_that_was_changed_since_the_file_was_read_is_not_overwritten(member, page):
    competition = market.competition(market.operator())
    page("new_planned", PLANNED | {"competition": competition.ref})
    planned = PlannedAsset.objects.get()
    context = JobContext(job_id=uuid4(), member=member, params={}, now=DURING)
    cells = typed.cells_of(planned, member.organisation.zone)
    sheet = {PLANNED_SHEET: [cells | {"name": "By the file"}]}
    plan = assets_file.plan_of(context, read_cells(sheet, ASSETS, zone=member.organisation.zone))
    with clock.set_to(DURING + SECOND):
        page("edit_planned", cells | {"seen": typed.version_of(planned), "name": "By the page"}, planned.pk)
        with pytest.raises(Refused, match="PLAN-1 was changed"):
            assets_file.apply(context, plan)
    assert PlannedAsset.objects.get().name == "By the page"


def test_an_asset_is_not_put_into_a_group_that_was_removed_since_the_file_was_read(member):
    asset = market.asset(member.organisation, ref="BAT-1", changed_at=DURING - SECOND)
    group = groups.make_group(by=member, ref="FLEET", now=DURING)
    context = JobContext(job_id=uuid4(), member=member, params={}, now=DURING)
    cells = typed.cells_of(asset, member.organisation.zone) | {"group": "FLEET"}
    plan = assets_file.plan_of(context, read_cells({SHEET: [cells]}, ASSETS, zone=member.organisation.zone))
    groups.remove_group(by=member, group=group, now=DURING)
    with pytest.raises(Refused, match="The group FLEET was removed meanwhile"):
        assets_file.apply(context, plan)
    assert Asset.objects.get().group is None


def test_an_asset_that_a_bid_or_contract_holds_is_not_moved_by_more_than_100_m(member, page):
    asset = market.asset(member.organisation, ref="BAT-1")

    def holding(sender, asset_ids, **signal):
        return {asset.pk} & set(asset_ids)

    assets_in_use.connect(holding)
    try:
        answer = page("edit_asset", CELLS | {"seen": typed.version_of(asset), "latitude": "0.501"}, asset.pk)
        assert "by more than 100 m" in errors(answer)["__all__"][0]
        assert Asset.objects.get().latitude == Decimal("0.5")
        page("edit_asset", CELLS | {"seen": typed.version_of(asset), "latitude": "0.5008"}, asset.pk)
    finally:
        assets_in_use.disconnect(holding)
    assert Asset.objects.get().latitude == Decimal("0.5008")


def test_another_companys_asset_is_not_there_and_who_lacks_the_role_may_not(member, client):
    other = market.asset(market.provider())
    client.force_login(member.user)
    assert client.get(reverse("qualification:edit_asset", args=[other.pk])).status_code == 404
    client.force_login(market.member(member.organisation, (Role.BIDS,)).user)
    assert client.post(reverse("qualification:new_asset"), CELLS).status_code == 403
    assert Asset.objects.count() == 1


def test_a_planned_asset_is_added_listed_and_archived(member, page, client):
    competition = market.competition(market.operator())
    assert list(errors(page("new_planned", PLANNED | {"competition": "NONE"}))) == ["competition"]
    page("new_planned", PLANNED | {"competition": competition.ref})
    planned = PlannedAsset.objects.get()
    assert (planned.capacity_mw, planned.competition) == (2, competition)
    cells = typed.cells_of(planned, member.organisation.zone)
    page("edit_planned", cells | {"seen": typed.version_of(planned), "is_archived": "Archived"}, planned.pk)
    assert PlannedAsset.objects.get().is_archived
    assert [
        each.planned.ref
        for each in client.get(reverse("qualification:planned_assets")).context["listing"].records
    ] == ["PLAN-1"]
    plan = typed.plan_typed(by=member, sheet=PLANNED_SHEET, cells=CELLS | cells, present=planned, now=DURING)
    assert plan.payload


def test_the_list_of_planned_assets_says_why_one_is_not_eligible_and_what_would_make_it(member, page, client):
    competition = market.competition(market.operator(), minimum_voltage_kv=33)
    page("new_planned", PLANNED | {"competition": competition.ref, "capacity_type": "Demand Turn Up"})
    client.force_login(member.user)
    address = reverse("qualification:planned_assets")
    assert "Being judged" in client.get(address).content.decode()
    engine.qualify(now=DURING)
    told = client.get(address).content.decode()
    assert "Its voltage of 11 kV is below the minimum of 33 kV." in told
    assert "Its capacity is demand turn up; bought: generation turn up or demand turn down." in told
    assert told.count("To pass: ") == 2
    with clock.set_to(CLOSE):
        freeze.freeze_due(CLOSE)
        told = client.get(address).content.decode()
    assert "Its voltage of 11 kV is below" in told
    assert "To pass: " not in told


def test_the_list_of_planned_assets_asks_the_same_for_one_and_three(
    member, page, client, django_assert_max_num_queries
):
    competition = market.competition(market.operator())
    counts = []
    for number in (1, 2, 3):
        page("new_planned", PLANNED | {"competition": competition.ref, "ref": f"P{number}"})
        with django_assert_max_num_queries(30) as asked:
            client.get(reverse("qualification:planned_assets"))
        counts.append(len(asked))
    assert counts[0] == counts[2]
