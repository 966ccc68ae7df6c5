"""Lists show what closes next first; names of rounds, periods and windows are one whatever their case and
spaces."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from competitions.domain.queries import by_next_deadline, competitions_visible_to
from competitions.models import Competition, WorkingCopy
from competitions.presenters.panels import profile_parts
from marketplace import clock
from marketplace.jobs.actions import start_upload
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import problems_of
from marketplace.jobs.worker import run_now
from tests.competitions import files
from tests.support.typed_competitions import HEADER, WINDOW, begun, browse, buyer, quiet  # noqa: F401

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = ["BIDDING", "QUALIFYING", "SAME_A", "SAME_B", "ANNOUNCED", "DECISION", "CANCELLED", "CONFIRMED"]


def put(of, ref, opens, close, bid_open, bid_close, **fields):
    """A competition by days from now."""
    files.upload(of, files.competition(ref))
    dates = {
        "qualification_open": opens,
        "qualification_close": close,
        "bidding_open": bid_open,
        "bidding_close": bid_close,
    }
    found = {name: NOW + days * DAY for name, days in dates.items()}
    Competition.objects.filter(ref=ref).update(publish_on=NOW - 90 * DAY, **found, **fields)


@pytest.fixture
def market(buyer):  # noqa: F811
    put(buyer, "CANCELLED", -40, -30, -20, 1, cancelled_at=NOW, cancellation_reason="No need")
    put(buyer, "SAME_B", -5, 4, 5, 6)
    put(buyer, "ANNOUNCED", 2, 10, 12, 14)
    put(buyer, "DECISION", -40, -30, -20, -2)
    put(buyer, "CONFIRMED", -40, -30, -20, -1, confirmed_at=NOW)
    put(buyer, "QUALIFYING", -5, 3, 30, 40)
    put(buyer, "SAME_A", -5, 4, 5, 6)
    put(buyer, "BIDDING", -40, -30, -5, 2)
    return buyer


def test_the_next_deadline_comes_first_for_everyone(market, client):
    assert [one.ref for one in by_next_deadline(competitions_visible_to(market, NOW), NOW)] == ORDER
    url = reverse("competitions:list")
    with clock.set_to(NOW):
        assert [each.competition.ref for each in client.get(url).context["listing"].records] == ORDER
        client.force_login(market.user)
        assert [each.competition.ref for each in client.get(url).context["listing"].records] == ORDER
        by_name = client.get(url, {"sort": "-name"}).context["listing"].records
        assert [each.competition.ref for each in by_name][:3] == ["SAME_B", "SAME_A", "QUALIFYING"]


def test_the_profile_names_the_next_to_close_first(market):
    live = profile_parts(market.organisation, NOW)[0]
    assert [line.title.partition(":")[0] for line in live.lines] == [*ORDER[:6]]


# Names


def test_rounds_that_differ_in_case_and_spaces_are_one(buyer):  # noqa: F811
    files.upload(buyer, files.competition("A1", header={"Round": "Winter 2026"}))
    files.upload(buyer, files.competition("A2", header={"Round": "winter\u00a02026"}))
    files.upload(
        buyer,
        files.workbook(
            [
                {"Competition Ref": ref} | files.HEADER | {"Round": name}
                for ref, name in (("B1", "Spring"), ("B2", "SPRING"))
            ],
            [{"Competition Ref": ref} | files.BOUNDARY for ref in ("B1", "B2")],
            [{"Competition Ref": ref} | files.WINDOW for ref in ("B1", "B2")],
        ),
    )
    assert dict(Competition.objects.values_list("ref", "round_name")) == {
        "A1": "Winter 2026",
        "A2": "Winter 2026",
        "B1": "Spring",
        "B2": "Spring",
    }
    files.upload(buyer, files.header_only("A1", Round="WINTER 2026"))
    assert files.stored("A1").round_name == "WINTER 2026"


@pytest.mark.parametrize("name", ["EVENING", "Evening\u200b", "\u00a0evening"])
def test_windows_whose_names_look_alike_are_one(buyer, name):  # noqa: F811
    rows = [
        {"Competition Ref": "C1"} | files.WINDOW | {"Service Window Name": each} for each in ("Evening", name)
    ]
    book = files.workbook(
        [{"Competition Ref": "C1"} | files.HEADER], [{"Competition Ref": "C1"} | files.BOUNDARY], rows
    )
    created, _, _, errors = files.counts(files.upload(buyer, book))
    assert created == 0
    assert ["already has a window named" in error for error in errors] == [True]


def test_periods_whose_names_look_alike_are_one_with_one_pair_of_dates(buyer):  # noqa: F811
    periods = ({}, {"Service Period Name": "FEBRUARY ", "Service Window Name": "Late"})
    rows = [{"Competition Ref": "C1"} | files.WINDOW | each for each in periods]
    book = files.workbook(
        [{"Competition Ref": "C1"} | files.HEADER], [{"Competition Ref": "C1"} | files.BOUNDARY], rows
    )
    assert files.counts(files.upload(buyer, book)) == (1, 0, 0, [])
    assert files.stored().periods.get().name == "February"


# Windows without an hour


@pytest.mark.parametrize(
    "window",
    [
        {"Service Days": "Sun", "Period Start Date": "02/02/2026", "Period End Date": "06/02/2026"},
        {
            "Service Days": "Fri",
            "Period Start Date": "03/04/2026",
            "Period End Date": "03/04/2026",
            "Public Holidays": "Exclude",
        },
        {
            "Service Days": "Sun",
            "Period Start Date": "29/03/2026",
            "Period End Date": "29/03/2026",
            "Start Time": "01:00",
            "End Time": "02:00",
        },
    ],
    ids=["no day", "a holiday", "the hour that is skipped"],
)
def test_a_window_of_0_hours_is_taken_with_a_warning_at_its_row(buyer, window):  # noqa: F811
    with clock.set_to(files.DRAFT), run_jobs_inline():
        job = start_upload(
            by=buyer,
            kind="competitions.competition_file",
            filename="c.xlsx",
            data=files.competition(window=window),
            params={},
            now=files.DRAFT,
        )
        job = run_now(job.pk)
    [warning] = [each for each in problems_of(job) if "0 available hours" in each["message"]]
    assert (warning["level"], warning["sheet"], warning["row"], warning["column"]) == (
        "warning",
        "Service Windows",
        2,
        "Service Days",
    )
    assert job.preview["counts"]["create"] == 1


@pytest.mark.parametrize(
    ("required", "power", "asked"),
    [
        (2500, "Active Power", ["are these kW?"]),
        (2500, "Reactive Power", ["are these kVAr?"]),
        (1000, "Active Power", []),
    ],
)
def test_kilowatts_for_megawatts_are_suspected_and_taken(buyer, required, power, asked):  # noqa: F811
    data = files.competition(header={"Power Type": power}, window={"Capacity Required (MW)": required})
    with clock.set_to(files.DRAFT), run_jobs_inline():
        job = start_upload(
            by=buyer,
            kind="competitions.competition_file",
            filename="c.xlsx",
            data=data,
            params={},
            now=files.DRAFT,
        )
        job = run_now(job.pk)
    found = [each for each in problems_of(job) if "are these k" in each["message"]]
    assert [each["message"].split(": ")[1] for each in found] == asked
    assert all((each["row"], each["column"]) == (2, "Capacity Required (MW)") for each in found)
    assert job.preview["counts"]["create"] == 1


def test_a_window_of_0_hours_by_page_is_warned_of_in_the_review(browse):  # noqa: F811
    copy = begun(browse)
    none = {
        "name": "Never",
        "first_day": "2026-02-02",
        "last_day": "2026-02-03",
        "period": "Early",
        "weekdays": ["Sunday"],
    }
    browse("typed_windows", copy.pk, post=WINDOW | none)
    shown = browse("typed_review", copy.pk)
    assert not shown.context["is_refused"]
    assert "0 available hours" in shown.content.decode()


# The header step


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"publish_on": "2026-01-06T09:00"}, "qualification_open"),
        (
            {"qualification_open": "2026-01-19T17:00", "qualification_close": "2026-01-05T12:00"},
            "qualification_close",
        ),
        ({"bidding_open": "2026-01-18T09:00"}, "bidding_open"),
        ({"bidding_open": "2026-01-23T17:00", "bidding_close": "2026-01-21T09:00"}, "bidding_close"),
        ({"archive_on": "2026-01-22T09:00"}, "archive_on"),
        ({"dps_reference": "unknown"}, "dps_reference"),
        ({"duplicate_overrides_of": "NOBODYS"}, "duplicate_overrides_of"),
        ({"minimum_voltage_kv": "33", "maximum_voltage_kv": "11"}, "maximum_voltage_kv"),
    ],
)
@pytest.mark.parametrize("ref", ["P1", ""], ids=["with a ref", "without one yet"])
def test_the_header_step_applies_the_rules_of_the_file(browse, cells, key, ref):  # noqa: F811
    answer = browse("start", post=HEADER | {"ref": ref} | cells)
    assert answer.status_code == 422
    assert key in answer.context["form"].errors
    assert WorkingCopy.objects.get().header["ref"] == ref


def test_rows_whose_ref_cant_be_read_count_as_refused(buyer):  # noqa: F811
    with clock.set_to(files.DRAFT), run_jobs_inline():
        job = start_upload(
            by=buyer,
            kind="competitions.competition_file",
            filename="c.xlsx",
            data=files.competition("not a ref"),
            params={},
            now=files.DRAFT,
        )
        preview = run_now(job.pk).preview
    counts = preview["counts"]
    assert (counts["create"], counts["refuse"], counts["errors"]) == (0, 3, 3)
    assert all(each["note"].startswith("Competition Ref: ") for each in preview["changes"]["refuse"])


def test_a_refused_competition_says_why(buyer):  # noqa: F811
    with clock.set_to(files.DRAFT), run_jobs_inline():
        job = start_upload(
            by=buyer,
            kind="competitions.competition_file",
            filename="c.xlsx",
            data=files.competition(header={"Bidding Close": "soon"}, window={"Start Time": "dawn"}),
            params={},
            now=files.DRAFT,
        )
        [refused] = run_now(job.pk).preview["changes"]["refuse"]
    assert refused["unit"] == "C1"
    assert refused["note"].startswith("Bidding Close: Must be a date with a time")
    assert refused["note"].endswith("And 1 more error.")
