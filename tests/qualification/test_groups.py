"""Asset groups: by file, by form, in bulk from a filtered list, on their own pages, and frozen with the
asset."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.enums import Role
from marketplace import clock, memo
from marketplace.audit.models import AuditEntry
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.workbooks.declare import Sheet, WorkbookSpec
from marketplace.workbooks.write import write_template
from qualification.domain.assets import group_figures, groups
from qualification.domain.entries import entering
from qualification.domain.verdicts import engine, freeze
from qualification.exports.downloads import write_assets
from qualification.models import Asset, AssetGroup, Verdict
from qualification.presenters import home, panels, todo
from qualification.workbooks import assets_file
from qualification.workbooks.specs import ASSETS
from tests.qualification import market
from tests.qualification.market import CLOSE, DURING, SECOND
from tests.support.typed_assets import CELLS

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def during_qualification():
    with clock.set_to(DURING), run_jobs_inline():
        yield


@pytest.fixture
def member():
    return market.member(market.provider("North"))


def row(ref, **values):
    return {
        "ref": ref,
        "name": f"Asset {ref}",
        "status": "operational",
        "category": "storage",
        "asset_type": "Battery",
        "voltage_kv": Decimal(11),
        "latitude": Decimal("0.5"),
        "longitude": Decimal("0.5"),
        "generation_turn_up_mw": Decimal(1),
        **values,
    }


def file_of(rows):
    return write_template(ASSETS, {"Assets": rows})


def context_of(member):
    return JobContext(job_id=None, member=member, params={}, now=DURING)


def checked(member, rows):
    return assets_file.check(context_of(member), file_of(rows))


def applied(member, rows):
    plan = checked(member, rows)
    assets_file.apply(context_of(member), plan)
    return plan


def of_assets():
    return dict(Asset.objects.order_by("ref").values_list("ref", "group__ref"))


def test_a_file_makes_the_group_it_names_once_whatever_the_spelling(member):
    plan = checked(member, [row("A", group="FLEET"), row("B", group=" fleet\u200b"), row("C", group=None)])
    assert [each.note for each in plan.changes] == [
        "Asset A, Battery, in the new group FLEET",
        "Asset B, Battery, in the new group FLEET",
        "Asset C, Battery",
    ]
    assert not AssetGroup.objects.exists()
    assets_file.apply(context_of(member), plan)
    assert of_assets() == {"A": "FLEET", "B": "FLEET", "C": None}
    assert AssetGroup.objects.values_list("ref", "name", "provider").get() == (
        "FLEET",
        "FLEET",
        member.organisation_id,
    )
    assert AuditEntry.objects.filter(action="asset group made").count() == 1


def test_a_blank_cell_clears_the_group_and_an_absent_column_keeps_it(member):
    applied(member, [row("A", group="FLEET"), row("B", group="FLEET")])
    with_blank = applied(member, [row("A", group=None)])
    assert [each.fields for each in with_blank.changes] == [(("Asset Group", "FLEET", ""),)]
    columns = tuple(each for each in ASSETS.sheets[0].columns if each.key != "group")
    without = WorkbookSpec("assets", "Assets", "", ("",), (Sheet("Assets", columns),))
    data = write_template(without, {"Assets": [row("B")]})
    plan = assets_file.check(context_of(member), data)
    assert [each.action for each in plan.changes] == ["unchanged"]
    assert of_assets() == {"A": None, "B": "FLEET"}


def test_a_refused_row_makes_no_group(member):
    plan = applied(member, [row("A", group="FLEET", voltage_kv=Decimal(900))])
    assert ([each.action for each in plan.changes], AssetGroup.objects.count()) == (["refuse"], 0)


def test_a_group_of_65_characters_is_refused_with_its_cell(member):
    plan = checked(member, [row("A", group="G" * 65)])
    assert [(each.column, each.row) for each in plan.problems if each.level == "error"] == [
        ("Asset Group", 2)
    ]


def test_the_assets_file_comes_back_unchanged_with_its_groups(member):
    applied(member, [row("A", group="FLEET"), row("B", group="=SUM(1)"), row("C")])
    target = io.BytesIO()
    write_assets(member, target, DURING)
    plan = assets_file.check(context_of(member), target.getvalue())
    assert [each.action for each in plan.changes] == ["unchanged"] * 3
    assert [each for each in plan.problems if each.level == "error"] == []


@pytest.mark.parametrize(
    ("ref", "name", "sentence"),
    [
        (" ", "", "1 to 64 characters"),
        ("a" * 65, "", "1 to 64 characters"),
        ("A", "n" * 101, "up to 100 characters"),
    ],
)
def test_a_group_has_a_ref_and_a_name_of_so_many_characters(member, ref, name, sentence):
    with pytest.raises(Refused, match=sentence):
        groups.new_group(member, ref, name)
    fits = groups.new_group(member, f" {'a' * 64} ", "n" * 100)
    assert (fits.ref, fits.name) == ("a" * 64, "n" * 100)
    assert groups.new_group(member, "East").name == "East"


def test_two_companies_may_each_have_a_group_of_one_ref(member):
    other = market.member(market.provider("South"))
    applied(member, [row("A", group="FLEET")])
    applied(other, [row("A", group="FLEET")])
    assert AssetGroup.objects.count() == 2
    assert [each.provider_id for each in groups_seen(member)] == [member.organisation_id]


def groups_seen(member):
    return list(group_figures.groups_with_figures(member))


def test_the_form_of_an_asset_names_its_group(client, member):
    client.force_login(member.user)
    client.post(reverse("qualification:new_asset"), CELLS | {"group": "FLEET"})
    asset = Asset.objects.get()
    assert asset.group.ref == "FLEET"
    page = client.get(reverse("qualification:edit_asset", args=[asset.pk])).content.decode()
    assert '<option value="FLEET">' in page
    answer = client.get(reverse("qualification:asset", args=[asset.pk])).content.decode()
    assert "Asset Group" in answer
    sent = CELLS | {"group": "", "seen": asset.changed_at.isoformat()}
    client.post(reverse("qualification:edit_asset", args=[asset.pk]), sent)
    asset.refresh_from_db()
    assert asset.group is None


def put(client, member, **data):
    client.force_login(member.user)
    answer = client.post(reverse("qualification:put_into_group"), data, follow=True)
    return [str(each) for each in answer.context["messages"]]


def test_all_assets_found_by_a_filter_go_into_a_group(client, member):
    rival = market.member(market.provider("South"))
    for number in range(3):
        market.asset(member.organisation, ref=f"BAT-{number}")
    market.asset(member.organisation, ref="GEN-1")
    market.asset(member.organisation, ref="BAT-9", status="archived")
    market.asset(rival.organisation, ref="BAT-X")
    told = put(client, member, every="1", group="Fleet", matching="q=bat", count=3)
    assert told == ["3 assets put into group Fleet."]
    inside = set(Asset.objects.filter(group__ref="Fleet").values_list("ref", flat=True))
    assert inside == {"BAT-0", "BAT-1", "BAT-2"}
    assert put(client, member, every="1", group="FLEET", matching="", count=4) == [
        "1 asset put into group FLEET. 3 were so already."
    ]
    assert AssetGroup.objects.count() == 1
    one = entries_visible_to(member).filter(action="asset changed", subject_label__startswith="GEN-1").get()
    assert one.changes == {"group": [None, "Fleet"]}


def test_nothing_moves_when_the_filter_finds_other_assets_than_shown(client, member):
    market.asset(member.organisation)
    [told] = put(client, member, every="1", group="F", matching="", count=2)
    assert "1 assets now" in told
    assert (of_assets().popitem()[1], AssetGroup.objects.count()) == (None, 0)


def test_selected_assets_go_in_and_out_of_groups(client, member):
    one, two = market.asset(member.organisation), market.asset(member.organisation)
    rival = market.asset(market.provider())
    put(client, member, group="F", assets=[str(one.pk), str(rival.pk), "nonsense"])
    assert Asset.objects.filter(group__isnull=False).get() == one
    assert put(client, member, group="", assets=[str(two.pk)]) == [
        "Name the group: one of yours, or a new one."
    ]
    put(client, member, every="1", take_out="1", matching="", count=2)
    assert not Asset.objects.filter(group__isnull=False).exists()


def test_a_member_without_procurement_moves_nothing(client, member):
    asset = market.asset(member.organisation)
    reader = market.member(member.organisation, (Role.BIDS,))
    with pytest.raises(NotAllowed):
        groups.put_into_group(by=reader, asset_ids=[asset.pk], ref="F", now=DURING)
    assert not AssetGroup.objects.exists()


def test_the_list_is_narrowed_to_a_group_or_to_none(client, member):
    one, two = market.asset(member.organisation), market.asset(member.organisation)
    groups.put_into_group(by=member, asset_ids=[one.pk], ref="F", now=DURING)
    client.force_login(member.user)
    found = client.get(reverse("qualification:assets"), {"group": str(AssetGroup.objects.get().pk)})
    assert [each.asset for each in found.context["listing"].records] == [one]
    found = client.get(reverse("qualification:assets"), {"group": "none"})
    assert [each.asset for each in found.context["listing"].records] == [two]


def test_a_group_shows_its_assets_mw_and_how_it_stands_by_competition(client, member):
    competition = market.competition(market.operator())
    inside = market.asset(member.organisation, generation_turn_up_mw=Decimal("0.5"))
    outside = market.asset(member.organisation, x=5, demand_turn_down_mw=Decimal(2))
    away = market.asset(member.organisation, status="archived")
    market.asset(member.organisation)
    ids = [inside.pk, outside.pk, away.pk]
    groups.put_into_group(by=member, asset_ids=ids, ref="F", now=DURING)
    engine.qualify(now=DURING)
    client.force_login(member.user)
    answer = client.get(reverse("qualification:group", args=[AssetGroup.objects.get().pk]))
    assert answer.context["capacities"] == [
        ("Generation Turn Up", Decimal("1.5"), "MW"),
        ("Demand Turn Down", 2, "MW"),
    ]
    assert (answer.context["group"].asset_count, answer.context["group"].archived_count) == (2, 1)
    [line] = answer.context["rows"]
    assert (line.competition, line.assets, line.mw, line.entry) == (
        competition,
        1,
        Decimal("0.5"),
        "undecided",
    )


def test_a_group_is_renamed_and_removed_once_empty(client, member):
    asset = market.asset(member.organisation)
    groups.put_into_group(by=member, asset_ids=[asset.pk], ref="F", now=DURING)
    group = AssetGroup.objects.get()
    client.force_login(member.user)
    client.post(reverse("qualification:rename_group", args=[group.pk]), {"name": "Northern fleet"})
    group.refresh_from_db()
    assert (group.ref, group.name) == ("F", "Northern fleet")
    with pytest.raises(Refused, match="holds assets"):
        groups.remove_group(by=member, group=group, now=DURING)
    groups.put_into_group(by=member, asset_ids=[asset.pk], ref=None, now=DURING)
    client.post(reverse("qualification:remove_group", args=[group.pk]))
    assert not AssetGroup.objects.exists()


def test_a_group_made_twice_is_refused(client, member):
    client.force_login(member.user)
    client.post(reverse("qualification:new_group"), {"ref": "Fleet"})
    answer = client.post(reverse("qualification:new_group"), {"ref": "FLEET "})
    assert answer.context["form"].errors["ref"] == ["You already have a group FLEET."]
    assert AssetGroup.objects.get().ref == "Fleet"


def test_the_frozen_copy_keeps_the_group_of_the_close(member):
    competition = market.competition(market.operator())
    asset = market.asset(member.organisation)
    groups.put_into_group(by=member, asset_ids=[asset.pk], ref="F", now=DURING)
    with clock.set_to(CLOSE + SECOND):
        groups.put_into_group(by=member, asset_ids=[asset.pk], ref="G", now=CLOSE + SECOND)
        freeze.ensure_frozen(competition, CLOSE + SECOND)
    assert Verdict.objects.get(competition=competition).asset_as_frozen["group"] == "F"
    assert Asset.objects.get().group.ref == "G"


def test_the_entries_page_tells_assets_mw_and_groups_of_each_competition(client, member):
    competition = market.competition(market.operator())
    inside = [market.asset(member.organisation, generation_turn_up_mw=Decimal("0.5")) for _ in range(3)]
    groups.put_into_group(by=member, asset_ids=[each.pk for each in inside[:2]], ref="F", now=DURING)
    engine.qualify(now=DURING)
    client.force_login(member.user)
    [line] = client.get(reverse("qualification:entries")).context["listing"].records
    assert (line.competition, line.eligible_count, line.eligible_mw, line.why_not) == (
        competition,
        3,
        Decimal("1.5"),
        "",
    )
    assert [(each.group.ref, each.assets, each.mw) for each in line.groups] == [("F", 2, Decimal(1))]


@pytest.mark.parametrize(
    ("assets", "sentence"),
    [
        ([], "Your company has listed no assets yet."),
        ([{"status": "archived"}], "Your company has listed no assets yet."),
        ([{"x": 5}], "None of your assets is eligible here."),
        (
            [{"generation_turn_up_mw": Decimal("0.4")}],
            "Your 0.4 MW are 0.1 MW short of the smallest minimum aggregate size, 0.5 MW in Winter/Window 1.",
        ),
    ],
)
def test_not_applicable_says_which_case_it_is_and_how_much_is_lacking(client, member, assets, sentence):
    competition = market.competition(market.operator(), minimum_mw=("2", "0.5"))
    for fields in assets:
        market.asset(member.organisation, **fields)
    engine.qualify(now=DURING)
    client.force_login(member.user)
    [line] = client.get(reverse("qualification:entries")).context["listing"].records
    assert (line.label, line.why_not, line.can_enter) == ("Not applicable", sentence, False)
    answer = client.post(reverse("qualification:enter", args=[competition.pk]), follow=True)
    assert [str(each) for each in answer.context["messages"]] == [
        f"{competition.ref} is not applicable to you. {sentence}"
    ]


def to_answer(member) -> int:
    """How many competitions wait for an answer, by what stands now rather than by what was kept a moment
    ago."""
    memo.cache_delete(f"qualification.open_to.{member.organisation_id}")
    entries_due = home.entries_count(member, DURING)
    assert len(list(todo.entries(member, DURING))) == (entries_due.number if entries_due else 0)
    return entries_due.number if entries_due else 0


def test_a_company_without_assets_has_nothing_to_answer(member):
    for _ in range(3):
        market.competition(market.operator())
    assert to_answer(member) == 0
    market.asset(member.organisation)
    engine.qualify(now=DURING)
    assert to_answer(member) == 3


def test_an_entry_that_fell_back_waits_for_an_answer_again_once_it_is_applicable(member):
    competition = market.competition(market.operator(), minimum_mw=("0.5",))
    asset = market.asset(member.organisation)
    engine.qualify(now=DURING)
    entering.enter(by=member, competition=competition, now=DURING)
    assert to_answer(member) == 0
    for capacity, waiting in ((Decimal("0.1"), 0), (Decimal(1), 1)):
        Asset.objects.filter(pk=asset.pk).update(generation_turn_up_mw=capacity)
        engine.qualify(now=DURING)
        entering.fall_back([competition.pk], DURING)
        assert to_answer(member) == waiting


def test_every_page_that_tells_of_an_entry_says_not_applicable_where_it_is(client, member):
    competition = market.competition(market.operator(), minimum_mw=("2", "0.5"))
    group = groups.make_group(by=member, ref="F", now=DURING)
    market.asset(member.organisation, generation_turn_up_mw=Decimal("0.4"), group=group)
    engine.qualify(now=DURING)
    assert panels.competition_link(member, competition, DURING).text == (
        "Your eligible capacity here: 0.4 MW. Not applicable to you: your 0.4 MW are 0.1 MW short of the smallest "
        "minimum aggregate size, 0.5 MW in Winter/Window 1."
    )
    client.force_login(member.user)
    [row] = client.get(reverse("qualification:group", args=[group.pk])).context["rows"]
    assert (row.entry, row.entry_label) == ("not_applicable", "Not applicable")


def test_the_times_of_a_verdict_are_in_the_readers_zone(client, member):
    summer = CLOSE.replace(month=7)
    member.organisation.time_zone = "Europe/Paris"
    member.organisation.save()
    later = {"bidding_open": summer + DAY, "bidding_close": summer + 2 * DAY, "first_day": date(2026, 8, 1)}
    market.competition(market.operator(), qualification_close=summer, **later)
    late = market.asset(member.organisation, first_uploaded_at=summer + SECOND)
    client.force_login(member.user)
    with clock.set_to(summer + 2 * SECOND):
        page = client.get(reverse("qualification:asset", args=[late.pk])).content.decode()
    assert (
        "It was first uploaded on 19 July 2026, 19:00:01 CEST; qualification closed on 19 July 2026, 19:00:00 CEST."
        in page
    )


def test_a_group_renamed_in_two_tabs_is_not_overwritten_unseen(member, client):
    client.force_login(member.user)
    made = groups.make_group(by=member, ref="FLEET", name="Vans", now=DURING)
    url = reverse("qualification:rename_group", args=[made.pk])
    seen = client.get(reverse("qualification:group", args=[made.pk])).context["seen"]
    client.post(url, {"name": "Buses", "seen": seen})
    answer = client.post(url, {"name": "Lorries", "seen": seen})
    assert answer.status_code == 409
    assert [(each.stored, each.typed) for each in answer.context["changed"].differences] == [
        ("Buses", "Lorries")
    ]
    assert AssetGroup.objects.get().name == "Buses"
    client.post(url, {"name": "Lorries", "seen": answer.context["seen"]})
    assert AssetGroup.objects.get().name == "Lorries"
