"""What the browser tests share: a Chromium for each test, and pages opened as a member or as nobody."""

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import launched
from tests.browser.looks import PHONE


@pytest.fixture(autouse=True)
def beside_an_event_loop(monkeypatch):
    """Let tests use the database although playwright keeps an event loop in their thread."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def open_as(live_server, settings):
    """Open a page in a session of its own, as a member or as nobody, on a phone unless another width is asked for."""
    settings.WHITENOISE_USE_FINDERS = True
    with sync_playwright() as playwright:
        browser = launched(playwright)

        def open_page(member, width=PHONE, *, scripts=True) -> Page:
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": 800},
                java_script_enabled=scripts,
            )
            if member is not None:
                client = Client()
                client.force_login(member.user)
                session = client.cookies["sessionid"].value
                context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            return context.new_page()

        yield open_page
        browser.close()
        connections.close_all()  # playwright's event loop gave this thread a second one
