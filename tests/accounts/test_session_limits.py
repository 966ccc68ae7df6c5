"""Sessions end by themselves; passwords that come to mind first are refused."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.sign_in import session_limits
from tests.accounts import people

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600


@pytest.fixture
def at(monkeypatch):
    """Go on to so many seconds from now."""
    began = time.time()

    def go(seconds):
        monkeypatch.setattr(session_limits.time, "time", lambda: began + seconds)

    go(0)
    return go


@pytest.fixture
def client(at):
    return people.signed_in(people.operator())


def is_in(client, **headers):
    return client.get(reverse("accounts:team"), **headers).status_code == 200


def test_a_session_without_use_ends_after_an_hour(client, at):
    at(59 * MINUTE)
    assert is_in(client)
    at(118 * MINUTE)
    assert is_in(client)
    at(178 * MINUTE)
    assert not is_in(client)
    assert not is_in(client)


def test_a_session_in_steady_use_ends_twelve_hours_after_signing_in(client, at):
    for minutes in range(0, 12 * 60, 45):
        at(minutes * MINUTE)
        assert is_in(client), minutes
    at(12 * HOUR)
    assert not is_in(client)


def test_what_a_page_fetches_by_itself_does_not_keep_a_session(client, at):
    htmx = {"headers": {"HX-Request": "true"}}
    for minutes in range(0, 60, 10):
        at(minutes * MINUTE)
        assert client.get(reverse("notifications:bell"), **htmx).status_code == 200
    at(61 * MINUTE)
    assert client.get(reverse("notifications:bell"), **htmx).status_code == 401


def test_whose_session_ended_is_told_why_and_signs_in_again(client, at):
    at(2 * HOUR)
    page = client.get(reverse("accounts:team"), follow=True)
    assert page.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "60 minutes without use" in page.content.decode()


def test_an_ended_session_is_gone_from_the_database(client, at):
    key = client.session.session_key
    at(2 * HOUR)
    client.get("/")
    stale = Client()
    stale.cookies["sessionid"] = key
    at(0)
    assert not is_in(stale)


def test_a_session_has_another_key_once_its_person_was_asked_again(client):
    before = client.session.session_key
    client.post(reverse("account_reauthenticate"), {"password": "not it"})
    assert client.session.session_key == before
    client.post(reverse("account_reauthenticate"), {"password": people.PASSWORD})
    after = client.session.session_key
    assert after != before
    assert is_in(client)
    assert UserSession.objects.get().session_key == after
    stale = Client()
    stale.cookies["sessionid"] = before
    assert not is_in(stale)


def test_use_is_noted_once_a_minute_and_not_at_every_request(client, at):
    at(30)
    client.get(reverse("accounts:team"))
    first = client.session[session_limits.USED]
    at(70)
    client.get(reverse("accounts:team"))
    assert client.session[session_limits.USED] - first == pytest.approx(70, abs=5)


@pytest.mark.parametrize(
    "password",
    ["Flexibility2026!", "marketplace-1234", "power-grid-2026", "WelcomeEnergy1!", "password-operator"],
)
def test_a_password_of_words_of_this_trade_is_refused(password):
    with pytest.raises(ValidationError, match="come to mind"):
        validate_password(password)


def test_a_password_of_the_name_of_ones_organisation_is_refused():
    user = people.operator("NETZ").user
    user.member.organisation.name = "Glenmorangie Networks"
    with pytest.raises(ValidationError, match="come to mind"):
        validate_password("Glenmorangie2026", user)
    validate_password("Glenmorangie is my favourite tea", user)


@pytest.mark.parametrize(
    "password",
    [
        "839201746352",
        "blau blauer blau wal",
        "ÄÖÜäöüßÄÖÜäöüß",
        "power of seventeen hedgehogs",
        "x" * 5 + "y" * 95,
    ],
    ids=["digits only", "words", "other letters", "a word of the list among others", "100 characters"],
)
def test_any_composition_of_characters_makes_a_password(password):
    validate_password(password)
