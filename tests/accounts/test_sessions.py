"""Sessions and changes to a login: seen, ended, recorded, and told of."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import middleware
from accounts.enums import LoginMailState
from accounts.models import LoginMail, User
from accounts.tasks import clear_sessions, forget_given_up_mails
from marketplace import clock
from marketplace.audit.models import AuditEntry
from tests.accounts import people
from tests.accounts.people import PASSWORD
from tests.support.log import actor_of, as_read

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18 Mobile Safari/604"
NEW = "salmon on a bicycle"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    settings.CACHES = people.own_cache()


@pytest.fixture
def head():
    return people.operator()


def browser(member, user_agent, address="192.0.2.1"):
    client = Client(headers={"User-Agent": user_agent}, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    return client


def is_in(client):
    return client.get(reverse("accounts:team")).status_code == 200


def test_the_list_shows_device_address_and_when_it_was_last_seen(head):
    desk, phone = browser(head, FIREFOX), browser(head, PHONE, "198.51.100.7")
    page = desk.get(reverse("usersessions_list")).content.decode()
    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    assert "198.51.100.7" in page
    session = UserSession.objects.get(ip="198.51.100.7")
    assert page.count("This one") == 1
    assert session.session_key == phone.session.session_key


def test_use_is_noted_anew_after_a_minute_and_so_is_another_address(head, monkeypatch):
    desk = browser(head, FIREFOX)
    assert is_in(desk)
    UserSession.objects.update(last_seen_at=LONG_AGO)
    assert is_in(desk)
    assert UserSession.objects.get().last_seen_at == LONG_AGO, "it was noted within this minute"
    monkeypatch.setattr(middleware, "_seen", {})
    assert is_in(desk)
    before = UserSession.objects.get()
    assert (before.ip, before.last_seen_at > LONG_AGO) == ("192.0.2.1", True)
    monkeypatch.setattr(middleware, "_seen", {})
    assert (
        desk.get(reverse("accounts:team"), REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT=PHONE).status_code
        == 200
    )
    after = UserSession.objects.get()
    assert (after.pk, after.ip, after.user_agent) == (before.pk, "203.0.113.9", PHONE)


def test_one_session_is_ended_and_the_others_go_on(head):
    desk, phone, tablet = (
        browser(head, FIREFOX),
        browser(head, PHONE, "198.51.100.7"),
        browser(head, "Opera OPR/1"),
    )
    session = UserSession.objects.get(session_key=phone.session.session_key)
    again = desk.post(reverse("accounts:session_end", args=[session.pk]))
    assert is_in(phone), "a session that was left open ends no others"
    desk.post(again["Location"], {"password": PASSWORD})
    assert [is_in(desk), is_in(phone), is_in(tablet)] == [True, False, True]
    entry = AuditEntry.objects.get(action="session ended")
    assert entry.changes == {"network address": ["198.51.100.7", None]}


def test_all_other_sessions_are_ended_at_once(head):
    desk, others = browser(head, FIREFOX), [browser(head, PHONE), browser(head, "Opera OPR/1")]
    again = desk.post(reverse("usersessions_list"))
    assert all(is_in(other) for other in others)
    desk.post(again["Location"], {"password": PASSWORD})
    assert is_in(desk)
    assert [is_in(other) for other in others] == [False, False]


def test_support_signs_somebody_out_everywhere_and_that_is_recorded(head):
    desk, phone = browser(head, FIREFOX), browser(head, PHONE)
    admin = User.objects.create_superuser("admin@market.example", PASSWORD)
    form = {"action": "sign_out_everywhere", "_selected_action": [head.user.pk]}
    people.signed_in(admin).post(reverse("admin:accounts_user_changelist"), form)
    assert [is_in(desk), is_in(phone)] == [False, False]
    entry = AuditEntry.objects.get(action="sessions ended by support")
    assert (entry.organisation_id, actor_of(entry)) == (head.organisation_id, admin.email)
    assert entry.changes == {"sessions": [2, 0]}


def test_an_installation_may_ask_everybody_for_a_second_factor(head, settings):
    settings.SECOND_FACTOR_FOR_ALL = True
    client = browser(head, FIREFOX)
    page = client.get(reverse("accounts:team"))
    assert (page.status_code, page["Location"]) == (302, reverse("mfa_index"))
    TOTP.activate(head.user, generate_totp_secret())
    assert is_in(client)


def test_a_changed_password_ends_the_other_sessions_is_recorded_and_told(head):
    desk, phone = browser(head, FIREFOX), browser(head, PHONE)
    desk.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert User.objects.get(pk=head.user.pk).check_password(NEW)
    assert (is_in(desk), is_in(phone)) == (True, False)
    assert UserSession.objects.filter(user=head.user).count() == 1
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.organisation_id, actor_of(entry)) == (head.organisation_id, head.email)
    message = people.delivered()[-1]
    assert (message.to, message.subject) == ([head.email], "Your password was changed")
    assert "Firefox/140.0" in message.body
    assert "192.0.2.1" in message.body


def test_a_change_that_can_not_be_recorded_is_not_made(head, monkeypatch):
    client = browser(head, FIREFOX)
    client.raise_request_exception = False
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": "new@netz.example", "action_add": ""})
    link = people.link_in_mail("new@netz.example")

    def broken(**entry):
        raise RuntimeError

    monkeypatch.setattr("accounts.domain.sign_in.chain.record", broken)
    changed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), changed).status_code == 500
    assert client.post(link).status_code == 500
    with pytest.raises(RuntimeError), transaction.atomic():
        TOTP.activate(head.user, generate_totp_secret())
    user = User.objects.get(pk=head.user.pk)
    assert (user.check_password(PASSWORD), user.email) == (True, head.email)
    assert not Authenticator.objects.exists()


def test_a_changed_address_counts_once_its_link_was_opened_and_both_addresses_hear_of_it(head):
    client, before = browser(head, FIREFOX), head.email
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": "new@netz.example", "action_add": ""})
    assert User.objects.get(pk=head.user.pk).email == before
    link = people.link_in_mail("new@netz.example")
    client.post(link)
    assert User.objects.get(pk=head.user.pk).email == "new@netz.example"
    assert as_read(AuditEntry.objects.get(action="email address changed")).changes == {
        "email": [before, "new@netz.example"]
    }
    message = people.delivered()[-1]
    assert (message.to, message.subject) == ([before], "Your email address was changed")
    assert Client().post(reverse("account_login"), {"login": before, "password": PASSWORD}).status_code == 200


def test_the_list_takes_as_many_queries_for_three_sessions_as_for_one(head):
    desk, counts = browser(head, FIREFOX), []
    for _ in range(3):
        desk.get(reverse("usersessions_list"))  # what the navigation counts is kept from now on
        with CaptureQueriesContext(connection) as asked:
            page = desk.get(reverse("usersessions_list"))
        counts.append((len(page.context["sessions"]), len(asked)))
        browser(head, PHONE)
    assert [sessions for sessions, _ in counts] == [1, 2, 3]
    assert len({queries for _, queries in counts}) == 1


def test_sessions_that_ran_out_are_forgotten(head):
    desk, phone = browser(head, FIREFOX), browser(head, PHONE)
    Session.objects.filter(session_key=phone.session.session_key).update(
        expire_date=clock.now() - timedelta(days=1)
    )
    clear_sessions()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [desk.session.session_key]
    assert is_in(desk)


def test_that_a_session_is_in_use_is_noted_once_a_minute_not_with_each_request(head):
    desk = browser(head, FIREFOX)
    desk.get(reverse("notifications:list"))
    with CaptureQueriesContext(connection) as asked:
        desk.get(reverse("accounts:terms", args=["user"]))
    assert not [query["sql"] for query in asked if "usersessions" in query["sql"]]


def test_a_mail_that_could_not_be_sent_is_forgotten_once_support_has_had_time_to_see_it(head):
    Client().post(reverse("account_reset_password"), {"email": head.email})
    waiting = LoginMail.objects.get()
    with clock.set_to(waiting.created_at + timedelta(days=31)):
        forget_given_up_mails()
    assert LoginMail.objects.count() == 1, "one that waits stays"
    LoginMail.objects.update(state=LoginMailState.GIVEN_UP)
    with clock.set_to(waiting.created_at + timedelta(days=30)):
        forget_given_up_mails()
    assert LoginMail.objects.count() == 1
    with clock.set_to(waiting.created_at + timedelta(days=31)):
        forget_given_up_mails()
        forget_given_up_mails()
    assert not LoginMail.objects.exists()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DEMO": "1"}, "False True 0"),
        ({"PRODUCTION": "1", "SECRET_KEY": "k" * 60, "SITE_URL": "https://m.example"}, "True False 0"),
    ],
    ids=["demo", "production"],
)
def test_production_asks_admins_for_a_second_factor_and_believes_no_insecure_origin(environment, told):
    print_them = (
        "from django.conf import settings as s;"
        "print(s.ADMIN_SECOND_FACTOR, s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    )
    plain = {name: value for name, value in os.environ.items() if name not in {"DEMO", "DEBUG", "PRODUCTION"}}
    done = subprocess.run(
        [sys.executable, "-c", print_them],
        env=plain | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == told
