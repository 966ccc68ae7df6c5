"""What programs send that nobody means: characters that no text has, days beyond the calendar, a program as a person."""

import base64
from uuid import uuid4

import pytest
from django.test import Client

from accounts.domain.queries import team_of
from accounts.enums import Role
from api.models import LoggedRequest
from bidding.domain.decisions.two_people import tenures_of
from tests.api.programs import Program, account_holder
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
HALF_A_PAIR, NUL = "\ud800", "\0"
FAR_DAYS = [("0001-01-01", "0001-01-09"), ("9999-12-25", "9999-12-31"), ("1850-01-01", "1850-01-02")]


@pytest.fixture
def provider():
    return Program(account_holder())


@pytest.fixture
def operator():
    return Program(account_holder(base.operator()))


@pytest.mark.parametrize("text", [HALF_A_PAIR, f"a{HALF_A_PAIR}b"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/assets/A1", lambda text: {"name": text}),
        ("/assets/A1", lambda text: {"name": "A", "voltage_kv": text}),
        ("/assets/A1", lambda text: {text: "A"}),
        ("/assets/A1", lambda text: [[{"a": ["b", text]}]]),
        ("/competitions/C1/entry", lambda text: {"state": text}),
    ],
)
def test_a_body_with_half_a_character_pair_is_refused(provider, path, body, text):
    answer = provider.put(path, body(text))
    assert (answer.status_code, answer.json()["code"]) == (400, "request_unreadable")


def test_half_a_pair_as_it_may_stand_in_bytes_is_refused_and_a_whole_pair_is_text(provider):
    sent = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {provider.token}"}}
    asking = Client(raise_request_exception=False)
    half = asking.put("/api/v1/competitions/C1/entry", b'{"state": "\xed\xa0\x80"}', **sent)
    assert (half.status_code, half.json()["code"]) == (400, "request_unreadable")
    whole = asking.put("/api/v1/competitions/C1/entry", b'{"state": "\\ud83d\\ude00"}', **sent)
    assert (whole.status_code, whole.json()["code"]) == (422, "body_invalid")


@pytest.mark.parametrize("text", [HALF_A_PAIR, NUL])
def test_a_cursor_with_a_character_that_no_text_has_is_none(provider, text):
    told = base64.urlsafe_b64encode(
        b'["'
        + text.encode("unicode_escape").replace(b"\\x00", b"\\u0000")
        + b'", "'
        + str(uuid4()).encode()
        + b'"]'
    )
    answer = provider.get(f"/asset-groups?cursor={told.decode().rstrip('=')}")
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_unknown")


@pytest.mark.parametrize(("first", "last"), FAR_DAYS)
@pytest.mark.parametrize("path", ["/performance", "/availability"])
def test_days_beyond_any_service_are_refused(provider, operator, path, first, last):
    for program in (provider, operator):
        answer = program.get(f"{path}?first={first}&last={last}")
        assert (answer.status_code, answer.json()["code"]) == (422, "body_invalid")


@pytest.mark.parametrize("month", ["0001-01-01", "9999-12-01"])
def test_statements_of_no_month_are_refused(provider, month):
    assert provider.get(f"/statements?month={month}").status_code == 422


@pytest.mark.parametrize("pair", [b"client-%00:x", b"client\0:x", b"client-\xed\xa0\x80:x"])
def test_a_client_id_that_no_text_is_gets_no_token(pair):
    answer = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.7").post(
        "/oauth/token",
        {"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_program_is_never_one_of_two_people(operator):
    holder = operator.client.member
    assert Role.BIDS in holder.roles
    assert holder not in team_of(holder)
    assert holder.user_id not in {each.user_id for each in tenures_of(holder)}


def test_the_log_tells_where_a_request_came_from_behind_a_proxy(provider, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    provider.get("/me", **{"X-Forwarded-For": "198.51.100.4"})
    assert LoggedRequest.objects.get(client=provider.client).address == "198.51.100.4"
