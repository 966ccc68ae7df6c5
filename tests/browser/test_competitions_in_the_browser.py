"""The pages of competitions and areas on a phone and on a desk, read by axe."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright

from marketplace import jobs
from tests.browser.chromium import launched
from tests.competitions import files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SHOTS = os.environ.get("SCREENSHOTS")


@pytest.fixture
def buyer(transactional_db, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright keeps an event loop in this thread
    with jobs.held_back():
        member = files.operator()
        files.draw_area(member)
        files.upload(member, files.competition(header={"Area Buffer (km)": 2, "Maximum Budget (£)": 5000}))
        yield member


@pytest.fixture
def page_of(live_server, settings, buyer):
    """Open a page of the given width as the buyer, or as nobody."""
    settings.WHITENOISE_USE_FINDERS = True
    playwright = sync_playwright().start()
    browser = launched(playwright)

    def opened(width: int, member=None) -> Page:
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": 800})
        if member is not None:
            client = Client()
            client.force_login(member.user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield opened
    browser.close()
    connections.close_all()  # playwright's event loop gave this thread a second one
    playwright.stop()


def looked_at(page: Page, name: str, width: int) -> None:
    expect(page.locator("h1")).to_be_visible()
    if SHOTS:
        page.wait_for_timeout(600)
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    found = Axe().run(page, context="main").response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1440])
def test_the_pages_are_accessible_and_fit_the_screen(page_of, buyer, width):
    page = page_of(width, buyer)
    pages = [
        ("list", []),
        ("competition", ["C1"]),
        ("areas", []),
        ("areas_upload", []),
        ("file", []),
        ("cancel", ["C1"]),
    ]
    for name, args in pages:
        page.goto(reverse(f"competitions:{name}", args=args))
        looked_at(page, name, width)


@pytest.mark.parametrize("width", [360, 1440])
def test_nobody_in_particular_reads_the_list_and_a_competition(page_of, width):
    page = page_of(width)
    page.goto(reverse("competitions:list"))
    looked_at(page, "public-list", width)
    page.get_by_role("link", name="Evening peak").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Evening peak")
    looked_at(page, "public-competition", width)
