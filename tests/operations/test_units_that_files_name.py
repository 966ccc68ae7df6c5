"""A file is read against the units that it names, and against no others."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from competitions.enums import AssetStatus
from marketplace import clock
from marketplace.jobs.kinds import JobContext
from operations.domain.metered_groups import meter_as_one
from operations.domain.units import units_of_provider
from operations.workbooks.readings_file import check
from qualification.domain.assets.groups import put_into_group
from qualification.models import AssetGroup
from tests.operations.meter_files import csv_of
from tests.qualification import market

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 20, 9, tzinfo=UTC)
HEADERS = ["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)", "Quality"]
METERS = "1200023305967", "1012345678902"


@pytest.fixture
def member(db):
    with clock.set_to(NOW):
        made = market.member(market.provider())
        for ref in ("A1", "A2", "A3"):
            market.asset(made.organisation, ref=ref, import_meter_id=METERS[0] if ref == "A1" else METERS[1])
        market.asset(made.organisation, ref="OLD", status=AssetStatus.ARCHIVED)
        market.asset(market.provider(), ref="THEIRS")
        grouped = [market.asset(made.organisation, ref=ref).pk for ref in ("G1", "G2")]
        put_into_group(by=made, asset_ids=grouped, ref="FLEET", now=NOW)
        meter_as_one(by=made, group_id=AssetGroup.objects.get().pk, from_day=NOW.date(), now=NOW)
        yield made


def refs(known):
    return [each.ref for each in known.all()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A1", ["A1"]),
        (" a\u200b1\t", ["A1"]),
        (METERS[0], ["A1"]),
        (f"00 111 222 {METERS[0]}", ["A1"]),
        (METERS[1], ["A2", "A3"]),
        ("fleet", ["FLEET"]),
        ("G1", ["FLEET", "G1"]),
        ("OLD", []),
        ("THEIRS", []),
        ("A1\x00", []),
        ("\ud800", []),
        ("", []),
    ],
)
def test_what_a_text_names_is_loaded_and_nothing_else(member, text, found):
    assert refs(units_of_provider(member.organisation_id, [text])) == found


def test_without_names_every_unit_is_there(member):
    known = units_of_provider(member.organisation_id)
    assert refs(known) == ["A1", "A2", "A3", "FLEET", "G1", "G2"]
    assert {each.ref for each in known.in_group.values()} == {"FLEET"}
    assert sorted(known.by_meter) == sorted(METERS)


def test_a_member_of_a_group_metered_as_one_is_known_as_such(member):
    known = units_of_provider(member.organisation_id, ["G1"])
    assert [each.ref for each in known.in_group.values()] == ["FLEET"]


def test_the_database_is_asked_the_same_for_one_unit_and_for_many(member):
    def asked(*names):
        rows = ([each, "2026-06-22T10:00Z", 30, 1, 0, "A"] for each in names)
        context = JobContext(job_id=None, member=member, params={}, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            plan = check(context, csv_of(HEADERS, *rows))
        assert plan.counts()["create"] == len(names), plan.problems
        return len(queries)

    assert asked("A1") == asked("A1", "A2", "A3")
