"""A provider registers in a real browser, with the link from its mail; the open pages and accounts, read by
axe."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Member, User
from tests.accounts import people
from tests.browser.looks import looked_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ADDRESS = "ann@tidal.example"
COMPANY = {
    "Legal name": "Tidal Batteries Ltd",
    "Short code": "TIDAL",
    "Company number": "SC123456",
    "Registered address": "1 Harbour Road, Leith",
    "Contact name": "Ann Example",
    "Contact phone": "0131 496 0000",
}


@pytest.fixture(autouse=True)
def playable(transactional_db, settings):
    settings.CACHES = people.own_cache()


def test_a_provider_registers_with_the_link_from_its_mail(open_as):
    page = open_as(None)
    page.goto("/")
    page.locator("main").get_by_role("link", name="Register as a provider").click()
    page.get_by_label("Email").fill(ADDRESS)
    page.locator("#id_password1").fill(people.PASSWORD)
    page.locator("#id_password2").fill(people.PASSWORD)
    looked_at(page, "signup-filled")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    looked_at(page, "check-mail")
    assert [message.to for message in people.delivered()] == [[ADDRESS]]
    page.goto(people.link_in_mail(ADDRESS))
    looked_at(page, "verify")
    page.get_by_role("button", name="This is my address").click()
    if page.locator("[name=login]").count():
        page.locator("[name=login]").fill(ADDRESS)
        page.locator("[name=password]").fill(people.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()
    for label, text in COMPANY.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("I accept the user terms").check()
    page.get_by_role("button", name="Register the company").click()
    assert not Member.objects.exists(), "the browser itself asks for the missing tick"
    page.get_by_label("I accept the service terms").check()
    looked_at(page, "company")
    page.get_by_role("button", name="Register the company").click()
    expect(page.get_by_text("Your company is registered.")).to_be_visible()
    looked_at(page, "welcome")
    assert Member.objects.get().organisation.code == "TIDAL"


def test_the_open_pages_have_no_finding_on_a_phone(open_as):
    page = open_as(None)
    names = [
        "accounts:home",
        "account_login",
        "account_signup",
        "account_reset_password",
        "competitions:list",
    ]
    paths = [*map(reverse, names), "/terms/user/", "/terms/service/", reverse("audit:published"), "/nowhere/"]
    for path in paths:
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        looked_at(page, f"open{path.replace('/', '_')}")


def test_the_pages_of_accounts_have_no_finding_on_a_phone(open_as):
    head = people.operator()
    people.teammate(head, "procurement")
    invitation = people.invited(head)
    page = open_as(head)
    for name in ["accounts:home", "accounts:team", "audit:entries", "jobs:history", "competitions:list"]:
        page.goto(reverse(name))
        looked_at(page, name.replace(":", "-"))
    page.goto(reverse("accounts:team"))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Deactivate Mate").click()
    expect(page.get_by_text("is deactivated and signed out everywhere")).to_be_visible()
    looked_at(page, "team-deactivated")
    page.get_by_role("button", name=f"Send the invitation to {invitation.email} again").click()
    expect(page.get_by_text("is sent again")).to_be_visible()
    page = open_as(None)
    page.goto(people.link_in_mail(invitation.email))
    page.get_by_label("Your name").fill("Ben Example")
    page.get_by_label("Choose a password").fill("password1234")
    page.get_by_label("I accept the user terms").check()
    page.get_by_role("button", name="Join").click()
    expect(page.locator("[aria-invalid=true]")).to_have_attribute("aria-describedby", "id_password_error")
    looked_at(page, "invitation-refused")
    assert not User.objects.filter(email=invitation.email).exists()
