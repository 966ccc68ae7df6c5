from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace import audit, clock
from marketplace.audit import publication, tasks
from marketplace.audit.models import OpenedSeal, PublishedDigest
from tests.kernel.test_jobs_pages import company, someone

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)
SUBJECT = OpenedSeal(opened_at=NOON)

pytestmark = pytest.mark.django_db


def record(member, action="window changed"):
    audit.record(
        organisation_id=member.organisation_id,
        by=member,
        action=action,
        subject=SUBJECT,
        changes={"capacity": (None, "old & new")},
        now=NOON,
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
    assert publication.published_digests()[0].digest == publication.digest_of_heads(publication.current_heads())


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
