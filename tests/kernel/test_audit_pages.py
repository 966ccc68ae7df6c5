import csv
import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Organisation
from marketplace import clock
from marketplace.audit import chain, publication, tasks
from marketplace.audit.models import OpenedSeal, PublishedDigest
from marketplace.audit.queries import entries_for_admins
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import jobs_for_admins
from marketplace.jobs.worker import run_now
from tests.support.job_pages import company, someone

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)
SUBJECT = OpenedSeal(opened_at=NOON)

pytestmark = pytest.mark.django_db


def record(member, action="window changed", by=None, at=NOON):
    chain.record(
        organisation_id=member.organisation_id,
        by=by or member,
        action=action,
        subject=SUBJECT,
        changes={"capacity": (None, "old & new")},
        now=at,
    )


def test_the_days_digest_is_published_once_though_the_task_runs_twice():
    record(someone(company("ALPHA")))
    with clock.set_to(NOON):
        tasks.publish_heads()
    record(someone(company("BETA")))
    with clock.set_to(NOON + timedelta(hours=1)):
        tasks.publish_heads()
    published = PublishedDigest.objects.get()
    assert (published.day, published.published_at) == (date(2026, 4, 5), NOON)
    assert published.digest != publication.digest_of_heads(publication.current_heads())
    with clock.set_to(NOON + timedelta(days=1)):
        tasks.publish_heads()
    assert publication.published_digests()[0].digest == publication.digest_of_heads(
        publication.current_heads()
    )


def test_everyone_reads_the_published_digests(client):
    assert "Nothing published yet" in client.get(reverse("audit:published")).content.decode()
    published = publication.publish_heads(NOON)
    assert published.digest in client.get(reverse("audit:published")).content.decode()


def test_members_read_their_own_organisations_log_only(client):
    one, other = someone(company("ALPHA")), someone(company("BETA"))
    record(one)
    record(other, "secret of the other")
    client.force_login(one.user)
    page = client.get(reverse("audit:entries")).content.decode()
    assert "Window changed" in page
    assert "old &amp; new" in page
    assert "secret of the other" not in page.lower()
    client.logout()
    assert "login" in client.get(reverse("audit:entries")).url


def test_the_log_takes_as_many_queries_for_one_entry_as_for_three(client):
    member = someone(company("ALPHA"))
    client.force_login(member.user)
    client.get(reverse("audit:entries"))  # the first request of a session also notes where it comes from
    counts = []
    for _ in range(3):
        record(member)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("audit:entries"))
        counts.append(len(queries))
    assert counts[0] == counts[2]


def shown(client, **asked) -> str:
    return client.get(reverse("audit:entries"), asked).content.decode()


def test_an_entry_reads_as_a_sentence_with_the_person_and_their_organisation(client):
    member = someone(company("ALPHA"))
    record(member)
    record(member, "by another", by=someone(company("BETA")))
    client.force_login(member.user)
    page = shown(client)
    assert f"by {member.email} of {member.organisation.name}" in page
    assert f"of {company_named('BETA')}" in page


def company_named(code) -> str:
    return Organisation.objects.get(code=code).name


def test_the_log_is_narrowed_by_day_in_the_readers_zone_person_action_and_object(client):
    member = someone(company("ALPHA"))
    record(member, "window widened", at=datetime(2026, 4, 5, 22, 30, tzinfo=UTC))  # 23:30 in London
    record(member, "area drawn", at=datetime(2026, 4, 5, 23, 30, tzinfo=UTC))  # half past midnight of the 6th
    client.force_login(member.user)
    for asked, seen, unseen in (
        ({"until": "2026-04-05"}, "Window widened", "Area drawn"),
        ({"since": "2026-04-06"}, "Area drawn", "Window widened"),
        ({"action": "AREA"}, "Area drawn", "Window widened"),
    ):
        page = shown(client, **asked)
        assert seen in page
        assert unseen not in page
    assert "Nothing to show" in shown(client, person="nobody@elsewhere")
    assert "Nothing to show" in shown(client, subject="no such thing")
    assert "Window widened" in shown(client, since="not a day")


@pytest.mark.parametrize("kind", ["audit.entries", "audit.entries_csv"])
def test_the_log_is_taken_away_as_a_file_of_ones_own_entries_as_narrowed(kind):
    one, other = someone(company("ALPHA")), someone(company("BETA"))
    record(one, "=cmd()|x")
    record(one, "area drawn")
    record(other, "secret of the other")
    with clock.set_to(NOON), run_jobs_inline():
        job = start_file(by=one, kind=kind, params={"action": "cmd"}, now=NOON)
        run_now(job.pk)
    made = Job.objects.get(pk=job.pk)
    assert made.state == "done", made.error
    content = bytes(made.output.content)
    if kind == "audit.entries":
        [_, row] = openpyxl.load_workbook(io.BytesIO(content))["Audit log"].iter_rows(values_only=True)
    else:
        [_, row] = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        assert row[3].startswith("'=")
    assert "cmd()" in row[3]
    assert "capacity: — → old & new" in row[4]
    assert b"secret of the other" not in content
    assert entries_for_admins().count() == 3
    assert made not in list(jobs_for_admins())
