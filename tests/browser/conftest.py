"""What the browser tests share: a Chromium, and pages opened in it as a member or as nobody."""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import launched
from tests.browser.looks import PHONE


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all: each test opens contexts of its own in it, which share neither cookies nor storage nor
    cache.

    While it is there, tests may use the database although playwright keeps an event loop in their thread.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = launched(playwright)
        expect.set_options(timeout=20_000)  # other tests share the processors
        yield browser
        browser.close()
        connections.close_all()  # the event loop gave this thread a second one


@pytest.fixture
def open_as(chromium, live_server, settings):
    """Open a page in a session of its own, as a member or as nobody, on a phone unless another width is asked
    for."""
    settings.WHITENOISE_USE_FINDERS = True
    contexts = []

    def open_page(member, width=PHONE, *, scripts=True) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
        )
        contexts.append(context)
        if member is not None:
            client = Client()
            client.force_login(member.user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
