"""What attackers try at the doors: each attempt is refused, changes nothing, and learns nothing."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain.registration import invitation_token
from accounts.integration.system_checks import check_whose_address_counts
from accounts.models import Invitation, LoginMail, Member, Organisation, User
from tests.accounts import people
from tests.accounts.people import NOW, PASSWORD, WEEK

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example/",
    "http://evil.example\\@testserver/",
    "/\t/evil.example/",
]


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    settings.CACHES = people.own_cache()


@pytest.fixture
def head():
    return people.operator()


def forms_of(email):
    """Each door and what somebody who wants to know whether the address has a login fills in."""
    return {
        "account_login": {"login": email, "password": "not the password"},
        "account_reset_password": {"email": email},
        "account_signup": {
            "email": email,
            "password1": "salmon on a bicycle",
            "password2": "salmon on a bicycle",
        },
    }


def tried(door, email):
    return Client().post(reverse(door), forms_of(email)[door])


def shown(door, email):
    """Everything a visitor sees, with what they typed and what is new each time taken out."""
    client = Client()
    answer = client.post(reverse(door), forms_of(email)[door])
    page = client.get(answer.headers["Location"]) if answer.status_code == 302 else answer
    text = re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken": ")="?[^"]+', "", page.content.decode())
    text = re.sub(r'"X-CSRFToken": "[^"]+"', "", text)
    return (
        answer.status_code,
        answer.headers.get("Location"),
        sorted(client.cookies),
        text.replace(email, "…"),
    )


@pytest.mark.parametrize("door", ["account_login", "account_reset_password", "account_signup"])
def test_a_page_does_not_say_whether_an_address_has_a_login(head, door):
    User.objects.filter(pk=people.teammate(head, name="gone").user.pk).update(is_active=False)
    known, unknown = shown(door, head.email), shown(door, "nobody@elsewhere.example")
    assert known == unknown
    assert shown(door, "gone@netz.example") == unknown


@pytest.mark.parametrize("door", ["account_login", "account_reset_password", "account_signup"])
def test_a_page_does_the_same_work_whether_or_not_an_address_has_a_login(head, door, monkeypatch):
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *values: hashed.append(1) or encode(self, *values)
    )
    tried(door, "somebody@elsewhere.example")
    work, queries = {}, {}
    for email in [head.email, "nobody@elsewhere.example"]:
        hashed.clear()
        waiting = LoginMail.objects.count()
        with CaptureQueriesContext(connection) as asked:
            tried(door, email)
        work[email] = (len(hashed), LoginMail.objects.count() - waiting)
        queries[email] = len(asked)
    assert work[head.email] == work["nobody@elsewhere.example"]
    assert (
        work[head.email]
        == {"account_login": (1, 0), "account_signup": (1, 1), "account_reset_password": (0, 1)}[door]
    )
    assert abs(queries[head.email] - queries["nobody@elsewhere.example"]) <= (
        3 if door == "account_signup" else 1
    )
    assert mail.outbox == [], "no page speaks to a mail server"


HASH_SECONDS = 0.03
"""What a real hash takes at least."""


@pytest.mark.parametrize("door", ["account_login", "account_reset_password", "account_signup"])
def test_a_page_takes_as_long_whether_or_not_an_address_has_a_login(door, settings, monkeypatch):
    """In the work of the request's own thread, with each hash as slow as real ones are: other load does not count."""
    settings.ACCOUNT_RATE_LIMITS = False
    head = people.operator()
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *values: hashed.append(1) or encode(self, *values)
    )
    took = {True: [], False: []}
    for turn in range(16):
        for known in [True, False]:
            email = head.email if known else f"nobody{turn}@elsewhere.example"
            hashed.clear()
            began = time.thread_time()
            tried(door, email)
            took[known].append(time.thread_time() - began + HASH_SECONDS * len(hashed))
    known, unknown = (min(took[each]) for each in (True, False))
    assert abs(known - unknown) < 0.02, (known, unknown)


def test_adding_the_address_of_somebody_else_to_ones_login_tells_nothing_and_takes_nothing(head):
    other = people.operator("OTHER")
    client = people.signed_in(head)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for email in [other.email, "nobody@elsewhere.example"]:
        answer = client.post(reverse("account_email"), {"email": email, "action_add": ""})
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("account_email"))
    assert EmailAddress.objects.get(email=other.email).user == other.user
    assert User.objects.get(pk=head.user.pk).email == head.email


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_and_out_never_leads_to_another_site(head, target):
    client = Client()
    answer = client.post(
        reverse("account_login"), {"login": head.email, "password": PASSWORD, "next": target}
    )
    assert answer.headers["Location"] == "/"
    confirmed = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": target})
    assert confirmed.headers["Location"].startswith("/")
    assert "evil" not in confirmed.headers["Location"]
    out = client.post(reverse("account_logout"), {"next": target})
    assert out.headers["Location"] == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(head):
    form = {"login": head.email, "password": PASSWORD, "next": reverse("accounts:team")}
    assert Client().post(reverse("account_login"), form).headers["Location"] == reverse("accounts:team")


@pytest.mark.parametrize("door", ["account_reset_password", "account_signup"])
def test_links_in_mails_name_the_configured_site_whatever_host_is_claimed(head, door, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://market.example"
    for headers in [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}]:
        for email in [head.email, f"new{len(headers)}@elsewhere.example"]:
            Client().post(reverse(door), forms_of(email)[door], headers=headers)
    messages = people.delivered()
    assert messages
    for message in messages:
        texts = [message.body, *(part for part, _ in message.alternatives)]
        assert all("https://market.example/" in text and "evil.example" not in text for text in texts)


def test_a_link_to_a_new_password_works_once_and_ends_every_session(head):
    open_session = people.signed_in(head)
    open_session.get("/")
    Client().post(reverse("account_reset_password"), {"email": head.email})
    link = people.link_in_mail(head.email)
    new = {"password1": "salmon on a bicycle", "password2": "salmon on a bicycle"}
    client = Client()
    client.post(client.get(link).headers["Location"], new)
    assert User.objects.get(pk=head.user.pk).check_password(new["password1"])
    assert open_session.get(reverse("accounts:team")).status_code == 302
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()
    assert any(message.subject == "Your password was changed" for message in people.delivered())


def test_fields_that_a_form_does_not_have_make_nobody_an_admin():
    client = Client()
    more = {
        "is_staff": "on",
        "is_superuser": "1",
        "is_active": "1",
        "roles": "account",
        "kind": "so",
        "member": "1",
    }
    client.post(reverse("account_signup"), forms_of("new@tidal.example")["account_signup"] | more)
    user = User.objects.get(email="new@tidal.example")
    assert (user.is_staff, user.is_superuser) == (False, False)
    EmailAddress.objects.filter(user=user).update(verified=True)
    company = {
        "name": "Tidal Batteries Ltd",
        "code": "TIDAL",
        "country": "GB",
        "company_number": "SC1",
        "registered_address": "1 Harbour Road",
        "contact_name": "Ann",
        "contact_email": "ann@tidal.example",
        "contact_phone": "0131",
        "accept_user_terms": "on",
        "accept_service_terms": "on",
    }
    client = people.signed_in(user)
    client.post(reverse("accounts:company"), company | {"kind": "so", "seats": "900", "id": "1"})
    organisation = Organisation.objects.get(code="TIDAL")
    assert (organisation.kind, organisation.seats) == ("fsp", 8)


def test_fields_that_an_invitation_does_not_have_give_no_role_and_no_other_organisation(head):
    other = people.operator("OTHER")
    invited = people.invited(head, roles=("procurement",))
    more = {"roles": ["account", "bids"], "organisation": str(other.organisation_id), "is_staff": "on"}
    people.joins(Client(), f"/invitation/{invitation_token(invited)}/", **more, email="else@operator.example")
    member = Member.objects.get(user__email=invited.email)
    assert (member.roles, member.organisation, member.user.is_staff) == (
        ["procurement"],
        head.organisation,
        False,
    )


def test_an_invitation_is_of_no_use_twice_late_withdrawn_or_altered(head):
    invited = people.invited(head)
    link = f"/invitation/{invitation_token(invited)}/"
    assert people.joins(Client(), link, at=NOW + WEEK).status_code == 409
    assert people.joins(Client(), link[:-3] + "xx/").status_code == 409
    assert people.joins(Client(), link).status_code == 302
    assert people.joins(Client(), link, name="Mallory").status_code == 409
    withdrawn = people.invited(head, "other@operator.example")
    Invitation.objects.filter(pk=withdrawn.pk).update(withdrawn_at=NOW)
    assert people.joins(Client(), f"/invitation/{invitation_token(withdrawn)}/").status_code == 409
    assert Member.objects.count() == 2
    assert not User.objects.filter(name="Mallory").exists()


def test_sessions_of_others_are_neither_shown_nor_ended(head):
    mate = people.operator("OTHER")
    theirs = Client(headers={"User-Agent": "Firefox/1 (Windows)"})
    theirs.post(reverse("account_login"), {"login": mate.email, "password": PASSWORD})
    session = UserSession.objects.get(user=mate.user)
    ours = people.signed_in(head)
    assert ours.post(reverse("accounts:session_end", args=[session.pk])).status_code == 404
    assert "Firefox on Windows" not in ours.get(reverse("usersessions_list")).content.decode()
    assert theirs.get(reverse("accounts:team")).status_code == 200


@pytest.mark.parametrize(
    ("door", "form", "tries", "wait"),
    [
        ("account_login", {"login": "a@b.example", "password": "guess"}, 5, "5 minutes"),
        ("account_reset_password", {"email": "a@b.example"}, 5, "one minute"),
        ("account_signup", {"email": "a@b.example"}, 20, "one minute"),
    ],
)
def test_trying_on_and_on_ends_at_a_page_that_says_when_to_try_again(door, form, tries, wait):
    answers = [Client().post(reverse(door), form) for _ in range(tries + 1)]
    assert {answer.status_code for answer in answers[:-1]} <= {200, 302}
    last = answers[-1]
    assert last.status_code == 429
    page = last.content.decode()
    assert f"Try again in {wait}" in page
    assert "Flexibility marketplace" in page
    assert int(last.headers["Retry-After"]) in {60, 300}


def test_inviting_is_limited_for_each_member(head):
    head.organisation.seats = 100
    head.organisation.save()
    client = people.signed_in(head)
    for number in range(30):
        client.post(reverse("accounts:team_invite"), {"email": f"p{number}@b.example", "roles": ["bids"]})
    refused = client.post(reverse("accounts:team_invite"), {"email": "more@b.example", "roles": ["bids"]})
    assert refused.status_code == 429
    assert "Try again in one hour" in refused.content.decode()
    assert Invitation.objects.count() == 30


def test_a_made_up_forwarded_address_gives_no_new_tries(head):
    for number in range(12):
        answer = Client().post(
            reverse("account_login"),
            {"login": f"p{number}@b.example", "password": "guess"},
            headers={"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"},
        )
    assert answer.status_code == 429


def test_behind_a_proxy_of_ones_own_the_address_that_it_added_counts(head, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    form = {"login": head.email, "password": PASSWORD}
    Client().post(reverse("account_login"), form, headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert UserSession.objects.get(user=head.user).ip == "198.51.100.7"


def test_the_operator_is_warned_when_everybody_would_share_the_address_of_a_proxy(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert [warning.id for warning in check_whose_address_counts(None)] == ["accounts.W001"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert check_whose_address_counts(None) == []


@pytest.mark.parametrize(
    "password", ["1qaz2wsx3edc", "Qwerty123456", "iloveyou1234", "short-1", "123456789012345"]
)
def test_weak_and_breached_passwords_are_refused_in_words(password):
    page = Client().post(
        reverse("account_signup"),
        {"email": "new@tidal.example", "password1": password, "password2": password},
    )
    said = page.context["form"].errors["password1"]
    assert not User.objects.exists()
    if len(password) >= 12 and not password.isdigit():
        assert said == [
            "This password became known in a data breach, so attackers try it first. Choose another one."
        ]


def test_a_deactivated_member_is_signed_out_for_good_even_when_let_back_in_at_once(head):
    mate = people.teammate(head, "procurement")
    theirs = people.signed_in(mate)
    theirs.get("/")
    ours = people.signed_in(head)
    ours.post(reverse("accounts:team_deactivate", args=[mate.pk]))
    ours.post(reverse("accounts:team_reactivate", args=[mate.pk]))
    assert theirs.get(reverse("competitions:areas")).status_code == 302


def test_no_invitation_can_be_made_with_a_role_that_does_not_exist(head):
    client = people.signed_in(head)
    answer = client.post(reverse("accounts:team_invite"), {"email": "a@b.example", "roles": ["superuser"]})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()
