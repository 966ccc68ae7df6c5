"""Reading what one was told and choosing what to be told, in a real browser on a phone; read by axe."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketplace.notifications.actions import notify
from marketplace.notifications.addresses import unsubscribe_token
from marketplace.notifications.models import Preference
from tests.accounts.people import NOW, provider
from tests.browser.looks import looked_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def member(transactional_db):
    return provider()


@pytest.fixture
def page(open_as, member):
    return open_as(member)


def tell(member, key):
    lines = ["Northern Networks looks for flexibility.", "A_long_reference_without_a_space_" * 6]
    notify(
        "competition_changed",
        to=[member.user],
        title=f"C{key} has changed",
        lines=lines,
        link="/",
        key=key,
        now=NOW,
    )


def test_reading_one_then_all(page: Page, member):
    page.goto(reverse("notifications:list"))
    expect(page.get_by_text("No notifications yet")).to_be_visible()
    looked_at(page, "told-nothing", within="body")
    for key in "123":
        tell(member, key)
    page.reload()
    expect(page.locator("main .pill", has_text="New")).to_have_count(3)
    looked_at(page, "told", within="body")
    page.get_by_role("link", name="C2 has changed").click()
    expect(page).to_have_url("/")
    expect(page.get_by_role("link", name="Notifications, 2 new")).to_be_visible()
    page.goto(reverse("notifications:list"))
    page.get_by_role("button", name="Mark as read: C1 has changed").click()
    expect(page.locator("main .pill", has_text="New")).to_have_count(1)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("main .pill", has_text="New")).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="New", exact=True).click()
    expect(page.get_by_text("You have read all your notifications.")).to_be_visible()


def test_the_number_in_the_top_bar_comes_by_itself(page: Page, member):
    page.set_viewport_size({"width": 1440, "height": 800})
    page.goto("/")
    expect(page.get_by_role("link", name="Notifications, none new")).to_be_visible()
    tell(member, "1")
    page.evaluate(
        "htmx.ajax('GET', '/notifications/bell/', {target: '[hx-get$=\"bell/\"]', swap: 'outerHTML'})"
    )
    expect(page.get_by_role("link", name="Notifications, 1 new")).to_be_visible()
    assert page.locator("[hx-get$='bell/']").count() == 1
    assert page.locator("[hx-get$='bell/']").get_attribute("hx-trigger") == "every 60s"


def test_choosing_what_to_be_told(page: Page, member):
    page.goto(reverse("notifications:preferences"))
    looked_at(page, "preferences", within="body")
    page.get_by_label("A competition that concerns you is cancelled, by email").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()
    expect(page.get_by_label("A competition that concerns you is cancelled, by email")).not_to_be_checked()
    expect(page.get_by_label("A competition that concerns you is cancelled, in the list")).to_be_checked()
    looked_at(page, "preferences-saved", within="body")


def test_leaving_by_the_link_of_a_mail_asks_first(page: Page, member):
    page.goto(
        reverse("notifications:unsubscribe", args=[unsubscribe_token(member.user_id, "competition_changed")])
    )
    looked_at(page, "unsubscribe", within="body")
    assert not Preference.objects.exists()
    page.get_by_role("button", name="Send no more of these mails").click()
    expect(page.get_by_role("heading", name="You get no more mails of this kind")).to_be_visible()
    looked_at(page, "unsubscribed", within="body")
    assert not Preference.objects.get(user=member.user, kind="competition_changed").by_email
