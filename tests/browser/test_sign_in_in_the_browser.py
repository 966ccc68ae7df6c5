"""From registering to the first sign-in with a second factor, in a real browser; every page about logins,
read by axe."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Organisation
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
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # the test's server speaks http
    settings.ACCOUNT_RATE_LIMITS = False


def registers(page):
    """From the front page to a company, by the link in the mail."""
    page.goto(reverse("account_signup"))
    page.get_by_label("Email").fill(ADDRESS)
    page.locator("#id_password1").fill(people.PASSWORD)
    page.locator("#id_password2").fill(people.PASSWORD)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(people.link_in_mail(ADDRESS))
    page.get_by_role("button", name="This is my address").click()
    if page.locator("[name=login]").count():
        types_password(page)
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()
    for label, text in COMPANY.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("I accept the user terms").check()
    page.get_by_label("I accept the service terms").check()
    page.get_by_role("button", name="Register the company").click()
    expect(page.get_by_text("Your company is registered.")).to_be_visible()


def types_password(page):
    page.locator("[name=login]").fill(ADDRESS)
    page.locator("[name=password]").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirms_it_is_them(page):
    page.locator("[name=password]").fill(people.PASSWORD)
    looked_at(page, "reauthenticate")
    page.get_by_role("button", name="Confirm").click()


def signs_out(page):
    page.goto(reverse("account_logout"))
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()


def code(secret, steps_from_now=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps_from_now))


def plug_in_key(page):
    """A security key that is touched at once, in Chromium's own emulation."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    key = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return devtools, key


def test_from_registering_to_the_first_sign_in_with_an_app(open_as):
    page = open_as(None)
    registers(page)
    Organisation.objects.update(second_factor_required=True)
    page.goto(reverse("qualification:assets"))
    expect(page.get_by_role("heading", name="Set up a second factor to go on")).to_be_visible()
    looked_at(page, "second-factor-required")
    assert page.locator("[hx-trigger]").count() == 0, "nothing that asks by itself and is led away"
    page.get_by_role("link", name="Set up an app").click()
    confirms_it_is_them(page)
    secret = page.locator("#totp_key").inner_text()
    looked_at(page, "app-set-up")
    page.get_by_label("code").fill(code(secret))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    looked_at(page, "recovery-codes")
    page.get_by_role("link", name="I have kept them: go on").click()
    page.goto(reverse("qualification:assets"))
    expect(page.locator("h1")).to_contain_text("assets", ignore_case=True)
    signs_out(page)
    page.goto(reverse("account_login"))
    types_password(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("This code is not right.")).to_be_visible()
    looked_at(page, "second-factor-wrong")
    page.get_by_label("Code").fill(code(secret, 1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second factor")).to_have_count(0)
    page.goto(reverse("qualification:assets"))
    expect(page.locator("h1")).to_contain_text("assets", ignore_case=True)


def test_from_registering_to_the_first_sign_in_with_a_security_key_and_with_a_passkey_alone(open_as):
    page = open_as(None)
    said = []
    page.on(
        "console", lambda message: said.append(message.text) if "Content Security" in message.text else None
    )
    plug_in_key(page)
    registers(page)
    page.goto(reverse("mfa_add_webauthn"))
    confirms_it_is_them(page)
    page.get_by_label("Name of the key").fill("Blue key")
    page.get_by_label("Let it sign me in by itself").check()
    looked_at(page, "key-add")
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").data["name"] == "Blue key"
    page.goto(reverse("mfa_list_webauthn"))
    expect(page.get_by_text("Passkey", exact=True)).to_be_visible()
    looked_at(page, "keys")
    signs_out(page)
    page.goto(reverse("account_login"))
    types_password(page)
    page.get_by_role("button", name="Use a security key instead").click()
    expect(page.get_by_role("heading", name="Second factor")).to_have_count(0)
    page.goto(reverse("qualification:assets"))
    expect(page.locator("h1")).to_contain_text("assets", ignore_case=True)
    signs_out(page)
    page.goto(f"{reverse('account_login')}?next={reverse('qualification:entries')}")
    looked_at(page, "login")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"**{reverse('qualification:entries')}")
    assert said == []


def test_a_key_that_is_not_there_is_told_in_words(open_as):
    page = open_as(None)
    devtools, key = plug_in_key(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The key was not used")
    looked_at(page, "key-refused")


def test_the_pages_about_logins_have_no_finding(open_as):
    head = people.operator()
    TOTP.activate(head.user, generate_totp_secret())
    page = open_as(head)
    names = [
        "mfa_index",
        "usersessions_list",
        "account_email",
        "account_change_password",
        "mfa_reauthenticate",
    ]
    for name in names:
        page.goto(reverse(name))
        expect(page.locator("h1")).to_be_visible()
        looked_at(page, name)
    page.goto(reverse("account_reauthenticate"))
    page.locator("[name=password]").fill(people.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    for name in [
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
    ]:
        page.goto(reverse(name))
        expect(page.locator("h1")).to_be_visible()
        assert page.locator("[name=password]").count() == 0
        looked_at(page, name)
    page.goto(reverse("accounts:team"))
    page.get_by_role("button", name="Require it of everybody").click()
    expect(page.get_by_text("From now on everybody here needs a second factor.")).to_be_visible()
    looked_at(page, "policy")
    page.goto(reverse("mfa_deactivate_totp"))
    page.get_by_role("button", name="Remove the app").click()
    expect(page.get_by_text("this is your only one")).to_be_visible()
    looked_at(page, "last-factor-stays")


def test_the_page_after_too_many_tries_has_no_finding(open_as, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/5m/key"}
    page = open_as(None)
    for _ in range(2):
        page.goto(reverse("account_login"))
        types_password(page)
    expect(page.get_by_text("Try again in 5 minutes")).to_be_visible()
    looked_at(page, "too-many-tries")
