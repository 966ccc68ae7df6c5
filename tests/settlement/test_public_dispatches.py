"""Market data of dispatches: public a month later, by the rule on names, and nothing that was metered or declared."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.enums import Role
from bidding.models import NamingRule
from competitions.models import Competition
from contracts.models import ContractedAsset
from marketplace import clock
from marketplace.errors import NotAllowed
from marketplace.jobs import public_files
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import PublicFile
from marketplace.jobs.public_kinds import public_kind
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.domain.dispatching import cancel_dispatch
from operations.domain.missing import notify_unavailability
from operations.enums import UnavailabilityReason
from settlement.domain.finalising import finalise
from settlement.models import StatementVersion
from tests.settlement.statement_scene import HOUR, dispatched, run, scene_of, statement, told
from tests.settlement.statement_scene import made as built

pytestmark = pytest.mark.django_db
HEADERS = (
    "company_name,fu_id,zone,product,start_time_local,end_time_local,availability_mw_req,utilisation_mw_req,"
    "availability_price,utilisation_price,availability_mwh_req,utilisation_mwh_req,technology,dispatch_type,"
    "hours_requested,dispatch_method,start_time_utc,end_time_utc"
)
"""As section 17.7 of the specification lists them."""
PUBLIC = datetime(2026, 4, 1, 0, 0, tzinfo=UTC) - timedelta(
    hours=1
)  # midnight of 1 April in British summer time
REGULATORS = (
    "tender_reference,incident_reference,product,constraint_licence_area,provider_licence_area,"
    "incident_location_grid_supply_point,constraint_management_zone_name,constraint_trigger,accepting_party,"
    "flexible_unit_reference,main_technology,maximum_connection_voltage,dispatch_capacity_mw,dispatch_volume_mwh"
)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        found = built()
        ContractedAsset.objects.filter(contract=found.contract).update(
            data={"asset_type": "Battery", "generation_turn_up_mw": "1", "voltage_kv": "11"}
        )
        return found


@pytest.fixture
def scene(once):
    return scene_of(once)


def named(found, names=True):
    found.competition.refresh_from_db()
    since = found.competition.bidding_open - HOUR
    NamingRule.objects.create(operator=found.buyer.organisation, names_published=names, since=since)


def rows(name="dispatches.csv", at=PUBLIC):
    target = io.BytesIO()
    with clock.set_to(at):
        public_kind(name).write(target, at)
    return list(csv.DictReader(io.StringIO(target.getvalue().decode())))


def called(at=PUBLIC):
    return [each for each in rows(at=at) if each["dispatch_method"] != "availability"]


def test_the_headers_are_those_of_the_specification(scene):
    target = io.BytesIO()
    public_kind("dispatches.csv").write(target, PUBLIC)
    assert target.getvalue().decode().splitlines()[0] == HEADERS


def test_a_dispatch_is_public_a_month_after_the_month_it_began_in(scene):
    named(scene)
    dispatched(scene, mw="0.5", imports=(700, 700))
    assert rows(at=PUBLIC - timedelta(seconds=1)) == []
    [row] = called()
    assert row["company_name"] == "North"
    assert row["fu_id"] == str(scene.contract.pk)
    assert (row["utilisation_mw_req"], row["utilisation_mwh_req"], row["hours_requested"]) == (
        "0.5",
        "0.5",
        "1",
    )
    assert (row["availability_mw_req"], row["availability_mwh_req"]) == ("0", "0")
    assert (row["utilisation_price"], row["technology"]) == ("10", "Battery")
    assert (row["dispatch_type"], row["dispatch_method"]) == ("generation_turn_up", "operational")
    start = scene.service[0].start
    assert row["start_time_utc"] == f"{start:%Y-%m-%dT%H:%M:%SZ}"
    assert row["start_time_local"] == f"{start.astimezone(scene.buyer.organisation.zone):%Y-%m-%dT%H:%M:%S}"


def test_an_accepted_availability_is_a_row_and_what_was_missing_of_it_is_not_said(scene):
    start = scene.service[0].start
    before = rows()
    with clock.set_to(start - HOUR):
        notify_unavailability(
            by=scene.north,
            contract_id=scene.contract.pk,
            start=start,
            end=start + HOUR,
            mw=Decimal("0.2"),
            reason=UnavailabilityReason.OUTAGE,
            now=start - HOUR,
        )
    assert rows() == before
    first = before[0]
    assert (first["availability_mw_req"], first["availability_mwh_req"]) == ("1", "4")
    assert (first["utilisation_mw_req"], first["utilisation_price"]) == ("0", "0")
    assert len(before) == 28, "each day of February, and none of March"


def test_where_companies_are_not_named_nothing_tells_them(scene):
    named(scene, names=False)
    dispatched(scene)
    shown = rows()
    assert {(each["company_name"], each["fu_id"]) for each in shown} == {("", "")}
    text = str(shown)
    for secret in ("North", scene.north.organisation.code, str(scene.contract.pk), "N1"):
        assert secret not in text


def test_cancelled_dispatches_and_those_of_a_running_month_are_left_out(scene):
    dispatch = dispatched(scene, imports=())
    with clock.set_to(dispatch.start - timedelta(minutes=30)):
        cancel_dispatch(by=scene.buyer, dispatch_id=dispatch.pk, now=clock.now())
    later = next(place for place, each in enumerate(scene.service) if each.day.month == 3)
    dispatched(scene, day=later, imports=())
    assert called() == []
    assert len(called(PUBLIC + timedelta(days=30))) == 1


def test_readings_of_a_public_month_change_nothing_of_the_dispatches(scene):
    dispatched(scene, imports=())
    without = rows()
    dispatched(scene, day=1, imports=())
    [_, second] = called()
    with_two = rows()
    told(scene, scene.service[0].start, (700, 700))
    assert rows() == with_two
    assert second not in without


def test_the_file_is_made_again_when_a_month_becomes_public_and_not_for_what_is_not(scene):
    kind = public_kind("dispatches.csv")
    dispatched(scene, imports=())
    with clock.set_to(PUBLIC - HOUR):
        public_files.refresh(kind, PUBLIC - HOUR)
    before = PublicFile.objects.get(name=kind.name).stored.sha256
    later = next(place for place, each in enumerate(scene.service) if each.day.month == 3)
    dispatched(scene, day=later, imports=())
    with clock.set_to(PUBLIC - HOUR):
        public_files.refresh(kind, PUBLIC - HOUR)
    assert PublicFile.objects.get(name=kind.name).stored.sha256 == before
    with clock.set_to(PUBLIC):
        assert public_files.refresh(kind, PUBLIC)
    assert PublicFile.objects.get(name=kind.name).stored.sha256 != before


def test_volumes_count_what_is_final(scene):
    dispatched(scene, mw="0.5", imports=(700, 700))
    run(scene)
    assert rows("dispatch-volumes.csv") == []
    version = statement(scene).current
    with clock.set_to(version.dispute_until):
        finalise(by=scene.buyer, versions=[version.pk], now=clock.now())
    [row] = rows("dispatch-volumes.csv")
    version = StatementVersion.objects.get(pk=version.pk)
    assert (row["month"], row["requested_mwh"], row["delivered_mwh"]) == ("2026-02", "0.5", "0.5")
    assert (Decimal(row["paid"]), row["currency"]) == (version.total, "GBP")
    assert rows("dispatch-volumes.csv", PUBLIC - timedelta(seconds=1)) == []


def test_the_regulators_report_has_every_dispatch_of_the_year(scene):
    dispatch = dispatched(scene, mw="0.5", imports=())
    dispatch.incident_reference = "INC-7"
    dispatch.save()
    with run_jobs_inline(), clock.set_to(PUBLIC):
        job = start_file(by=scene.buyer, kind="settlement.regulator_csv", params={"year": "2025"}, now=PUBLIC)
        text = bytes(run_now(job.pk).output.content).decode("utf-8-sig")
    assert text.splitlines()[0] == REGULATORS
    [row] = csv.DictReader(io.StringIO(text))
    assert row["tender_reference"] == Competition.objects.get(pk=scene.competition.pk).ref
    assert (row["incident_reference"], row["accepting_party"]) == ("INC-7", "North")
    assert (row["flexible_unit_reference"], row["main_technology"]) == ("N1", "Battery")
    assert (row["maximum_connection_voltage"], row["dispatch_capacity_mw"]) == ("11", "0.5")
    assert row["dispatch_volume_mwh"] == "0.5"
    assert scene.buyer.holds(Role.BIDS)
    with pytest.raises(NotAllowed):
        start_file(by=scene.north, kind="settlement.regulator_csv", params={"year": "2025"}, now=PUBLIC)
