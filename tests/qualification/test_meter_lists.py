"""Meter lists: read tolerantly, replaced whole, and judged by."""

import re
import uuid
from datetime import timedelta

import pytest

from accounts.enums import Role
from competitions.models import Boundary
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.worker import run_now
from marketplace.sandbox import ChildFailed, LimitExceeded
from qualification.domain.meters import lists
from qualification.domain.meters.files import read_meter_file
from qualification.domain.meters.lists import meters_of, read_meters, replace_meters
from qualification.domain.verdicts import engine
from qualification.domain.verdicts.requalification import work_off
from qualification.models import Freeze, MeterList, Requalification, Verdict
from tests.qualification import market
from tests.qualification.market import CLOSE, DURING
from tests.support.meter_lists import FIRST, SECOND_METER, area, so  # noqa: F401


def test_a_list_is_read_by_its_header_with_repeats_blanks_and_the_long_form():
    text = f"\ufeffName, Meter_ID \r\nx,{FIRST}\r\ny,\r\n\r\nz,{SECOND_METER}\r\nx,{FIRST}\r\nlong,00801111{FIRST}\r\n"
    reading = read_meters(text.encode())
    assert reading.meter_ids == [FIRST, SECOND_METER]
    assert [(each.row, each.level) for each in reading.problems] == [(6, "warning"), (7, "warning")]
    assert read_meter_file(text.encode()) == ("", reading.meter_ids, reading.problems)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1200023305968", "last digit"),
        ("12000", "13 digits"),
        ("N/A", "Is a placeholder"),
        ("0000000000000", "Is a placeholder"),
        ("1.20002E+12", "spreadsheet has rounded"),
        ("١٢٠٠٠٢٣٣٠٥٩٦٧", "13 digits"),
    ],
    ids=["wrong check digit", "too short", "placeholder", "zeros", "rounded", "other digits"],
)
def test_what_is_no_meter_id_is_told_with_its_line(cell, words):
    refusal, meter_ids, [problem] = read_meter_file(f"meter_id\n{FIRST}\n{cell}\n".encode())
    assert (refusal, meter_ids) == ("", [FIRST])
    assert (problem.row, problem.level) == (3, "error")
    assert words in problem.message


@pytest.mark.parametrize(
    "data",
    [b"", b"meters\n1", b"PK\x03\x04\xff\xfe", b'meter_id\n"1'],
    ids=["empty", "header", "zip", "quote"],
)
def test_what_is_no_list_is_refused_with_a_sentence(data):
    refusal, *nothing = read_meter_file(data)
    assert refusal
    assert nothing == [[], []]
    with pytest.raises(Refused, match=re.escape(refusal)):
        read_meters(data)


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [(LimitExceeded(), "too long or too much memory"), (ChildFailed("died"), "save it as “CSV UTF-8”")],
    ids=["limit", "failed"],
)
def test_a_reading_that_ends_early_says_what_to_do(monkeypatch, ended, sentence):
    def end(*_, **__):
        raise ended

    monkeypatch.setattr(lists, "run_limited", end)
    with pytest.raises(Refused, match=sentence):
        read_meters(b"meter_id\n")


@pytest.fixture
def competition(so, area):  # noqa: F811
    made = market.competition(so.organisation, meter_id_in_zone=True)
    Boundary.objects.create(competition=made, kind="area", area=area)
    return made


def hand_in(so, area, text):  # noqa: F811
    params = {"area": str(area.pk)}
    job = start_upload(
        by=so,
        kind="qualification.meter_list",
        filename="m.csv",
        data=text.encode(),
        params=params,
        now=DURING,
    )
    job = run_now(job.pk)
    if job.state == "checked" and not job.preview["counts"]["errors"]:
        apply_upload(by=so, job=job, now=DURING)
        job = run_now(job.pk)
    return job


def test_an_asset_passes_by_one_of_its_meters_on_the_list_of_an_area_of_the_boundary(so, area, competition):  # noqa: F811
    of = market.provider()
    listed = market.asset(of, export_meter_id=FIRST)
    others = [market.asset(of, import_meter_id=SECOND_METER), market.asset(of)]
    engine.qualify(now=DURING)
    assert not Verdict.objects.filter(eligible=True).exists()
    job = hand_in(so, area, f"meter_id\n{FIRST}\n")
    assert job.state == "done"
    assert f"Checked again for it: {competition.ref}." in str(job.preview)
    work_off(DURING)
    assert Verdict.objects.get(eligible=True).asset == listed
    assert {tuple(each.failed) for each in Verdict.objects.filter(asset__in=others)} == {("meter_zone",)}
    hand_in(so, area, f"meter_id\n{SECOND_METER}\n")
    work_off(DURING)
    assert Verdict.objects.get(eligible=True).asset == others[0]


def test_competitions_that_do_not_ask_for_the_zone_are_left_alone(so, area):  # noqa: F811
    plain = market.competition(so.organisation)
    Boundary.objects.create(competition=plain, kind="area", area=area)
    market.asset(market.provider())
    hand_in(so, area, f"meter_id\n{FIRST}\n")
    assert not Requalification.objects.exists()
    engine.qualify(now=DURING)
    assert Verdict.objects.get().eligible


def test_a_file_with_an_error_leaves_the_list_as_it_is(so, area):  # noqa: F811
    hand_in(so, area, f"meter_id\n{FIRST}\n")
    hand_in(so, area, f"meter_id\n{SECOND_METER}\n123\n")
    assert meters_of(area) == [FIRST]


def test_the_same_list_again_is_no_change_and_one_without_meters_is_refused(so, area):  # noqa: F811
    hand_in(so, area, f"meter_id\n{FIRST}\n")
    again = hand_in(so, area, f"meter_id\n{FIRST}\n{FIRST}\n")
    assert again.preview["counts"]["unchanged"] == 1
    assert "lists no meter" in hand_in(so, area, "meter_id\n\n").error
    replace_meters(by=so, area=area, meter_ids=[FIRST], now=DURING)
    assert entries_visible_to(so).filter(action="meter list replaced").count() == 1


def test_an_area_is_named_by_its_reference_too_and_by_nothing_else(so, area):  # noqa: F811
    def checked(named):
        context = JobContext(job_id=uuid.uuid4(), member=so, params={"area": named}, now=DURING)
        return lists.check(context, f"meter_id\n{FIRST}\n".encode()).payload[0]

    assert checked(" east ") == checked(str(area.pk)) == area
    with pytest.raises(Refused, match="There is no area “WEST”"):
        checked("WEST")
    with pytest.raises(Refused, match="Choose the area"):
        checked("")


def test_a_list_replaced_after_the_close_changes_no_verdict(so, area, competition):  # noqa: F811
    asset = market.asset(market.provider(), export_meter_id=FIRST)
    replace_meters(by=so, area=area, meter_ids=[FIRST], now=DURING)
    work_off(DURING)
    late = CLOSE + timedelta(minutes=1)
    with clock.set_to(late):
        replace_meters(by=so, area=area, meter_ids=[SECOND_METER], now=late)
        work_off(late)
    assert Freeze.objects.filter(competition=competition).exists()
    assert Verdict.objects.get(asset=asset).eligible


def test_removing_a_list_leaves_no_meter_in_the_zone(so, area, competition):  # noqa: F811
    market.asset(market.provider(), export_meter_id=FIRST)
    replace_meters(by=so, area=area, meter_ids=[FIRST], now=DURING)
    replace_meters(by=so, area=area, meter_ids=[], now=DURING)
    work_off(DURING)
    assert not MeterList.objects.exists()
    assert Verdict.objects.get().failed == ["meter_zone"]
    assert [each.action for each in entries_visible_to(so).order_by("sequence")] == [
        "meter list replaced",
        "meter list removed",
    ]


def test_only_the_areas_own_operator_replaces_its_list(so, area):  # noqa: F811
    other = market.member(market.operator())
    with pytest.raises(Refused):
        replace_meters(by=other, area=area, meter_ids=[FIRST], now=DURING)
    with pytest.raises(NotAllowed):
        replace_meters(
            by=market.member(so.organisation, (Role.BIDS,)), area=area, meter_ids=[FIRST], now=DURING
        )
    assert hand_in(other, area, f"meter_id\n{FIRST}\n").state == "refused"
    assert not MeterList.objects.exists()
