"""What is logged of security: signing in, failing to, and what was refused; never what was typed."""

import json
import os
import subprocess
import sys

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from accounts.domain.registration import invitation_token
from marketplace.web.security_log import mark_of
from tests.accounts import people
from tests.accounts.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    settings.CACHES = people.own_cache()


def logged(do):
    with capture_logs() as entries:
        do()
    return [
        each
        for each in entries
        if each["event"] in {"signed_in", "signed_out", "sign_in_failed", "refused", "try_failed"}
    ]


def test_signing_in_and_out_is_logged_with_who_from_where_and_how():
    head, client = people.operator(), Client(REMOTE_ADDR="198.51.100.7")
    form = {"login": head.email, "password": PASSWORD}
    [entry] = logged(lambda: client.post(reverse("account_login"), form))
    assert (entry["event"], entry["user"], entry["address"]) == (
        "signed_in",
        str(head.user.pk),
        "198.51.100.7",
    )
    assert entry["steps"] == ["password"]
    [entry] = logged(lambda: client.post(reverse("account_logout")))
    assert (entry["event"], entry["user"]) == ("signed_out", str(head.user.pk))


def test_a_wrong_password_is_logged_by_a_mark_and_without_what_was_typed():
    head = people.operator()
    form = {"login": head.email, "password": "not the password"}
    entries = logged(lambda: Client().post(reverse("account_login"), form))
    assert entries[0]["event"] == "sign_in_failed"
    assert entries[0]["login"] == mark_of(head.email.upper())
    told = json.dumps(entries, default=str)
    assert head.email not in told
    assert "not the password" not in told


def test_a_wrong_code_is_logged():
    head, client = people.operator(), Client()
    TOTP.activate(head.user, generate_totp_secret())
    client.post(reverse("account_login"), {"login": head.email, "password": PASSWORD})
    [entry] = logged(lambda: client.post(reverse("mfa_authenticate"), {"code": "000000"}))
    assert (entry["event"], entry["view"]) == ("try_failed", "mfa_authenticate")


def test_too_many_tries_are_logged():
    def guess():
        for _ in range(8):
            Client().post(reverse("account_login"), {"login": "a@b.example", "password": "guess"})

    assert 429 in [each.get("status") for each in logged(guess)]


def test_what_is_refused_or_hidden_is_logged_with_who_asked():
    head, mate = people.operator(), people.provider()
    plain = people.signed_in(people.teammate(head))
    [entry] = logged(lambda: plain.post(reverse("accounts:team_invite"), {"email": "x@y.example"}))
    assert (entry["event"], entry["status"], entry["view"]) == ("refused", 403, "accounts:team_invite")
    other = people.signed_in(mate)
    [entry] = logged(lambda: other.get(reverse("competitions:areas")))
    assert (entry["status"], entry["user"]) == (404, str(mate.user.pk))


def test_a_form_of_another_site_is_logged():
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.operator().user, backend="allauth.account.auth_backends.AuthenticationBackend")
    [entry] = logged(lambda: client.post(reverse("accounts:team_invite"), {"email": "x@y.example"}))
    assert entry["status"] == 403


def test_the_secret_of_a_link_is_not_logged():
    head = people.operator()
    invitation = people.invited(head)
    token = invitation_token(invitation)
    link = reverse("accounts:invitation", args=[token])
    client = Client(enforce_csrf_checks=True)
    entries = logged(lambda: client.post(link, {}))
    assert entries
    assert token not in json.dumps(entries, default=str)


def test_what_visitors_do_not_find_is_not_logged():
    assert logged(lambda: Client().get("/nowhere/")) == []


def test_every_log_line_is_one_json_object_with_time_level_and_logger_also_against_line_breaks():
    program = (
        "import django; django.setup(); import logging, structlog;"
        "structlog.get_logger('security').warning('refused', view='a\\n{\"event\": \"forged\"}');"
        "logging.getLogger('django.request').error('boom\\nforged')"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "marketplace.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    ours, theirs = (json.loads(line) for line in done.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["logger"]) == ("refused", "warning", "security")
    assert theirs["event"] == "boom\nforged"
    assert ours["timestamp"].endswith("Z")
    assert theirs["timestamp"].endswith("Z")
