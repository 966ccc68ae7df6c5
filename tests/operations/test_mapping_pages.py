"""A meter file whose columns have to be understood: proposed, corrected, confirmed with its totals, and known the next time."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contracts.domain.queries import contracts_of
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.models import KeptMapping, MeterDay
from tests.contracts.scene import confirmed
from tests.operations.meter_files import csv_of
from tests.operations.scene import browser

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 20, 9, tzinfo=UTC)
DAY = datetime(2026, 7, 13, tzinfo=UTC)
HEADERS = ["Site", "Reading time", "Power kW", "Flag"]


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
    return made


@pytest.fixture
def scene(once):
    with run_jobs_inline(), clock.set_to(NOW):
        made = deepcopy(once)
        made.own = browser(made.north)
        yield made


def half_hourly(kw="500", ref="N1", headers=HEADERS):
    """A day of mean power, in UTC, each time of which names the start."""
    times = [DAY + place * timedelta(minutes=30) for place in range(48)]
    return csv_of(headers, *([ref, f"{each:%Y-%m-%d %H:%M}", kw, "A"] for each in times))


def sent(scene, data, name="from-collector.csv"):
    answer = scene.own.post(reverse("operations:upload_readings"), {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content
    return answer.url


def asked(scene, data=None):
    """The page that asks what the columns mean, and what its form proposes."""
    url = sent(scene, data or half_hourly())
    page = scene.own.get(url)
    form = page.context["form"]
    return url, page, {name: str(form[name].value() or "") for name in form.fields}


def posted(scene, url, told, *, shown_by=None, confirm=False):
    more = {"shown": shown_by.context["shown"]} if shown_by is not None else {}
    return scene.own.post(url, told | more | ({"confirm": "1"} if confirm else {}))


def checked(answer):
    assert answer.status_code == 302, answer.content
    return run_now(job_at(answer.url).pk)


def job_at(url):
    """The job that an address leads to."""
    (job,) = [each for each in Job.objects.all() if url == reverse("jobs:job", args=[each.pk])]
    return job


ANSWERS = {"clock": "utc", "names": "start", "sign": "import"}


def answered(proposed, **told):
    return proposed | {name: value for name, value in ANSWERS.items() if not proposed[name]} | told


def test_what_the_file_says_is_filled_in_and_only_what_it_does_not_say_is_asked(scene):
    _, page, proposed = asked(scene)
    assert (proposed["meter"], proposed["stamp"], proposed["value"], proposed["quality"]) == (
        "0",
        "1",
        "2",
        "3",
    )
    assert proposed["measure"] == "kW"
    assert {each.name for each in page.context["form"].asked} <= set(ANSWERS)
    text = page.content.decode()
    assert [f"{name} (column {place})" in text for place, name in enumerate(HEADERS, 1)] == [True] * 4
    assert "2026-07-13 00:00" in text, "the first rows as they are written"
    assert not MeterDay.objects.exists()


def test_what_it_comes_to_is_shown_as_totals_and_chart_before_it_is_checked(scene):
    url, _, proposed = asked(scene)
    shown = posted(scene, url, answered(proposed))
    (total,) = shown.context["mapped"].meters
    assert (total.meter, total.readings, total.imported, total.exported) == (
        "N1",
        "48",
        "12,000.000",
        "0.000",
    )
    text = shown.content.decode()
    chart = shown.context["mapped"].chart
    assert "The first 48 readings of N1" in chart.sentence
    assert "12,000.000 kWh net" in chart.sentence
    assert len(chart.rows) == 48
    assert "Check the file" in text
    assert not Job.objects.filter(kind="readings").exists()


def test_a_correction_changes_the_totals_and_is_stored_as_it_was_shown(scene):
    url, _, proposed = asked(scene)
    wrong = posted(scene, url, answered(proposed))
    told = answered(proposed) | {"measure": "kWh", "sign": "export"}
    right = posted(scene, url, told)
    sums = [
        (each.imported, each.exported) for page in (wrong, right) for each in page.context["mapped"].meters
    ]
    assert sums == [("12,000.000", "0.000"), ("0.000", "24,000.000")]
    job = checked(posted(scene, url, told, shown_by=right, confirm=True))
    assert job.state == State.CHECKED
    assert "48 readings of 1 unit" in job.preview["note"]


def test_what_was_changed_after_it_was_shown_is_shown_again_before_it_is_checked(scene):
    url, _, proposed = asked(scene)
    shown = posted(scene, url, answered(proposed))
    changed = answered(proposed) | {"measure": "kWh"}
    again = posted(scene, url, changed, shown_by=shown, confirm=True)
    assert again.status_code == 200
    assert "You changed what was shown" in again.content.decode()
    assert [each.imported for each in again.context["mapped"].meters] == ["24,000.000"]
    assert not Job.objects.filter(kind="readings").exists()
    assert checked(posted(scene, url, changed, shown_by=again, confirm=True)).state == State.CHECKED


def test_a_mapping_that_is_kept_is_used_without_asking_until_it_is_forgotten(scene):
    url, _, proposed = asked(scene)
    told = answered(proposed) | {"measure": "kWh"}
    shown = posted(scene, url, told)
    checked(posted(scene, url, told | {"keep_as": "Collector"}, shown_by=shown, confirm=True))
    kept = KeptMapping.objects.get()
    assert (kept.name, kept.provider_id) == ("Collector", scene.north.organisation_id)
    assert AuditEntry.objects.filter(action="mapping of meter files kept").count() == 1
    again = job_at(sent(scene, half_hourly("7"), "next.csv"))
    assert again.params["mapping"] == json.dumps(kept.mapping)
    assert run_now(again.pk).state == State.CHECKED
    assert "Collector" in scene.own.get(reverse("operations:readings")).content.decode()
    elsewhere = browser(scene.south).post(
        reverse("operations:upload_readings"), {"file": SimpleUploadedFile("a.csv", half_hourly())}
    )
    assert "jobs" not in elsewhere.url, "another company is asked"
    scene.own.post(reverse("operations:forget_mapping", args=[kept.pk]))
    assert "jobs" not in sent(scene, half_hourly())
    assert "jobs" not in sent(scene, half_hourly(headers=["Site", "When", "kW", "Flag"]))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"meter": "", "asset": ""}, "one asset for the whole file"),
        ({"value": ""}, "Choose one column for both directions"),
        ({"stamp": ""}, "This field is required"),
        ({"stamp": "99"}, "99 is not one of the available choices"),
        ({"measure": "GWh"}, "GWh is not one of the available choices"),
    ],
)
def test_a_mapping_that_lacks_something_is_refused_beside_the_field(scene, told, words):
    url, _, proposed = asked(scene)
    answer = posted(scene, url, answered(proposed) | told, confirm=True)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Job.objects.filter(kind="readings").exists()


def test_columns_that_hold_something_else_are_told_row_by_row(scene):
    url, _, proposed = asked(scene)
    flags = posted(scene, url, answered(proposed) | {"value": "3", "quality": ""})
    (problem, *_) = flags.context["mapped"].problems
    assert "A" in problem.message
    assert f"Row {problem.row}: " in flags.content.decode()
    assert not flags.context["mapped"].meters


def test_one_asset_stands_for_a_file_without_a_column_of_meters(scene):
    rows = half_hourly().replace(b"N1,", b"").replace(b"Site,", b"")
    url, _, proposed = asked(scene, rows)
    shown = posted(scene, url, answered(proposed, asset="N1"))
    assert [each.meter for each in shown.context["mapped"].meters] == ["N1"]


def test_no_mapping_that_can_be_chosen_breaks_the_page(scene):
    url, page, proposed = asked(scene)
    scene.own.raise_request_exception = False
    places = ["", "0", "1", "2", "3"]
    told = [
        {"meter": meter, "stamp": stamp, "value": value, "asset": "N1"}
        for meter, stamp, value in product(places, places[1:], places)
    ]
    told += [{"time": each} for each in places] + [{"period": each} for each in places]
    told += [{"minutes": str(each)} for each, _ in page.context["form"].fields["minutes"].choices]
    for name in ("names", "clock", "order", "measure", "sign", "decimal"):
        told += [{name: key} for key, _ in page.context["form"].fields[name].choices if key]
    broken = [each for each in told if posted(scene, url, answered(proposed) | each).status_code >= 500]
    assert broken == []


def test_nobody_else_opens_or_answers_the_questions_of_a_file(scene):
    url, _, proposed = asked(scene)
    for member in (scene.south, scene.buyer):
        client = browser(member)
        assert client.get(url).status_code == 404
        assert client.post(url, answered(proposed)).status_code == 404
