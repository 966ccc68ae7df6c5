"""What holds for every operation: problems, ids, ETags, keys, paging, dry runs, rates, the log."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Scope
from api import codes
from api.log import forget_old
from api.management.commands.api_codes import own_packages, sentences
from api.models import KeptAnswer, LoggedRequest
from api.operations import operations
from api.problems import OF_REQUESTS
from api.v1.api import api
from marketplace import clock
from marketplace.errors import NotAllowed, Refused
from marketplace.retention.removal import remove_due
from qualification.models import Asset
from tests.accounts.people import own_cache
from tests.api.programs import Program, account_holder, ask_with
from tests.qualification import market as base
from tests.support.apps import PACKAGES, ROOT

pytestmark = pytest.mark.django_db
ASSET = {
    "name": "Riverside battery",
    "status": "operational",
    "category": "storage",
    "asset_type": "Battery",
    "voltage_kv": "11",
    "latitude": "55.9445",
    "longitude": "-3.0463",
    "generation_turn_up_mw": "1.5",
}


@pytest.fixture
def holder():
    return account_holder()


@pytest.fixture
def program(holder):
    return Program(holder)


def is_problem(answer, status, code):
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert answer["Content-Type"] == "application/problem+json"
    assert told["status"] == status
    assert told["type"].endswith(f"/api/problems/#{code}")
    assert told["detail"]
    return told


def test_whoever_comes_without_a_token_is_told_so(program):
    answer = ask_with(None, "get", "/me")
    is_problem(answer, 401, "token_missing")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    is_problem(ask_with("token-nobody-has", "get", "/me"), 401, "token_unknown")


def test_a_session_opens_nothing_of_the_api(holder):
    client = Client()
    client.force_login(holder.user)
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nothing", 404, "not_found"),
        ("get", "/competitions/none", 404, "not_found"),
        ("delete", "/me", 405, "method_not_allowed"),
        ("get", "/assets?limit=501", 422, "body_invalid"),
        ("get", "/assets?limit=no", 422, "body_invalid"),
        ("get", "/assets?cursor=none", 422, "cursor_unknown"),
        ("get", "/assets?group=%00", 400, "request_unreadable"),
        ("get", "/assets?updated_since=2026-01-01", 422, "body_invalid"),
    ],
)
def test_every_refusal_is_a_problem_with_a_code(program, method, path, status, code):
    is_problem(getattr(program, method)(path), status, code)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "body_not_json"),
        ('{"name": NaN}', "application/json", 400, "body_not_json"),
        ("[" * 100_000, "application/json", 400, "body_not_json"),
        ("name=x", "application/x-www-form-urlencoded", 415, "content_type_unknown"),
        ("[]", "application/json", 422, "body_invalid"),
        ("9" * 5000, "application/json", 400, "body_not_json"),
        ("[" + "1," * 250_001 + "1]", "application/json", 413, "body_too_large"),
        ('"' + "x" * 10_500_000 + '"', "application/json", 413, "body_too_large"),
    ],
)
def test_a_body_that_can_not_be_meant_is_refused(program, body, content_type, status, code):
    sent = {"Authorization": f"Bearer {program.token}"}
    answer = Client().put("/api/v1/assets/A", body, content_type=content_type, headers=sent)
    is_problem(answer, status, code)
    assert not Asset.objects.exists()


def test_all_errors_come_at_once_each_with_its_place(program):
    told = is_problem(
        program.put(
            "/assets/A", ASSET | {"voltage_kv": "12.345678", "latitude": "999", "generation_turn_up_mw": "-1"}
        ),
        422,
        "asset_voltage_kv",
    )
    assert {each["pointer"] for each in told["errors"]} >= {
        "/voltage_kv",
        "/latitude",
        "/generation_turn_up_mw",
    }
    assert all(each["detail"] and each["code"] for each in told["errors"])
    of_schema = is_problem(program.put("/assets/A", {"nme": "x", "status": "gone"}), 422, "body_invalid")
    assert {"/nme", "/status", "/name", "/voltage_kv"} <= {each["pointer"] for each in of_schema["errors"]}


@pytest.mark.parametrize("name", ["a\x00b", "a\u202eb", "a\nb", "x" * 301])
def test_text_is_checked_as_in_every_form(program, name):
    told = is_problem(program.put("/assets/A", ASSET | {"name": name}), 422, "body_invalid")
    assert [each["pointer"] for each in told["errors"]] == ["/name"]


def test_a_float_is_no_amount(program):
    told = is_problem(program.put("/assets/A", ASSET | {"voltage_kv": 11.1}), 422, "body_invalid")
    assert "as a text" in told["errors"][0]["detail"]


def test_every_answer_has_a_request_id_that_the_log_knows(program):
    answer = program.get("/competitions/none")
    logged = LoggedRequest.objects.latest("at")
    assert answer["X-Request-ID"] == str(logged.pk)
    assert (logged.status, logged.code, logged.path) == (404, "not_found", "/api/v1/competitions/none")
    assert ask_with(None, "get", "/me")["X-Request-ID"]


def test_what_is_known_is_not_sent_again(program):
    program.put("/assets/A", ASSET)
    first = program.get("/assets/A")
    again = program.get("/assets/A", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    program.put("/assets/A", ASSET | {"name": "Other"})
    assert program.get("/assets/A", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_a_change_of_what_was_changed_meanwhile_is_refused_with_what_is_there(program):
    read = program.put("/assets/A", ASSET)
    program.put("/assets/A", ASSET | {"name": "Meanwhile"})
    told = is_problem(
        program.put("/assets/A", ASSET | {"name": "Mine"}, **{"If-Match": read["ETag"]}),
        412,
        "changed_meanwhile",
    )
    assert told["present"]["name"] == "Meanwhile"
    present = program.get("/assets/A")
    done = program.put("/assets/A", ASSET | {"name": "Mine"}, **{"If-Match": present["ETag"]})
    assert done.json()["name"] == "Mine"


def test_a_change_of_what_is_not_there_any_more_is_refused(program):
    told = is_problem(program.put("/assets/A", ASSET, **{"If-Match": '"x"'}), 412, "changed_meanwhile")
    assert told["present"] is None
    assert not Asset.objects.exists()


def test_putting_twice_is_doing_once(program):
    first, second = program.put("/assets/A", ASSET), program.put("/assets/A", ASSET)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_dry_run_answers_as_it_would_and_saves_nothing(program):
    answer = program.put("/assets/A?dry_run=true", ASSET, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer["Dry-Run"], answer.json()["name"]) == (
        201,
        "true",
        "Riverside battery",
    )
    assert not Asset.objects.exists()
    assert not KeptAnswer.objects.exists()
    is_problem(program.put("/assets/A?dry_run=perhaps", ASSET), 422, "body_invalid")


def test_a_key_is_answered_as_the_first_time_and_serves_no_other_request(program):
    first = program.put("/assets/A", ASSET, **{"Idempotency-Key": "k-1"})
    again = program.put("/assets/A", ASSET, **{"Idempotency-Key": "k-1"})
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    is_problem(program.put("/assets/B", ASSET, **{"Idempotency-Key": "k-1"}), 422, "key_reused")
    is_problem(program.put("/assets/B", ASSET, **{"Idempotency-Key": "two words"}), 422, "key_unusable")
    assert [each.ref for each in Asset.objects.all()] == ["A"]


def test_what_was_refused_is_tried_anew_under_the_same_key(program):
    program.put("/assets/A", ASSET | {"voltage_kv": "0"}, **{"Idempotency-Key": "k"})
    program.put("/assets/A", ASSET | {"voltage_kv": "0"}, **{"Idempotency-Key": "k"})
    assert not KeptAnswer.objects.exists()


def test_a_key_of_another_program_is_another_key(holder, program):
    other = Program(holder, name="Other")
    program.put("/assets/A", ASSET, **{"Idempotency-Key": "k"})
    answer = other.put("/assets/B", ASSET, **{"Idempotency-Key": "k"})
    assert answer.status_code == 201


def test_an_old_key_and_old_requests_are_forgotten(program):
    program.put("/assets/A", ASSET, **{"Idempotency-Key": "k"})
    now = clock.now()
    forget_old(now + timedelta(hours=47))
    assert KeptAnswer.objects.exists()
    forget_old(now + timedelta(hours=49))
    assert not KeptAnswer.objects.exists()
    remove_due(now + timedelta(days=29))
    assert LoggedRequest.objects.exists()
    remove_due(now + timedelta(days=31))
    assert not LoggedRequest.objects.exists()


def test_a_list_comes_in_parts_each_row_once(holder, program):
    for number in range(5):
        base.asset(holder.organisation, ref=f"A{number}")
    refs, cursor = [], None
    for _ in range(4):
        told = program.get(f"/assets?limit=2{f'&cursor={cursor}' if cursor else ''}").json()
        refs += [each["ref"] for each in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
        if not Asset.objects.filter(ref="A00").exists():  # added meanwhile, before the place of the cursor
            base.asset(holder.organisation, ref="A00")
    assert refs == ["A0", "A1", "A2", "A3", "A4"]


def test_beyond_the_rate_a_program_is_told_when_to_go_on(program, settings):
    settings.CACHES = own_cache()
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"program": "2/60"}
    answers = [program.get("/me") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    is_problem(answers[-1], 429, "too_many_requests")
    assert answers[-1]["Retry-After"] == "60"


def test_heavy_operations_have_a_rate_of_their_own(program, settings):
    settings.CACHES = own_cache()
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"program_heavy": "1/60"}
    batch = {"items": [ASSET | {"ref": "A"}]}
    assert [program.put("/assets", batch).status_code for _ in range(2)] == [200, 429]
    assert program.get("/me").status_code == 200


def test_the_log_is_shown_to_account_of_the_own_organisation_alone(holder, program):
    program.get("/me")
    client, stranger = Client(), Client()
    client.force_login(holder.user)
    stranger.force_login(account_holder().user)
    assert "/api/v1/me" in client.get(reverse("api:requests")).content.decode()
    assert "/api/v1/me" not in stranger.get(reverse("api:requests")).content.decode()


def test_the_log_is_searched_by_address_problem_and_request_id_and_narrowed_to_refusals(holder, program):
    taken, refused = program.get("/me"), program.get("/assets/NONE")
    client = Client()
    client.force_login(holder.user)

    def shown(**query):
        page = client.get(reverse("api:requests"), query).content.decode()
        return [path for path in ("/api/v1/me", "/api/v1/assets/NONE") if f">{path}<" in page]

    assert shown() == ["/api/v1/me", "/api/v1/assets/NONE"]
    assert shown(answer="refused") == shown(search="not_found") == ["/api/v1/assets/NONE"]
    assert shown(answer="taken") == shown(search=taken["X-Request-ID"]) == ["/api/v1/me"]
    assert shown(search="nothing of the kind") == []
    whole = client.get(reverse("api:requests")).content.decode()
    assert refused["X-Request-ID"] in whole
    assert "invalid name" not in whole


def test_what_the_schema_refuses_is_told_with_its_place_and_how_much_there_is(program):
    bids = [{"window": "Evening"}] * 3
    problem = is_problem(program.put("/competitions/C1/ballots/1", {"bids": bids}), 422, "body_invalid")
    assert problem["detail"].endswith("/bids/0/window: There is no such field.")
    assert "/bids/0/window_id: This must be given." in problem["detail"]
    assert problem["detail"].startswith(f"{len(problem['errors'])} errors.")


def test_a_break_is_a_problem_and_saves_nothing(program, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.v1.assets.asset_shape", broken)
    answer = program.put("/assets/A", ASSET)
    is_problem(answer, 500, "broken")
    assert "secret detail" not in answer.content.decode()
    assert not Asset.objects.exists()


def test_the_description_is_valid_openapi_3_1_and_names_every_operation(client):
    from openapi_spec_validator import (
        OpenAPIV31SpecValidator,
    )  # which takes longer to import than all else here

    schema = client.get("/api/v1/openapi.json").json()
    OpenAPIV31SpecValidator(schema).validate()
    described = {each["operationId"] for path in schema["paths"].values() for each in path.values()}
    assert described == set(operations)
    assert schema == json.loads(json.dumps(api.get_openapi_schema()))


def test_every_operation_declares_a_scope_and_a_summary():
    without = [
        each.id
        for each in operations.values()
        if each.declared.scope not in Scope.values
        and not each.declared.by_kind
        and each.id != "me"
        and not each.path.startswith("/webhooks")  # whose kinds ask for scopes
    ]
    assert without == []


def test_the_pages_about_the_api_list_every_operation_and_every_code(client):
    docs = client.get(reverse("api:docs")).content.decode()
    assert all(f'id="{each}"' in docs for each in operations)
    problems = client.get(reverse("api:problems")).content.decode()
    assert all(f'id="{each}"' in problems for each in OF_REQUESTS)
    assert all(f'id="{each.code}"' in problems for each in codes.rules())
    assert client.get(reverse("api:changelog")).status_code == 200


def test_the_first_calls_are_made_with_the_address_of_this_site(holder, settings):
    settings.SITE_URL = "https://flex.example"
    client = Client()
    client.force_login(holder.user)
    page = client.get(reverse("api:programs")).content.decode()
    assert "https://flex.example/oauth/token" in page


def test_every_sentence_of_a_rule_has_a_code_and_every_code_a_sentence():
    said, known = set(sentences(ROOT)), {each.sentence for each in codes.rules()}
    assert said - known == set(), "run manage.py api_codes"
    assert own_packages(ROOT) == list(PACKAGES)
    assert known - said == set(), "give the code of this sentence in api/rule_codes.toml to what is said now"


def test_codes_are_unique_and_found_by_the_sentence_that_is_said():
    listed = [each.code for each in codes.rules()]
    assert len(set(listed)) == len(listed)
    assert not set(listed) & set(OF_REQUESTS)
    assert codes.code_of(Refused("Bidding in ABC_1 has not opened yet.")) == "bidding_in_has_not_opened_yet"
    assert codes.code_of(NotAllowed("Something of its own.")) == codes.NOT_ALLOWED
    assert codes.code_of(Refused("Something of its own.")) == codes.REFUSED
