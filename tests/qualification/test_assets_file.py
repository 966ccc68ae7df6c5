"""The assets file: read, checked row by row, shown as it would be, applied as it was shown."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.models import Ballot, BallotAsset
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.audit.verification import verify
from marketplace.jobs.actions import start_upload
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from qualification.domain.entries import entering
from qualification.domain.meters.numbers import core_of, is_meter_id
from qualification.domain.verdicts import freeze, requalification
from qualification.domain.verdicts.standing import qualified_assets
from qualification.exports.downloads import write_assets, write_qualified_assets
from qualification.models import Asset, PlannedAsset, PlannedVerdict, Requalification
from qualification.signals import assets_in_use
from qualification.workbooks.specs import ASSETS
from rehearsal.round.uploads import hand_in_bytes
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, CLOSE, DURING, SECOND
from tests.support.asset_files import GOOD, counts, hand_in, workbook

pytestmark = pytest.mark.django_db
PLANNED = {
    "Planned Asset Ref": "PLAN-1",
    "Planned Asset Name": "Heat pumps",
    "Asset Category": "Demand Side Response",
    "Asset Type": "Heat Pump",
    "Voltage Level (kV)": 0.4,
    "Capacity Type": "Demand Turn Down",
    "Capacity (MW)": 0.75,
}


@pytest.fixture
def member():
    with clock.set_to(DURING), run_jobs_inline():
        yield market.member(market.provider())


def test_a_row_becomes_an_asset_with_audit_and_a_request_for_verdicts(member):
    report = hand_in(member, [GOOD])
    asset = Asset.objects.get()
    assert counts(report) == (1, 0, 0, 0)
    assert (asset.provider, asset.ref, asset.asset_type.name) == (member.organisation, "BAT-1", "Battery")
    assert (asset.generation_turn_up_mw, asset.demand_turn_up_mw, asset.first_uploaded_at) == (
        Decimal("1.5"),
        0,
        DURING,
    )
    assert [each.asset_ids for each in Requalification.objects.all()] == [[asset.pk]]
    entry = entries_visible_to(member).get(action="asset added")
    assert (entry.subject_id, entry.changes["voltage_kv"]) == (str(asset.pk), [None, "11"])
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"Asset Type": "Solar"}, "Asset Type", "Is not a type of Storage"),
        ({"Asset Type": "Teapot"}, "Asset Type", "Is not a type of Storage"),
        ({"Asset Category": "Magic"}, "Asset Category", "Must be one of"),
        ({"Asset Status": None}, "Asset Status", "Must be filled in"),
        ({"Voltage Level (kV)": 0}, "Voltage Level (kV)", "above 0"),
        ({"Voltage Level (kV)": 400.1}, "Voltage Level (kV)", "at most 400"),
        ({"Latitude": None}, "Latitude", "Latitude and longitude are needed."),
        (
            {"Latitude": None, "Longitude": None, "Postcode": "EH21 8RE"},
            "Latitude",
            "no postcodes are known here yet",
        ),
        ({"Latitude": 90.5}, "Latitude", "at most 90"),
        ({"Postcode": "NOWHERE"}, "Postcode", "GB postcode"),
        ({"Generation Turn Up (MW)": None}, "Generation Turn Up (MW)", "At least one of the six"),
        ({"Generation Turn Up (MW)": -1}, "Generation Turn Up (MW)", "at least 0"),
        ({"Generation Turn Up (MW)": 10000.5}, "Generation Turn Up (MW)", "at most 10,000"),
        ({"Generation Turn Up (MW)": "0.0000001"}, "Generation Turn Up (MW)", "6 decimals"),
        (
            {"Maximum Export Capacity (MW)": 1.4},
            "Generation Turn Up (MW)",
            "1.5 MW is above the maximum export of 1.4",
        ),
        (
            {"Demand Turn Up (MW)": 2, "Maximum Import Capacity (MW)": 1},
            "Demand Turn Up (MW)",
            "above the maximum import",
        ),
        (
            {"Minimum Run Time": "02:00", "Maximum Run Time": "01:00"},
            "Minimum Run Time",
            "above the maximum run time",
        ),
        ({"Asset Status": "In Development"}, "Operational Date", "needs its operational date"),
        ({"Import Meter ID": "1200023305968"}, "Import Meter ID", "last digit"),
        ({"Import Meter ID": "12345"}, "Import Meter ID", "13 digits"),
        ({"Meter Interval (minutes)": 7}, "Meter Interval (minutes)", "Must be one of"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_with_its_place_and_the_others_are_stored(
    member, changes, column, words
):
    report = hand_in(member, [GOOD | changes, GOOD | {"Asset Ref": "OTHER"}])
    assert [each.ref for each in Asset.objects.all()] == ["OTHER"]
    found = [(each["sheet"], each["row"], each["column"]) for each in report.errors]
    assert ("Assets", 2, column) in found
    assert any(words in each["message"] for each in report.errors), report.errors
    assert {each["row"] for each in report.errors} == {2}


@pytest.mark.parametrize("changes", [
    {"Voltage Level (kV)": 400},
    {"Generation Turn Up (MW)": "0.000001"},
    {"Maximum Export Capacity (MW)": 1.5},
    {"Minimum Run Time": "01:00", "Maximum Run Time": "01:00"},
    {"Asset Status": "in development", "Operational Date": "2027-01-31"},
    {"Asset Status": "Archived"},
    {"Asset Type": "vehicle to grid"},
    {"Import Meter ID": "1200023305967"},
])  # fmt: skip
def test_a_row_exactly_at_a_limit_is_stored(member, changes):
    assert counts(hand_in(member, [GOOD | changes])) == (1, 0, 0, 0)


def test_meter_ids_keep_their_core_and_postcodes_their_form(member):
    hand_in(member, [GOOD | {"Import Meter ID": "018011121200023305967", "Postcode": "eh218re"}])
    asset = Asset.objects.get()
    assert (asset.import_meter_id, asset.postcode) == ("1200023305967", "EH21 8RE")


def test_a_reference_finds_its_asset_in_any_case_and_an_absent_column_keeps_while_a_blank_clears(member):
    hand_in(member, [GOOD | {"Supplier": "Grid Co", "Address": "1 River Road", "Response Time": "00:15"}])
    first = Asset.objects.get()
    change = {key: value for key, value in GOOD.items() if key != "Longitude"}
    report = hand_in(member, [change | {"Asset Ref": "bat-1", "Asset Name": "Renamed", "Supplier": None}])
    asset = Asset.objects.get()
    assert counts(report) == (0, 1, 0, 0)
    assert (asset.pk, asset.ref, asset.name, asset.supplier) == (first.pk, "BAT-1", "Renamed", "")
    assert (asset.address, asset.response_time, asset.longitude) == (
        "1 River Road",
        timedelta(minutes=15),
        first.longitude,
    )
    assert asset.first_uploaded_at == first.first_uploaded_at
    entry = entries_visible_to(member).get(action="asset changed")
    assert entry.changes == {"name": ["Riverside", "Renamed"], "supplier": ["Grid Co", None]}


def test_the_preview_shows_before_and_after(member):
    hand_in(member, [GOOD])
    data = workbook([GOOD | {"Voltage Level (kV)": 33, "Asset Status": "Mothballed"}])
    job = start_upload(
        by=member, kind="qualification.assets", filename="a.xlsx", data=data, params={}, now=DURING
    )
    [change] = run_now(job.pk).preview["changes"]["update"]
    assert change["unit"] == "BAT-1"
    assert change["fields"] == [
        ["Asset Status", "Operational", "Mothballed"],
        ["Voltage Level (kV)", "11", "33"],
    ]
    assert Asset.objects.get().voltage_kv == 11


def test_a_reference_twice_in_one_file_refuses_both_rows_also_across_the_sheets(member):
    competition = market.competition(market.operator())
    planned = PLANNED | {"Competition Ref": competition.ref, "Planned Asset Ref": "OTHER"}
    report = hand_in(member, [GOOD, GOOD | {"Asset Ref": "bat-1"}, GOOD | {"Asset Ref": "other"}], [planned])
    assert counts(report) == (0, 0, 0, 4)
    assert not Asset.objects.exists()
    assert not PlannedAsset.objects.exists()


def test_two_providers_may_use_the_same_reference(member):
    rival = market.member(market.provider())
    assert counts(hand_in(member, [GOOD])) == counts(hand_in(rival, [GOOD])) == (1, 0, 0, 0)


def test_download_and_upload_unchanged_changes_nothing(member):
    competition = market.competition(market.operator())
    full = {
        "Address": "1 River Road", "Import Meter ID": "1200023305967", "Response Time": "00:15:30",
        "Maximum Run Time": "1 02:30:00", "Operational Date": "2027-01-31", "Metering Point": "Asset",
        "Meter Interval (minutes)": 30, "Connection Type": "Firm", "Demand Turn Up (MW)": "0.000001",
        "Latitude": "55.123456789012345", "Postcode": "EH21 8RE", "Connection Current": "DC",
    }  # fmt: skip
    plan = PLANNED | {"Competition Ref": competition.ref, "Maximum Run Time": "02:00", "Status": "Planned"}
    assert counts(hand_in(member, [GOOD | full, GOOD | {"Asset Ref": "-2"}], [plan])) == (3, 0, 0, 0)
    target = BytesIO()
    write_assets(member, target, DURING)
    with clock.set_to(CLOSE):
        report = hand_in_bytes(by=member, kind="qualification.assets", name="a.xlsx", data=target.getvalue())
    assert counts(report) == (0, 0, 3, 0)


def test_an_asset_in_use_is_neither_archived_nor_moved_far_but_everything_else_changes(member):
    hand_in(member, [GOOD])
    in_use = Asset.objects.get().pk

    def holding(sender, asset_ids, **signal):
        return {in_use} & set(asset_ids)

    assets_in_use.connect(holding)
    try:
        for change in ({"Asset Status": "Archived"}, {"Latitude": 0.501}):
            report = hand_in(member, [GOOD | change])
            assert "A live bid or contract holds this asset" in report.errors[0]["message"]
            assert (Asset.objects.get().status, float(Asset.objects.get().latitude)) == ("operational", 0.5)
        assert counts(hand_in(member, [GOOD | {"Latitude": 0.5008, "Voltage Level (kV)": 33}])) == (
            0,
            1,
            0,
            0,
        )
    finally:
        assets_in_use.disconnect(holding)


def test_an_asset_offered_in_a_ballot_is_in_use_until_the_ballot_is_withdrawn_or_the_competition_cancelled(
    member,
):
    competition = market.competition(market.operator())
    asset = market.asset(member.organisation)
    ballot = Ballot.objects.create(
        competition=competition, provider=member.organisation, submitted_at=DURING, changed_at=DURING
    )
    offered = BallotAsset.objects.create(ballot=ballot, competition=competition, asset=asset, capacity_mw=1)

    def held():
        return set().union(*(found for _, found in assets_in_use.send(sender=Asset, asset_ids={asset.pk})))

    assert held() == {asset.pk}
    Competition.objects.update(cancelled_at=DURING)
    assert held() == set()
    Competition.objects.update(cancelled_at=None)
    offered.is_live = False
    offered.save()
    assert held() == set()


def test_a_planned_asset_is_judged_entered_with_and_frozen(member):
    competition = market.competition(market.operator(), minimum_mw=("0.75",), maximum_voltage_kv=11)
    plan = PLANNED | {"Competition Ref": competition.ref.lower()}
    others = [
        plan | {"Planned Asset Ref": "UP", "Capacity Type": "Demand Turn Up"},
        plan | {"Planned Asset Ref": "HIGH", "Voltage Level (kV)": 33},
        plan | {"Planned Asset Ref": "GONE", "Status": "Archived"},
    ]
    assert counts(hand_in(member, [], [plan, *others])) == (4, 0, 0, 0)
    requalification.work_off(DURING)
    judged = dict(PlannedVerdict.objects.values_list("planned_asset__ref", "failed"))
    assert judged == {"PLAN-1": [], "UP": ["capacity"], "HIGH": ["voltage"]}
    entering.enter(by=member, competition=competition, now=DURING)
    with clock.set_to(BIDDING_OPEN):
        freeze.freeze_due(BIDDING_OPEN)
    [one] = qualified_assets(competition, member.organisation, BIDDING_OPEN)
    assert (one.asset_id, one.ref, one.relevant_capacity_mw) == (None, "PLAN-1", Decimal("0.75"))


@pytest.mark.parametrize(("at", "created"), [(CLOSE - SECOND, 1), (CLOSE, 0)])
def test_a_planned_asset_names_a_published_competition_before_its_close(member, at, created):
    competition = market.competition(market.operator())
    with clock.set_to(at):
        report = hand_in(member, [], [PLANNED | {"Competition Ref": competition.ref}])
    assert (report.created, PlannedAsset.objects.count()) == (created, created)
    assert hand_in(member, [], [PLANNED | {"Planned Asset Ref": "X", "Competition Ref": "NONE"}]).created == 0


def test_the_qualified_assets_file_tells_each_assets_standing(member):
    operator = market.member(market.operator())
    competition = market.competition(operator.organisation, maximum_voltage_kv=11)
    far = {"Asset Ref": "FAR", "Latitude": 40}
    hand_in(member, [GOOD, GOOD | {"Asset Ref": "HIGH", "Voltage Level (kV)": 33}, GOOD | far])
    requalification.work_off(DURING)
    entering.enter(by=member, competition=competition, now=DURING)
    market.competition(market.operator())
    target = BytesIO()
    write_qualified_assets(operator, target, DURING)
    rows = list(openpyxl.load_workbook(target)["Qualified Assets"].iter_rows(values_only=True))
    told = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    shown = ("Competition Ref", "Entry Status", "Asset Ref", "Relevant Capacity (MW)", "Automatic Result",
             "Failed Criteria", "Final Status", "Voltage Level (kV)")  # fmt: skip
    assert [tuple(row[name] for name in shown) for row in told] == [
        (competition.ref, "Entered", "BAT-1", 1.5, "Eligible", None, "Eligible", 11),
        (competition.ref, "Entered", "HIGH", 1.5, "Not eligible", "voltage", "Not eligible", 33),
    ]


def test_the_sheets_have_the_columns_that_users_script_against():
    assert [column.header for column in ASSETS.sheet("Assets").columns] == [
        "Asset Ref", "Asset Name", "Asset Group", "Asset Status", "Asset Category", "Asset Type",
        "Voltage Level (kV)", "Latitude",
        "Longitude", "Postcode", "Address", "Import Meter ID", "Export Meter ID", "Generation Turn Up (MW)",
        "Generation Turn Down (MW)", "Demand Turn Down (MW)", "Demand Turn Up (MW)", "Reactive Export (MVAr)",
        "Reactive Import (MVAr)", "Maximum Import Capacity (MW)", "Maximum Export Capacity (MW)", "Response Time",
        "Ramping Period", "Recovery Time", "Minimum Run Time", "Maximum Run Time", "Connection Type",
        "Connection Current", "Operational Date", "Metering Point", "Meter Interval (minutes)", "Supplier",
    ]  # fmt: skip


@given(st.text("0123456789", min_size=12, max_size=12))
def test_exactly_one_last_digit_makes_a_meter_id(digits):
    assert sum(is_meter_id(digits + last) for last in "0123456789") == 1


@given(st.text("0123456789", min_size=8, max_size=8), st.text("0123456789", min_size=13, max_size=13))
def test_the_core_of_the_long_form_is_its_end(supplement, core):
    assert core_of(supplement + core) == core_of(core) == core
    assert core_of(core[1:]) is None
