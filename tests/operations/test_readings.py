"""Readings told by files: what is kept, what a second file changes, who sees what."""

import csv
import io
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from contracts.domain.queries import contracts_of
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed
from marketplace.jobs.actions import apply_upload, start_file, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from marketplace.notifications.models import Notification
from operations.domain.called import occurrences_of
from operations.domain.completeness import complete_days, missing_periods, month_days
from operations.domain.meter_reminders import notify_due
from operations.domain.metered import metered_of
from operations.domain.series import MICRO, Quality, instant_of, minute_of
from operations.domain.stored_readings import series_of_units, store_readings
from operations.domain.units import units_of
from operations.models import DeliveryUnit, MeterDay
from operations.workbooks.readings_file import KIND
from tests.contracts.scene import confirmed
from tests.operations.meter_files import LONDON, csv_of, of_day, value
from tests.operations.metered import give, half_hours
from tests.operations.metered import tell as told
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 22)
NOW = datetime(2026, 7, 20, 9, tzinfo=UTC)
HEADERS = ["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)", "Quality"]


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
    return made


@pytest.fixture
def scene(once):
    with run_jobs_inline(), clock.set_to(NOW):
        yield deepcopy(once)


def standard(instants, ref="N1", of=value, quality="A", minutes=30):
    return csv_of(
        HEADERS, *([ref, each.isoformat(), minutes, f"{of(each):.2f}", "0", quality] for each in instants)
    )


def upload(member, data, name="readings.csv", **params):
    job = start_upload(by=member, kind=KIND, filename=name, data=data, params=params, now=NOW)
    return run_now(job.pk)


def tell(member, data, **params):
    """Upload a file and apply it where it changes something; the job as it ends."""
    job = upload(member, data, **params)
    if job.state == State.CHECKED:
        apply(member, job)
    return Job.objects.get(pk=job.pk)


def apply(member, job):
    apply_upload(by=member, job=job, now=clock.now())
    run_now(job.pk)


def held(ref="N1", first=DAY, last=DAY + timedelta(days=1)):
    """What holds: net import in kWh by instant."""
    unit = DeliveryUnit.objects.get(asset__ref=ref)
    series = series_of_units([unit.pk], first - timedelta(days=1), last)[unit.pk]
    return {
        instant_of(start): -Decimal(net) / MICRO
        for start, net, quality in zip(
            series.start.tolist(), series.net.tolist(), series.quality.tolist(), strict=True
        )
        if quality != Quality.MISSING
    }


def expected(days=1):
    return {each: Decimal(f"{value(each):.2f}") for each in of_day(DAY, days)}


def test_a_file_in_the_standard_form_is_checked_at_once_and_stored_as_shown(scene):
    job = upload(scene.north, standard(of_day(DAY)))
    assert job.state == State.CHECKED
    assert job.preview["counts"]["create"] == 2  # a local day in summer lies in two UTC days
    assert "48 readings of 1 unit" in job.preview["note"]
    assert not MeterDay.objects.exists()
    apply(scene.north, job)
    assert held() == expected()


def test_a_file_twice_changes_nothing(scene):
    tell(scene.north, standard(of_day(DAY)))
    before = list(MeterDay.objects.values_list("pk", flat=True))
    again = tell(scene.north, standard(of_day(DAY)))
    assert again.state == State.NOTHING
    assert list(MeterDay.objects.values_list("pk", flat=True)) == before


def test_a_file_split_in_two_says_the_same_as_whole(scene):
    instants = of_day(DAY, 2)
    tell(scene.north, standard(instants[30:]))
    tell(scene.north, standard(instants[:30]))
    assert held(last=DAY + timedelta(days=2)) == expected(2)
    assert tell(scene.north, standard(instants)).state == State.NOTHING


def test_import_and_export_told_by_two_files_stand_beside_each_other(scene):
    names = [f"HH{each:02d}" for each in range(1, 49)]
    mapping = {
        "shape": "wide",
        "head": 1,
        "meter": 0,
        "stamp": 1,
        "flow": 2,
        "periods": list(range(3, 51)),
        "labels": [str(each) for each in range(1, 49)],
    }
    import json

    for kind, number in (("AE", "1"), ("AI", "4"), ("AE", "1")):
        tell(
            scene.north,
            csv_of(["Asset", "Date", "Type", *names], ["N1", DAY, kind, *[number] * 48]),
            mapping=json.dumps(mapping),
        )
    assert set(held().values()) == {Decimal(3)}
    assert MeterDay.objects.count() == 4


def test_a_later_reading_counts_and_the_earlier_one_stays(scene):
    tell(scene.north, standard(of_day(DAY)))
    before = clock.now()
    with clock.set_to(NOW + timedelta(hours=1)):
        tell(scene.north, standard(of_day(DAY)[10:12], of=lambda each: 7, quality="E"))
    changed = expected() | dict.fromkeys(of_day(DAY)[10:12], Decimal(7))
    assert held() == changed
    unit = DeliveryUnit.objects.get()
    as_of = series_of_units([unit.pk], DAY - timedelta(days=1), DAY, before)[unit.pk]
    assert int(as_of.net.sum()) == -sum(expected().values()) * MICRO


def test_a_finer_reading_replaces_what_it_overlaps(scene):
    tell(scene.north, standard(of_day(DAY)))
    quarter = [each for each in of_day(DAY, minutes=15) if of_day(DAY)[20] <= each < of_day(DAY)[21]]
    tell(scene.north, standard(quarter, of=lambda each: 1, minutes=15))
    unit = DeliveryUnit.objects.get()
    periods = series_of_units([unit.pk], DAY - timedelta(days=1), DAY)[unit.pk].periods(
        30, estimated_counts=False
    )
    number = minute_of(of_day(DAY)[20]) // 30
    assert periods.is_complete(number)
    assert periods.energy(number) == -2


def test_what_was_told_is_never_changed_or_removed(scene):
    tell(scene.north, standard(of_day(DAY)))
    for change in (lambda: MeterDay.objects.update(minutes=30), lambda: MeterDay.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_day_that_is_not_whole_is_refused_by_the_database(scene):
    tell(scene.north, standard(of_day(DAY)))
    row = MeterDay.objects.first()
    for wrong in (
        {"import_quality": "A" * 47},
        {"import_quality": "B" * 48},
        {"minutes": 60, "import_quality": "A" * 24},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            MeterDay.objects.create(
                **{
                    "unit": row.unit,
                    "day": row.day,
                    "minutes": 30,
                    "import_quality": "-" * 48,
                    "export_quality": "-" * 48,
                    "received_at": NOW,
                    "received_by_id": 1,
                    **wrong,
                }
            )


def messages(job):
    return [each["message"] for each in job.preview["problems"]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ["X9", "2026-06-22T10:00Z", 30, 1, 0, "A"],
            "There is no asset “X9” among yours. 1 reading of it refused.",
        ),
        (
            ["S1", "2026-06-22T10:00Z", 30, 1, 0, "A"],
            "There is no asset “S1” among yours. 1 reading of it refused.",
        ),
        (
            ["1200023305967", "2026-06-22T10:00Z", 30, 1, 0, "A"],
            "No asset of yours has the meter 1200023305967. 1 reading of it refused.",
        ),
        (["N1", "2026-06-22T10:10Z", 30, 1, 0, "A"], "not on the grid of 30 minutes"),
        (["N1", "2026-06-22T10:00", 30, 1, 0, "A"], "The stamp has no offset"),
        (["N1", "2026-07-20T09:00Z", 30, 1, 0, "A"], "The interval lies in the future"),
        (["N1", "2026-06-22T10:00Z", 60, 1, 0, "A"], "An interval is 1, 5, 10, 15 or 30 minutes, not 60."),
        (["N1", "2026-06-22T10:00Z", 30, "1.1234567", 0, "A"], "Energy has at most six decimals."),
        (["N1", "2026-06-22T10:00Z", 30, -1, 0, "A"], "Energy is 0 kWh or more."),
        (["N1", "2026-06-22T10:00Z", 30, 1, 0, "Q"], "“Q” is not a quality"),
        (
            ["N1", "2026-06-22T11:00Z", 30, 2, 0, "A"],
            "The interval is there twice with different values, first in row 2",
        ),
    ],
)
def test_a_row_in_error_is_refused_and_the_others_are_stored(scene, row, message):
    good = ["N1", "2026-06-22T11:00Z", 30, 1, 0, "A"], ["N1", "2026-06-22T12:00Z", 30, 1, 0, "A"]
    job = tell(scene.north, csv_of(HEADERS, *good, row))
    assert any(message in each for each in messages(job)), messages(job)
    assert len(held()) == (1 if "twice" in message else 2)


def test_readings_without_energy_are_missing_and_complete_no_period(scene):
    tell(
        scene.north,
        csv_of(
            HEADERS,
            ["N1", "2026-06-22T10:00Z", 30, "", "", ""],
            ["N1", "2026-06-22T10:30Z", 30, "1", "", "M"],
        ),
    )
    unit = DeliveryUnit.objects.get()
    series = series_of_units([unit.pk], DAY, DAY)
    assert series[unit.pk].quality.tolist() == [2, 2]
    assert not any(
        each.complete
        for each in complete_days(series[unit.pk], [DAY], LONDON, NOW, minutes=30, estimated_counts=True)
    )


def test_warnings_of_what_is_worth_a_look(scene):
    asset = scene.assets["N1"]
    type(asset).objects.filter(pk=asset.pk).update(maximum_import_mw=Decimal("0.1"))
    job = upload(scene.north, standard(of_day(DAY, 2), of=lambda each: 500))
    told = set(messages(job))
    assert "More than 1.5 times the asset's maximum import of 0.1 MW." in told
    assert "The same value all day: is the meter stuck?" in told
    assert job.preview["counts"]["errors"] == 0


def test_the_calendar_and_the_template_tell_the_periods_still_missing(scene):
    tell(scene.north, standard(of_day(DAY)[:40]))
    unit = DeliveryUnit.objects.get()
    series = series_of_units([unit.pk], DAY - timedelta(days=40), DAY + timedelta(days=40))
    days = complete_days(series[unit.pk], month_days(DAY), LONDON, NOW, minutes=30, estimated_counts=False)
    found = {each.day: (each.complete, each.needed, each.state.value) for each in days}
    assert found[DAY] == (40, 48, "part")
    assert found[DAY + timedelta(days=1)] == (0, 48, "none")
    missing = missing_periods(series, month_days(DAY), LONDON, NOW, minutes=30, estimated_counts=False)[
        unit.pk
    ]
    assert len(missing) == 30 * 48 - 40
    job = start_file(by=scene.north, kind="operations.readings_needed", params={"month": "2026-06"}, now=NOW)
    rows = table_of(job)
    assert [row["Period Start"] for row in rows if row["Asset Ref"] == "N1"] == [
        f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in missing
    ]


def table_of(job):
    content = bytes(run_now(job.pk).output.content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_download_uploads_unchanged(scene, form):
    tell(scene.north, standard(of_day(DAY, 3), quality="E"))
    made = start_file(
        by=scene.north, kind="operations.readings", params={"month": "2026-06", "format": form}, now=NOW
    )
    output = run_now(made.pk).output
    again = upload(scene.north, bytes(output.content), name=output.name)
    assert (again.state, again.preview["counts"]["errors"]) == (State.NOTHING, 0), again.error


def test_storing_is_in_the_logs_of_the_provider_and_the_buyer(scene):
    tell(scene.north, standard(of_day(DAY)))
    entries = AuditEntry.objects.filter(action="meter readings stored")
    assert set(entries.values_list("organisation_id", flat=True)) == {
        scene.north.organisation_id,
        scene.buyer.organisation_id,
    }
    assert all("N1" in str(each.changes) for each in entries)


def test_nobody_else_sees_or_tells_readings(scene):
    tell(scene.north, standard(of_day(DAY)))
    unit = DeliveryUnit.objects.get()
    other = base.member(base.operator())
    assert list(units_of(scene.buyer)) == [unit]
    assert not units_of(scene.south).exists()
    assert not units_of(other).exists()
    assert [each.unit for each in metered_of(scene.south) if each.unit] == []
    with pytest.raises(NotAllowed):
        store_readings(by=scene.south, days={unit: []}, counts={}, now=NOW)
    address = reverse("operations:unit_readings", args=[unit.pk])
    answers = {}
    for name, member in {
        "north": scene.north,
        "buyer": scene.buyer,
        "south": scene.south,
        "other": other,
    }.items():
        client = Client()
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        answers[name] = client.get(address).status_code
    assert answers == {"north": 200, "buyer": 200, "south": 404, "other": 404}


def test_missing_readings_are_told_five_days_and_one_day_before_the_deadline_once(scene):
    contract = give(scene, scene.contract, "told", {"availability": {"mode": "fixed"}})
    start = occurrences_of(contract)[0].start
    kind = {"kind": "meter_data_missing"}
    for day, number in ((4, 0), (5, 1), (5, 1), (6, 1), (9, 2), (10, 2)):
        with clock.set_to(datetime(2026, 3, day, 9, tzinfo=UTC)):
            notify_due(clock.now())
        assert Notification.objects.filter(**kind, user=scene.north.user).count() == number, day
    with clock.set_to(start + timedelta(days=3)):
        for ref in ("N1", "N2"):
            midnight = start.replace(hour=0)
            told(scene.north, scene.assets[ref], half_hours(midnight, 48, 1))
    before = Notification.objects.filter(**kind).count()
    with clock.set_to(datetime(2026, 3, 9, 10, tzinfo=UTC)):
        notify_due(clock.now())
    assert Notification.objects.filter(**kind).count() == before
