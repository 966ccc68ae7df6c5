"""Files by program: sent, checked, applied; made and fetched; by the rights that hold at that moment."""

from uuid import UUID

import pytest
from django.test import Client

from accounts.enums import Role, Scope
from api.v1.file_scopes import MADE, NOT_FOR_PROGRAMS, UPLOADS
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from qualification.models import Asset
from tests.api.programs import Program, account_holder
from tests.api.sent_files import KIND, checked, send
from tests.qualification import market as base
from tests.support.asset_files import GOOD, workbook

pytestmark = pytest.mark.django_db
BAD = GOOD | {"Asset Ref": "BAD", "Voltage Level (kV)": "many"}


@pytest.fixture(autouse=True)
def _inline():
    with run_jobs_inline():
        yield


@pytest.fixture
def holder():
    return account_holder()


@pytest.fixture
def program(holder):
    return Program(holder)


def test_a_workbook_is_checked_looked_at_and_applied_once(program):
    told = checked(program, workbook([GOOD, BAD]))
    assert (told["state"], told["counts"]["create"], told["counts"]["errors"]) == ("checked", 1, 1)
    assert told["sent"]["name"] == "assets.xlsx"
    assert not Asset.objects.exists()
    path = f"/jobs/{told['id']}"
    told_problems = program.get(f"{path}/problems").json()["items"]
    [problem] = [each for each in told_problems if each["level"] == "error"]
    assert (problem["sheet"], problem["row"], problem["column"], problem["value"]) == (
        "Assets",
        3,
        "Voltage Level (kV)",
        "many",
    )
    assert problem["detail"]
    changes = {each["unit"]: each["action"] for each in program.get(f"{path}/changes").json()["items"]}
    assert changes["BAT-1"] == "create"
    assert program.post(f"{path}/apply").json()["state"] == "apply_queued"
    assert program.post(f"{path}/apply").status_code == 200
    run_now(UUID(told["id"]))
    assert program.get(path).json()["result"]["create"] == 1
    assert [each.ref for each in Asset.objects.all()] == ["BAT-1"]


def test_the_page_shows_what_the_program_sent(holder, program):
    told = checked(program, workbook([GOOD]))
    browser = Client()
    browser.force_login(holder.user)
    assert browser.get(f"/jobs/{told['id']}/").status_code == 200
    assert Job.objects.get().requested_by_email == program.client.member.email


def test_a_discarded_file_is_applied_no_more(program):
    told = checked(program, workbook([GOOD]))
    assert program.post(f"/jobs/{told['id']}/discard").json()["state"] == "discarded"
    assert program.post(f"/jobs/{told['id']}/apply").status_code == 422
    assert not Asset.objects.exists()


def test_problems_come_in_parts(program):
    told = checked(program, workbook([BAD | {"Asset Ref": f"B{number}"} for number in range(5)]))
    first = program.get(f"/jobs/{told['id']}/problems?limit=3").json()
    rest = program.get(f"/jobs/{told['id']}/problems?limit=3&cursor={first['next']}").json()
    assert [each["row"] for each in first["items"] + rest["items"]] == [2, 3, 4, 5, 6]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [("assets.csv", b"a", "type"), ("assets.xlsx", b"", "empty")],
)
def test_a_file_of_another_type_or_an_empty_one_is_refused(program, name, data, sentence):
    answer = send(program, data, name=name)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert not Job.objects.exists()


def test_a_form_without_a_file_and_another_body_are_refused(program):
    headers = {"Authorization": f"Bearer {program.token}"}
    answer = Client().post(f"/api/v1/files/{KIND}", {"x": "y"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "body_invalid")
    assert program.post(f"/files/{KIND}", {}).json()["code"] == "content_type_unknown"
    broken = Client().post(f"/api/v1/files/{KIND}", b"x", content_type="multipart/form-data", headers=headers)
    assert broken.status_code == 400


def test_the_same_file_under_the_same_key_is_one_job(program):
    data = workbook([GOOD])
    first, again = send(program, data, key="k"), send(program, data, key="k")
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert Job.objects.count() == 1
    assert send(program, workbook([BAD]), key="k").json()["code"] == "key_reused"
    assert send(program, data, key="k", more="x").json()["code"] == "key_reused"


def test_a_dry_run_keeps_no_file(program):
    assert send(program, workbook([GOOD]), query="?dry_run=true").status_code == 201
    assert not Job.objects.exists()


def test_a_kind_needs_its_scope_its_role_and_its_side(holder):
    blind = Program(holder, scopes=(Scope.ASSETS_READ,), name="Blind")
    idle = Program(holder, roles=(Role.BIDS,), name="Idle")
    assert send(blind, b"x").json()["code"] == "scope_missing"
    assert send(idle, workbook([GOOD])).status_code == 403
    assert send(Program(holder), b"x", kind="bidding.decisions").status_code == 404
    assert send(Program(holder, name="Two"), b"x", kind="accounts.operating_area").status_code == 404
    assert not Job.objects.exists()


def test_jobs_are_seen_by_ones_own_organisation_with_scope_and_role_alone(holder, program):
    told = checked(program, workbook([GOOD]))
    path = f"/jobs/{told['id']}"
    others = {
        "rival": Program(account_holder(base.provider("Rival"))),
        "blind": Program(holder, scopes=(Scope.BIDS_READ,), name="Blind"),
        "idle": Program(holder, roles=(Role.BIDS,), name="Idle"),
    }
    statuses = {
        who: {
            each.get(path).status_code,
            each.get(f"{path}/original").status_code,
            each.post(f"{path}/apply").status_code,
        }
        for who, each in others.items()
    }
    assert statuses == {"rival": {404}, "blind": {404}, "idle": {403}}
    assert all(each.get("/jobs").json()["items"] == [] for each in others.values())
    assert [each["id"] for each in program.get(f"/jobs?kind={KIND}&state=checked").json()["items"]] == [
        told["id"]
    ]


def test_a_file_is_made_and_fetched_while_one_may_have_it(holder, program):
    base.asset(holder.organisation, ref="A7")
    answer = program.post(f"/files/{KIND}/make", {"params": {}})
    path = f"/jobs/{answer.json()['id']}"
    assert program.get(f"{path}/file").status_code == 404
    run_now(UUID(answer.json()["id"]))
    assert program.get(path).json()["made"]["name"].endswith(".xlsx")
    file = program.get(f"{path}/file")
    assert file.content[:2] == b"PK"
    assert program.get(f"{path}/file", **{"If-None-Match": file["ETag"]}).status_code == 304
    program.client.member.roles = [Role.BIDS]
    program.client.member.save(update_fields=["roles"])
    assert program.get(f"{path}/file").status_code == 403


def test_files_are_made_of_the_kinds_that_one_may_ask_for(program):
    assert program.post("/files/bidding.results/make").status_code == 404
    assert program.post("/files/jobs.marked_copy/make").status_code == 404
    assert program.post("/files/contracts.obligations/make").status_code == 201


def test_the_list_of_kinds_names_what_one_may_use(holder):
    kinds = Program(holder, scopes=(Scope.ASSETS_WRITE,)).get("/files").json()["items"]
    assert [(each["kind"], each["way"], each["endings"]) for each in kinds] == [(KIND, "sent", [".xlsx"])]


def test_every_kind_of_file_has_a_scope_or_a_reason_to_have_none():
    known = {each for each in (*registry.uploads, *registry.files) if not each.startswith("test")}
    assert {*UPLOADS, *MADE, *NOT_FOR_PROGRAMS} - known == set()
    assert set(registry.uploads) & known - {*UPLOADS, *NOT_FOR_PROGRAMS} == set()
    assert set(registry.files) & known - {*MADE, *NOT_FOR_PROGRAMS} == set()


def test_what_a_program_asked_for_is_worked_no_more_once_it_is_revoked(program):
    answer = send(program, workbook([GOOD]))
    member = program.client.member
    member.is_active = False
    member.save(update_fields=["is_active"])
    run_now(UUID(answer.json()["id"]))
    assert Job.objects.get().state == State.REFUSED
