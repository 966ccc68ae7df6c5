"""Programs: made by Account, secret shown once, rotated, revoked; what a token may do."""

import base64

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.domain.clients import (
    ClientTerms,
    add_secret,
    change_client,
    create_client,
    end_secret,
    is_within,
    revoke_client,
)
from accounts.domain.queries import members_to_notify, team_of
from accounts.domain.tokens import issue_token
from accounts.enums import Role, Scope
from accounts.models import ApiClient, ApiSecret, ApiToken, Member
from accounts.rules import check_account_stays_held, check_seat_is_free
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed, Refused
from tests.api.programs import Program, account_holder, ask_with, token_of
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
TERMS = ClientTerms("Robot", (Role.BIDS,), (Scope.BIDS_READ,))


@pytest.fixture
def holder():
    return account_holder()


@pytest.fixture
def program(holder):
    return Program(holder)


def test_a_program_takes_no_seat_is_in_no_team_and_gets_no_mail(holder, program):
    assert list(team_of(holder)) == [holder]
    assert set(members_to_notify(holder.organisation_id)) == {holder.user}
    holder.organisation.seats = 2
    check_seat_is_free(holder.organisation, clock.now())
    assert program.client.member.organisation_id == holder.organisation_id


def test_a_program_holds_no_account_and_does_not_count_as_its_holder(holder, program):
    with pytest.raises(Refused, match="can't hold the role Account"):
        create_client(
            by=holder, terms=ClientTerms("Other", (Role.ACCOUNT,), (Scope.BIDS_READ,)), now=clock.now()
        )
    Member.objects.filter(pk=program.client.member_id).update(roles=[Role.ACCOUNT])
    with pytest.raises(Refused, match="must hold the role Account"):
        check_account_stays_held(holder, roles=[])


def test_only_account_makes_programs(holder):
    teammate = base.member(holder.organisation, roles=(Role.BIDS,))
    with pytest.raises(NotAllowed):
        create_client(by=teammate, terms=TERMS, now=clock.now())
    assert not ApiClient.objects.exists()


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (ClientTerms(" ", (), (Scope.BIDS_READ,)), "a name"),
        (ClientTerms("x" * 61, (), (Scope.BIDS_READ,)), "up to 60"),
        (ClientTerms("A", (), ()), "at least one scope"),
        (ClientTerms("A", ("king",), (Scope.BIDS_READ,)), "from the list"),
        (ClientTerms("A", (), ("all:write",)), "from the list"),
        (ClientTerms("A", (), (Scope.BIDS_READ,), ("nowhere",)), "is no address"),
    ],
)
def test_what_a_program_is_must_make_sense(holder, terms, sentence):
    with pytest.raises(Refused, match=sentence):
        create_client(by=holder, terms=terms, now=clock.now())
    assert not ApiClient.objects.exists()


def test_two_programs_have_two_names(holder, program):
    with pytest.raises(Refused, match="already"):
        create_client(by=holder, terms=ClientTerms("ROBOT", (), (Scope.BIDS_READ,)), now=clock.now())


def test_the_secret_is_kept_nowhere_and_the_audit_log_names_program_and_organisation(holder, program):
    stored = ApiSecret.objects.get()
    assert program.secret not in {stored.digest, stored.ending}
    assert ApiToken.objects.get().digest != program.token
    entry = entries_visible_to(holder).first()
    assert entry.action == "program made"
    assert program.secret not in str(entry.changes)
    acts_as = program.client.member.email
    assert acts_as.startswith("robot.")
    assert holder.organisation.code.lower() in acts_as


def test_two_secrets_work_while_one_replaces_the_other(holder, program):
    second = add_secret(by=holder, client=program.client, now=clock.now())
    assert token_of(program.client, program.secret)
    assert token_of(program.client, second.text)
    with pytest.raises(Refused, match="two secrets already"):
        add_secret(by=holder, client=program.client, now=clock.now())
    first = program.client.secrets.order_by("pk").first()
    end_secret(by=holder, client=program.client, secret_id=first.pk, now=clock.now())
    with pytest.raises(Refused, match="belong together"):
        token_of(program.client, program.secret)
    assert program.get("/me").status_code == 401
    assert ask_with(token_of(program.client, second.text), "get", "/me").status_code == 200
    with pytest.raises(Refused, match="only secret"):
        end_secret(
            by=holder, client=program.client, secret_id=program.client.secrets.last().pk, now=clock.now()
        )


def test_a_revoked_program_can_do_nothing_at_once(holder, program):
    assert program.get("/me").status_code == 200
    revoke_client(by=holder, client=program.client, now=clock.now())
    assert program.get("/me").status_code == 401
    with pytest.raises(Refused):
        token_of(program.client, program.secret)
    with pytest.raises(Refused, match="was revoked"):
        change_client(by=holder, client=program.client, terms=TERMS, now=clock.now())


def test_a_scope_that_is_taken_away_is_gone_from_tokens_that_were_given(holder, program):
    assert program.get("/assets").status_code == 200
    change_client(by=holder, client=program.client, terms=TERMS, now=clock.now())
    answer = program.get("/assets")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "assets:read" in answer.json()["detail"]


def test_a_program_comes_only_from_its_addresses(holder):
    program = Program(holder)
    ApiClient.objects.update(addresses=["192.0.2.0/24"])
    answer = program.get("/me")
    assert answer.status_code == 403
    assert "127.0.0.1" in answer.json()["detail"]
    with pytest.raises(NotAllowed):
        token_of(program.client, program.secret)
    assert token_of(program.client, program.secret, "192.0.2.9")


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("192.0.2.7", [], True),
        ("192.0.2.7", ["192.0.2.7/32"], True),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.3.7", ["192.0.2.0/24"], False),
        ("2001:db8::1", ["192.0.2.0/24", "2001:db8::/32"], True),
        ("", ["192.0.2.0/24"], False),
    ],
)
def test_an_address_lies_in_a_network_or_not(address, networks, inside):
    assert is_within(address, networks) is inside


def basic(client_id, secret):
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def test_a_token_is_given_by_basic_and_by_form(program):
    told = {"grant_type": "client_credentials"}
    by_basic = Client().post(
        "/oauth/token", told, headers={"Authorization": basic(program.client.pk, program.secret)}
    )
    by_form = Client().post(
        "/oauth/token", told | {"client_id": program.client.pk, "client_secret": program.secret}
    )
    for answer in (by_basic, by_form):
        body = answer.json()
        assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
        assert answer["Cache-Control"] == "no-store"
        assert ask_with(body["access_token"], "get", "/me").json()["client_id"] == program.client.pk


def test_from_one_address_tokens_are_given_only_so_often(program, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "2/60"}
    told = {
        "grant_type": "client_credentials",
        "client_id": program.client.pk,
        "client_secret": program.secret,
    }
    answers = [Client(REMOTE_ADDR="203.0.113.8").post("/oauth/token", told) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert Client(REMOTE_ADDR="203.0.113.9").post("/oauth/token", told).status_code == 200


def test_a_token_may_be_asked_for_with_fewer_scopes_never_with_more(holder):
    program = Program(holder, scopes=(Scope.ASSETS_READ, Scope.BIDS_READ))
    made = issue_token(
        client_id=program.client.pk,
        secret=program.secret,
        scopes={"assets:read"},
        address="127.0.0.1",
        now=clock.now(),
    )
    assert ask_with(made.text, "get", "/me").json()["scopes"] == ["assets:read"]
    told = {"grant_type": "client_credentials", "scope": "assets:write"}
    answer = Client().post(
        "/oauth/token", told, headers={"Authorization": basic(program.client.pk, program.secret)}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("told", "header", "status", "error"),
    [
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, None, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, "Basic !!!", 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, "Basic bm8=", 401, "invalid_client"),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            None,
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials", "client_id": "x" * 999, "client_secret": "y"},
            None,
            401,
            "invalid_client",
        ),
    ],
)
def test_who_is_unknown_gets_no_token(program, told, header, status, error):
    answer = Client().post("/oauth/token", told, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ApiToken.objects.count() == 1  # the one that the program has


def test_a_token_ends_after_an_hour(program):
    ApiToken.objects.update(ends_at=clock.now())
    answer = program.get("/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_unknown")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def page(holder):
    client = Client()
    client.force_login(holder.user)
    return client


def test_the_secret_is_on_one_page_once(holder):
    client = page(holder)
    answer = client.post(
        reverse("accounts:client_new"),
        {
            "name": "Fleet",
            "roles": ["bids"],
            "scopes": ["bids:read", "bids:write"],
            "addresses": "192.0.2.0/24",
        },
    )
    made = ApiClient.objects.get()
    text = answer.content.decode()
    secret = text.partition("secret-")[2].partition("<")[0]
    assert token_of(made, f"secret-{secret}", "192.0.2.1")
    assert secret not in client.get(reverse("accounts:client", args=[made.pk])).content.decode()
    assert made.addresses == ["192.0.2.0/24"]
    assert "Fleet" in client.get(reverse("accounts:team")).content.decode()
    assert mail.outbox == []


def test_the_program_is_changed_rotated_and_revoked_by_page(holder, program):
    client, pk = page(holder), program.client.pk
    changed = client.post(
        reverse("accounts:client", args=[pk]), {"name": "Robot 2", "roles": [], "scopes": ["market:read"]}
    )
    assert changed.status_code == 302
    second = client.post(reverse("accounts:client_secret_new", args=[pk]))
    assert "secret-" in second.content.decode()
    first = program.client.secrets.order_by("pk").first()
    client.post(reverse("accounts:client_secret_end", args=[pk, first.pk]))
    assert program.client.secrets.filter(ended_at=None).count() == 1
    client.post(reverse("accounts:client_revoke", args=[pk]))
    found = ApiClient.objects.get()
    assert (found.name, found.scopes, found.revoked_at is not None) == ("Robot 2", ["market:read"], True)


def test_another_organisation_does_not_learn_of_a_program(program):
    client = page(account_holder())
    assert client.get(reverse("accounts:client", args=[program.client.pk])).status_code == 404
    assert client.post(reverse("accounts:client_revoke", args=[program.client.pk])).status_code == 404
    assert program.get("/me").status_code == 200
