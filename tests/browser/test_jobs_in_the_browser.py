"""A file's way through the browser: upload, progress by itself, preview, apply; and its pages read by axe."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketplace.jobs.enums import State
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from tests.browser.looks import looked_at
from tests.kernel import rows_kind
from tests.support.job_pages import checked, company, send, someone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def rows_known(transactional_db):
    loader = registry.load_member
    rows_kind.make_table()
    with rows_kind.registered(), run_jobs_inline():
        registry.load_member = loader
        yield
    rows_kind.drop_table()


@pytest.fixture
def member():
    return someone(company("ALPHA"), "procurement")


@pytest.fixture
def client(client, member):
    client.force_login(member.user)
    return client


@pytest.fixture
def page(open_as, member):
    return open_as(member)


def test_a_file_is_followed_from_waiting_to_done_without_reloading(page: Page, client: Client):
    send(client, "a=1\nb")
    job = Job.objects.get()
    page.goto(reverse("jobs:job", args=[job.pk]))
    expect(page.locator("#progress")).to_contain_text("Waiting")
    looked_at(page, "job-waiting")
    run_now(job.pk)
    expect(page.get_by_text("What will happen when you apply")).to_be_visible(timeout=10_000)
    looked_at(page, "job-checked")
    page.get_by_role("button", name="Create 1 row").click()
    expect(page.locator("#progress")).to_contain_text("Waiting to be applied")
    run_now(job.pk)
    expect(page.get_by_role("heading", name="1 row created, 1 left out")).to_be_visible(timeout=10_000)
    looked_at(page, "job-done")
    assert rows_kind.rows() == [("a", "1")]


def test_the_history_and_a_refusal_are_accessible_on_a_phone(page: Page, client: Client):
    checked(client, "a=1\nb=2")
    send(client, "broken")
    refused = run_now(Job.objects.get(state=State.QUEUED).pk)
    page.goto(reverse("jobs:job", args=[refused.pk]))
    expect(page.get_by_role("alert")).to_have_text("This file can't be read.")
    looked_at(page, "job-refused")
    page.goto(reverse("jobs:history"))
    expect(page.get_by_role("link", name="Rows")).to_have_count(2)
    looked_at(page, "jobs")


def test_a_file_of_which_nothing_can_be_applied_ends_with_its_errors_and_waits_for_nobody(
    page: Page, client: Client
):
    send(client, "a")
    job = run_now(Job.objects.get().pk)
    assert job.state == State.NOTHING
    page.goto(reverse("jobs:job", args=[job.pk]))
    expect(page.get_by_role("heading", name="Nothing to apply")).to_be_visible()
    expect(page.get_by_text("A value is needed.")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    looked_at(page, "job-nothing")


def test_a_form_sent_twice_in_a_row_is_worked_once(page: Page, client: Client):
    send(client, "a=1")
    job = run_now(Job.objects.get().pk)
    page.goto(reverse("jobs:job", args=[job.pk]))
    sent = page.get_by_role("button", name="Discard the file").evaluate(
        "button => Promise.all([1, 2].map(() => fetch(button.formAction,"
        " {method: 'POST', body: new FormData(button.form)})))"
        ".then(answers => Promise.all(answers.map(answer => answer.text())))"
    )
    assert all("Discarded" in text and "no longer waiting" not in text for text in sent)
    assert Job.objects.get().state == State.DISCARDED
