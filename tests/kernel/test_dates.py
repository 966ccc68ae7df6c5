"""Days, instants and times of day are written in one way, for the reader's time zone, by one place."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Organisation
from competitions.domain.setting_up.terms import WindowTerms
from marketplace.audit.sentences import in_words
from marketplace.dates import day_text, moment_text, time_text, told_text
from tests.qualification import market as base
from tests.support.apps import PACKAGES as APPS

ROOT = Path(__file__).resolve().parents[2]
LONDON, MADRID = ZoneInfo("Europe/London"), ZoneInfo("Europe/Madrid")

IN_TEMPLATES = re.compile(
    r"\|\s*(date|time|timesince|timeuntil|naturaltime|naturalday|localtime|utc)\b|{%\s*(now|localtime|timezone)\b"
)
IN_CODE = re.compile(
    r"%[aAbBdeHIjmMpSyY]\b|%[BdHYm][-/: ,]|strftime|date_format|naturaltime|DateColumn|DateTimeColumn"
)
FOR_PROGRAMS = {
    "competitions/domain/calendar_file.py",  # iCalendar
    "competitions/domain/requirement.py",  # the axis of a chart, read by its script
    "competitions/domain/planning.py",  # the name of a month, of which service periods are made
    "competitions/views/planning.py",  # the same
    "marketplace/dates.py",
    "marketplace/workbooks/rows.py",  # the XML of a sheet
    "qualification/models/verdicts.py",  # what developers read
    "rehearsal/demo/company_qualification.py",  # bytes of a PDF
    "rehearsal/demo/files.py",  # the name of a period
}


def test_a_day_an_instant_and_a_time_are_written_as_people_read_them():
    assert day_text(date(2026, 4, 5)) == "5 April 2026"
    assert moment_text(datetime(2026, 4, 5, 16, tzinfo=UTC), LONDON) == "5 April 2026, 17:00 BST"
    assert moment_text(datetime(2026, 1, 5, 16, tzinfo=UTC), MADRID) == "5 January 2026, 17:00 CET"
    assert (
        moment_text(datetime(2026, 1, 5, 16, 0, 7, tzinfo=UTC), LONDON, seconds=True)
        == "5 January 2026, 16:00:07 GMT"
    )
    assert time_text(time(7, 5)) == "07:05"


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("2026-04-05", "5 April 2026"),
        ("2026-04-05T16:00:00+00:00", "5 April 2026, 17:00 BST"),
        ("2026-04-05T16:00:00Z", "5 April 2026, 17:00 BST"),
        ("2026-04-05T16:00", "2026-04-05T16:00"),
        ("2026-13-05", "2026-13-05"),
        ("2026-04-05 is a Sunday", "2026-04-05 is a Sunday"),
        ("Evening", "Evening"),
    ],
)
def test_what_was_kept_for_programs_is_read_by_people(kept, read):
    assert told_text(kept, LONDON) == read
    with timezone.override(LONDON):
        assert in_words(kept) == read


def test_no_template_has_a_style_of_its_own():
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in (ROOT / "templates").rglob("*")
        if file.suffix in {".html", ".txt"}
        for match in IN_TEMPLATES.finditer(file.read_text())
    ]
    assert found == []


def test_a_table_writes_instants_short_and_only_the_audit_log_in_full():
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in (ROOT / "templates").rglob("*.html")
        if file.parent.name != "audit"
        for line in file.read_text().splitlines()
        if re.match(r"\s*\{% (col|cell) .*\|moment", line)
    ]
    assert found == []


def _lines(file):
    """The lines that write a date, but for the values of inputs of type date, which browsers want so."""
    lines = file.read_text().splitlines()
    return [line for line in lines if IN_CODE.search(line) and '"%Y-%m-%d' not in line]


def test_no_code_has_a_style_of_its_own():
    found = []
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            name = str(file.relative_to(ROOT))
            if name not in FOR_PROGRAMS and "migrations" not in name:
                found += [f"{name}: {line.strip()}" for line in _lines(file)]
    assert found == []


def test_a_window_in_a_sentence_has_its_days_and_durations_in_the_one_style():
    window = WindowTerms(
        period="Winter",
        first_day=date(2027, 1, 25),
        last_day=date(2027, 3, 21),
        name="Evening",
        weekdays=frozenset({0, 1}),
        start=time(16, 30),
        end=time(19, 30),
        capacity_required_mw=Decimal(6),
        minimum_run_time=timedelta(hours=1),
        dispatch_estimate=3,
        dispatch_duration=timedelta(days=1),
    )
    assert window.in_words("MW") == (
        "Winter/Evening: 25 January 2027 to 21 March 2027, Mon, Tue, 16:30 to 19:30, 6 MW, "
        "run time 01:00:00, dispatches 3, of each 1 00:00:00"
    )


@pytest.mark.django_db
def test_a_page_tells_times_in_the_zone_of_the_readers_organisation(client):
    from tests.bidding.market import AFTER, at

    seller, buyer = base.member(base.provider("North")), base.member(base.operator())
    competition = base.competition(buyer.organisation)
    asset = base.asset(seller.organisation, ref="LATE", first_uploaded_at=base.CLOSE + 90 * base.SECOND)
    Organisation.objects.filter(pk=seller.organisation_id).update(time_zone="Europe/Madrid")
    client.force_login(seller.user)
    with at(AFTER):
        page = client.get(f"/qualification/assets/{asset.pk}/").content.decode()
    assert f"qualification closed on {moment_text(base.CLOSE, MADRID)}" in page, competition
    assert "UTC" not in page.split("<main")[1]
