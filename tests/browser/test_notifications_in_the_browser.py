"""Reading what one was told and choosing what to be told, in a real browser on a phone; read by axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright

from marketplace import notifications
from marketplace.notifications.addresses import unsubscribe_token
from marketplace.notifications.models import Preference
from tests.accounts.people import NOW, provider, signed_in
from tests.browser.chromium import launched

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def member(transactional_db, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright keeps an event loop in this thread
    return provider()


@pytest.fixture
def page(live_server, member, settings):
    settings.WHITENOISE_USE_FINDERS = True
    with sync_playwright() as playwright:
        browser = launched(playwright)
        context = browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 800})
        session = signed_in(member).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        yield context.new_page()
        browser.close()
        connections.close_all()  # playwright's event loop gave this thread a second one


def tell(member, key):
    lines = ["Northern Networks looks for flexibility.", "A_long_reference_without_a_space_" * 6]
    notifications.notify(
        "competition_changed", to=[member.user], title=f"C{key} has changed", lines=lines, link="/", key=key, now=NOW
    )


def accessible(page: Page) -> None:
    found = Axe().run(page, context="body").response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_reading_one_then_all(page: Page, member):
    page.goto(reverse("notifications:list"))
    expect(page.get_by_text("No notifications yet")).to_be_visible()
    accessible(page)
    for key in "123":
        tell(member, key)
    page.reload()
    expect(page.locator("main .badge", has_text="New")).to_have_count(3)
    accessible(page)
    page.get_by_role("link", name="C2 has changed").click()
    expect(page).to_have_url("/")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Notifications, 2 new")).to_be_visible()
    page.goto(reverse("notifications:list"))
    page.get_by_role("button", name="Mark as read: C1 has changed").click()
    expect(page.locator("main .badge", has_text="New")).to_have_count(1)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("main .badge", has_text="New")).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="New", exact=True).click()
    expect(page.get_by_text("You have read all your notifications.")).to_be_visible()


def test_the_number_in_the_top_bar_comes_by_itself(page: Page, member):
    page.set_viewport_size({"width": 1440, "height": 800})
    page.goto("/")
    expect(page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
    tell(member, "1")
    page.evaluate("htmx.ajax('GET', '/notifications/bell/', {target: '[hx-get$=\"bell/\"]', swap: 'outerHTML'})")
    expect(page.get_by_role("link", name="Notifications, 1 new")).to_be_visible()
    assert page.locator("[hx-get$='bell/']").count() == 1
    assert page.locator("[hx-get$='bell/']").get_attribute("hx-trigger") == "every 60s"


def test_choosing_what_to_be_told(page: Page, member):
    page.goto(reverse("notifications:preferences"))
    accessible(page)
    page.get_by_label("A competition that concerns you is cancelled, by email").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()
    expect(page.get_by_label("A competition that concerns you is cancelled, by email")).not_to_be_checked()
    expect(page.get_by_label("A competition that concerns you is cancelled, in the list")).to_be_checked()
    accessible(page)


def test_leaving_by_the_link_of_a_mail_asks_first(page: Page, member):
    page.goto(reverse("notifications:unsubscribe", args=[unsubscribe_token(member.user_id, "competition_changed")]))
    accessible(page)
    assert not Preference.objects.exists()
    page.get_by_role("button", name="Send no more of these mails").click()
    expect(page.get_by_role("heading", name="You get no more mails of this kind")).to_be_visible()
    accessible(page)
    assert not Preference.objects.get(user=member.user, kind="competition_changed").by_email
