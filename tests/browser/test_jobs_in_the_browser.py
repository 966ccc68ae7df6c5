"""A file's way through the browser: upload, progress by itself, preview, apply; and its pages read by axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright

from marketplace import jobs
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job
from tests.browser.chromium import launched
from tests.kernel import rows_kind
from tests.kernel.test_jobs_pages import checked, company, send, someone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def rows_known(transactional_db, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright keeps an event loop in this thread
    loader = registry.load_member
    rows_kind.make_table()
    with rows_kind.registered(), jobs.held_back():
        registry.load_member = loader
        yield
    rows_kind.drop_table()


@pytest.fixture
def client(client):
    client.force_login(someone(company("ALPHA"), "procurement").user)
    return client


@pytest.fixture
def page(live_server, client, settings):
    settings.WHITENOISE_USE_FINDERS = True
    with sync_playwright() as playwright:
        browser = launched(playwright)
        context = browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 800})
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        yield context.new_page()
        browser.close()
        connections.close_all()  # playwright's event loop gave this thread a second one


def accessible(page: Page) -> None:
    found = Axe().run(page, context="main").response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_file_is_followed_from_waiting_to_done_without_reloading(page: Page, client: Client):
    send(client, "a=1\nb")
    job = Job.objects.get()
    page.goto(reverse("jobs:job", args=[job.pk]))
    expect(page.locator("#progress")).to_contain_text("Waiting")
    accessible(page)
    jobs.run_now(job.pk)
    expect(page.get_by_text("What this file would do")).to_be_visible(timeout=10_000)
    accessible(page)
    page.get_by_text("Apply…").click()
    page.get_by_role("button", name="Apply now").click()
    expect(page.locator("#progress")).to_contain_text("Waiting to be applied")
    jobs.run_now(job.pk)
    expect(page.get_by_text("What was done")).to_be_visible(timeout=10_000)
    accessible(page)
    assert rows_kind.rows() == [("a", "1")]


def test_the_history_and_a_refusal_are_accessible_on_a_phone(page: Page, client: Client):
    checked(client, "a=1\nb=2")
    send(client, "broken")
    refused = jobs.run_now(Job.objects.get(state=State.QUEUED).pk)
    page.goto(reverse("jobs:job", args=[refused.pk]))
    expect(page.get_by_role("alert")).to_have_text("This file can't be read.")
    accessible(page)
    page.goto(reverse("jobs:history"))
    expect(page.get_by_role("link", name="Rows")).to_have_count(2)
    accessible(page)
