import io
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Member
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import MARKED_COPY, registry
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import files_visible_to, jobs_for_admins, jobs_visible_to
from marketplace.jobs.worker import run_now
from tests.kernel import rows_kind
from tests.support.job_pages import KIND, checked, company, send, someone

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows_known(db):
    loader = registry.load_member
    rows_kind.make_table()
    with rows_kind.registered(), run_jobs_inline():
        registry.load_member = loader
        yield


@pytest.fixture
def member():
    return someone(company("ALPHA"), "procurement")


@pytest.fixture
def browser(client, member):
    client.force_login(member.user)
    return client


def page(browser, job: Job) -> str:
    return browser.get(reverse("jobs:job", args=[job.pk])).content.decode()


def test_a_file_is_uploaded_previewed_applied_and_found_again(browser, member):
    response = send(browser, "a=1\nb", colour="blue")
    job = Job.objects.get()
    assert response.url == reverse("jobs:job", args=[job.pk])
    assert (job.params, job.requested_by_id) == ({"colour": "blue"}, member.user_id)
    assert "hx-get" in page(browser, job)

    run_now(job.pk)
    preview = page(browser, job)
    assert "What will happen when you apply" in preview
    assert "1 row can be created, 1 is refused" in preview
    assert "Create 1 row</button>" in preview
    assert "A value is needed." in preview
    assert "row 2" in preview
    assert rows_kind.rows() == []

    browser.post(reverse("jobs:apply", args=[job.pk]))
    run_now(job.pk)
    assert rows_kind.rows() == [("a", "1")]
    assert "1 row created, 1 left out" in page(browser, job)
    assert "1 created, 1 refused" in browser.get(reverse("jobs:history")).content.decode()


def test_a_changed_value_is_shown_before_and_after(browser):
    for text in ("a=old value", "a=new value"):
        job = checked(browser, text)
        shown = page(browser, job)
        browser.post(reverse("jobs:apply", args=[job.pk]))
        run_now(job.pk)
    assert shown.index("Before") < shown.index("old value") < shown.index("new value")


def test_a_discarded_file_offers_nothing_more(browser):
    job = checked(browser, "a=1")
    assert reverse("jobs:apply", args=[job.pk]) in page(browser, job)
    browser.post(reverse("jobs:discard", args=[job.pk]))
    assert reverse("jobs:apply", args=[job.pk]) not in page(browser, job)
    assert Job.objects.get().state == State.DISCARDED


def test_a_file_of_another_type_is_refused_on_the_spot_with_the_form_again(browser):
    response = send(browser, "a=1", name="rows.pdf", colour="blue")
    assert response.status_code == 422
    assert "must be a file of type .txt or .xlsx" in response.content.decode()
    assert '<input type="hidden" name="colour" value="blue">' in response.content.decode()
    assert Job.objects.count() == 0


def test_no_file_at_all_is_said_in_a_sentence(browser):
    response = browser.post(reverse("jobs:upload", args=[KIND]))
    assert (response.status_code, Job.objects.count()) == (422, 0)
    assert "Choose a file first." in response.content.decode()


def test_progress_is_polled_until_the_page_is_reloaded(browser):
    send(browser, "a=1")
    job = Job.objects.get()
    url = reverse("jobs:progress", args=[job.pk])
    going_on = browser.get(url)
    assert 'id="progress"' in going_on.content.decode()
    assert "HX-Refresh" not in going_on
    run_now(job.pk)
    assert browser.get(url)["HX-Refresh"] == "true"


def test_files_come_as_attachments_of_a_harmless_type(browser):
    job = checked(browser, "a=1")
    response = browser.get(reverse("jobs:original", args=[job.pk]))
    assert response.content == b"a=1"
    assert response["Content-Disposition"] == 'attachment; filename="rows.txt"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"


def test_a_generated_file_is_asked_for_and_downloaded(browser):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kernel_test_rows VALUES ('a', '1')")
    browser.post(reverse("jobs:start_file", args=[KIND]))
    job = Job.objects.get()
    assert browser.get(reverse("jobs:download", args=[job.pk])).status_code == 404
    run_now(job.pk)
    assert reverse("jobs:download", args=[job.pk]) in page(browser, job)
    assert browser.get(reverse("jobs:download", args=[job.pk])).content == b"a=1\n"


def test_a_copy_with_the_errors_marked_is_made_of_a_workbook(browser):
    file = SimpleUploadedFile("my rows.xlsx", rows_kind.workbook())
    browser.post(reverse("jobs:upload", args=[KIND]), {"file": file})
    job = run_now(Job.objects.get().pk)
    browser.post(reverse("jobs:mark", args=[job.pk]))
    made = run_now(Job.objects.get(kind="jobs.marked_copy").pk)
    assert (made.state, made.output.name) == (State.DONE, "my rows - errors marked.xlsx")
    marked = openpyxl.load_workbook(io.BytesIO(bytes(made.output.content)))
    assert "A value is needed." in str([[cell.value for cell in row] for row in marked["Errors"].iter_rows()])


def test_a_file_without_problems_or_not_a_workbook_has_no_marked_copy(browser):
    job = checked(browser, "a")
    assert "nothing waits for you" in page(browser, job)
    assert reverse("jobs:mark", args=[job.pk]) not in page(browser, job)
    assert browser.post(reverse("jobs:mark", args=[job.pk])).status_code == 404
    assert Job.objects.count() == 1


def test_a_marked_copy_of_a_sealed_file_is_sealed_too(browser, member):
    send(browser, "a", kind="tests.sealed")
    job = run_now(Job.objects.get().pk)
    StoredFile.objects.filter(pk=job.upload_id).update(name="bids.xlsx")
    browser.post(reverse("jobs:mark", args=[job.pk]))
    assert Job.objects.get(kind="jobs.marked_copy").sealed_under == job.sealed_under
    assert list(jobs_for_admins()) == []


VERBS = [("get", "job"), ("get", "progress"), ("get", "original"), ("get", "download")]
VERBS += [("post", "apply"), ("post", "discard"), ("post", "mark")]


@pytest.mark.parametrize(("verb", "name"), VERBS)
def test_another_organisation_finds_no_job_of_this_one(browser, client, verb, name):
    job = checked(browser, "a=1")
    client.force_login(someone(company("BETA"), "procurement").user)
    assert getattr(client, verb)(reverse(f"jobs:{name}", args=[job.pk])).status_code == 404
    assert Job.objects.get().state == State.CHECKED


@pytest.mark.parametrize(("verb", "name"), VERBS)
def test_nobody_is_sent_to_sign_in(browser, client, verb, name):
    job = checked(browser, "a=1")
    client.logout()
    assert "login" in getattr(client, verb)(reverse(f"jobs:{name}", args=[job.pk])).url
    assert Job.objects.get().state == State.CHECKED


@pytest.mark.parametrize(("verb", "name"), VERBS)
def test_a_teammate_without_the_role_neither_opens_nor_lists_the_file(browser, client, member, verb, name):
    job = checked(browser, "a=1\nb")
    teammate = someone(member.organisation, "bids")
    client.force_login(teammate.user)
    response = getattr(client, verb)(reverse(f"jobs:{name}", args=[job.pk]))
    assert response.status_code == 403
    assert "Procurement" in response.content.decode()
    assert "No files yet" in client.get(reverse("jobs:history")).content.decode()
    assert list(jobs_visible_to(teammate)) == list(files_visible_to(teammate)) == []
    assert (Job.objects.count(), Job.objects.get().state) == (1, State.CHECKED)


def test_who_asked_for_a_file_and_lost_the_role_no_longer_opens_it(browser, member):
    job = checked(browser, "a=1")
    assert browser.get(reverse("jobs:original", args=[job.pk])).status_code == 200
    Member.objects.filter(pk=member.pk).update(roles=["bids", "account", "contracts"])
    for verb, name in VERBS:
        assert getattr(browser, verb)(reverse(f"jobs:{name}", args=[job.pk])).status_code == 403, name
    assert Job.objects.get().state == State.CHECKED


def test_a_teammate_without_the_role_uploads_and_asks_for_nothing(client, member):
    client.force_login(someone(member.organisation, "bids").user)
    assert send(client, "b=1").status_code == 403
    assert client.post(reverse("jobs:start_file", args=[KIND])).status_code == 403
    assert Job.objects.count() == 0


def test_a_file_that_holds_more_for_a_role_opens_to_that_role_only(browser, client, member, monkeypatch):
    kind = replace(rows_kind.FILE, role=None, more_for="bids")
    with monkeypatch.context() as patch:
        patch.setitem(registry.files, KIND, kind)
        check_who_opens_what(browser, client, member)


def check_who_opens_what(browser, client, member):
    browser.post(reverse("jobs:start_file", args=[KIND]))
    plain = run_now(Job.objects.get().pk)
    bidder = someone(member.organisation, "bids")
    client.force_login(bidder.user)
    client.post(reverse("jobs:start_file", args=[KIND]))
    richer = run_now(Job.objects.get(requested_by_id=bidder.user_id).pk)
    for who, opened in ((bidder, {plain, richer}), (member, {plain})):
        client.force_login(who.user)
        assert set(jobs_visible_to(who)) == opened
        for job in (plain, richer):
            status = client.get(reverse("jobs:download", args=[job.pk])).status_code
            assert status == (200 if job in opened else 403)


def test_a_marked_copy_has_the_rights_of_the_file_it_marks_and_is_made_of_one_only(browser, client, member):
    file = SimpleUploadedFile("my rows.xlsx", rows_kind.workbook())
    browser.post(reverse("jobs:upload", args=[KIND]), {"file": file})
    job = run_now(Job.objects.get().pk)
    browser.post(reverse("jobs:mark", args=[job.pk]))
    made = run_now(Job.objects.get(kind=MARKED_COPY).pk)
    assert browser.get(reverse("jobs:download", args=[made.pk])).status_code == 200
    for who, status in (
        (someone(member.organisation, "bids"), 403),
        (someone(company("BETA"), "procurement"), 404),
    ):
        client.force_login(who.user)
        assert client.get(reverse("jobs:download", args=[made.pk])).status_code == status
    client.force_login(member.user)
    asked = client.post(reverse("jobs:start_file", args=[MARKED_COPY]), {"job": str(job.pk)})
    assert (asked.status_code, Job.objects.count()) == (404, 2)


def test_kinds_of_the_other_side_do_not_exist_for_a_member(client):
    client.force_login(someone(company("GRID", "so"), "procurement").user)
    assert send(client, "a=1").status_code == 404
    assert send(client, "a=1", kind="no.such").status_code == 404
    assert client.post(reverse("jobs:start_file", args=[KIND])).status_code == 404
    assert Job.objects.count() == 0


def test_the_history_lists_filters_and_pages(browser, client, member):
    for number in range(30):
        send(browser, "a=1", name=f"file{number:02}.txt")
    client.force_login(someone(company("BETA"), "procurement").user)
    assert "No files yet" in client.get(reverse("jobs:history")).content.decode()
    client.force_login(member.user)

    def listed(**asked) -> set[str]:
        return {
            job.upload.name for job in browser.get(reverse("jobs:history"), asked).context["listing"].records
        }

    assert listed() == {f"file{number:02}.txt" for number in range(5, 30)}
    assert listed(page=2) == {f"file{number:02}.txt" for number in range(5)}
    assert listed(named="FILE07") == {"file07.txt"}
    assert listed(state="done") == set()
    assert len(listed(kind=KIND, state="queued")) == 25


def test_the_history_takes_as_many_queries_for_one_file_as_for_three(browser):
    counts = []
    for _ in range(3):
        send(browser, "a=1")
        counts.append(min(queries_of_the_history(browser) for _ in range(3)))
    assert counts[0] == counts[2]


def queries_of_the_history(browser) -> int:
    """How many it takes this time: now and then one more, that notes a session in use."""
    with CaptureQueriesContext(connection) as queries:
        browser.get(reverse("jobs:history"))
    return len(queries)
