"""Competitions set up by program: the same as by file and by page, checked by the same rules, all errors at once."""

import pytest

from accounts.enums import Role, Scope
from competitions.domain.setting_up.terms import terms_of
from competitions.models import Area, Competition
from marketplace import clock
from marketplace.audit.models import AuditEntry
from tests.api.bodies import COMPETITION as BODY
from tests.api.bodies import CONFIRMED as GOOD
from tests.api.bodies import SQUARE
from tests.api.programs import Program, account_holder
from tests.competitions import files
from tests.support.typed_competitions import begun, browse, buyer, quiet, saved  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(buyer):  # noqa: F811
    return Program(buyer)


@pytest.fixture(autouse=True)
def _before_it_is_published():
    with clock.set_to(files.DRAFT):
        yield


def terms(ref):
    told = terms_of(Competition.objects.get(ref=ref))
    return {**told.header, "name": ""}, told.boundary, told.windows


def test_by_program_by_file_and_by_page_it_is_the_same_competition(program, buyer, browse):  # noqa: F811
    parts = [
        {"kind": "area", "value": "MONKTONHALL"},
        {"kind": "postcode", "value": "eh218re"},
        {"kind": "postcode_sector", "value": "EH21 8"},
    ]
    more = {"area_buffer_km": "2", "asset_categories": ["storage", "generation"], "boundary": parts}
    assert program.put("/competitions/API1/set-up", GOOD | more).status_code == 201
    saved(browse, begun(browse))
    header = files.HEADER | {
        "Competition Ref": "F1",
        "Area Buffer (km)": 2,
        "Asset Categories": "Storage, Generation",
    }
    rows = [
        {"Competition Ref": "F1", "Boundary Type": kind, "Value": value}
        for kind, value in (("Area", "MONKTONHALL"), ("Postcode", "EH21 8RE"), ("Postcode Sector", "EH21 8"))
    ]
    report = files.upload(buyer, files.workbook([header], rows, [files.WINDOW | {"Competition Ref": "F1"}]))
    assert files.counts(report)[:1] == (1,), report
    assert terms("API1") == terms("F1") == terms("P1")


def test_what_is_read_can_be_put_again_and_changes_nothing(program):
    program.put("/competitions/API1/set-up", GOOD)
    told = program.get("/competitions/API1/set-up").json()
    again = {key: told[key] for key in told if key not in ("ref", "phase", "changed_at", "warnings")}
    entries = AuditEntry.objects.count()
    answer = program.put("/competitions/api1/set-up", again)
    assert (answer.status_code, answer.json()["changed_at"]) == (200, told["changed_at"])
    assert AuditEntry.objects.count() == entries


def test_drafts_are_listed_for_their_operator(program):
    program.put("/competitions/API1/set-up", GOOD)
    assert [each["ref"] for each in program.get("/drafts").json()["items"]] == ["API1"]
    stranger = Program(files.operator("OTHER"))
    assert stranger.get("/drafts").json()["items"] == []
    assert stranger.get("/competitions/API1/set-up").status_code == 404
    assert Program(account_holder()).get("/competitions/API1/set-up").status_code == 404


def test_every_error_comes_at_once_with_its_place(program):
    window = BODY["windows"][0]
    bad = GOOD | {
        "bidding_close": "2026-01-20T17:00:00Z",
        "area_buffer_km": "99",
        "boundary": [{"kind": "area", "value": "NOWHERE"}],
        "windows": [window, window | {"name": "Late", "first_day": "2026-03-01"}],
    }
    answer = program.put("/competitions/API1/set-up", bad)
    assert answer.status_code == 422
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert {"/bidding_close", "/area_buffer_km", "/boundary/0/value"} <= pointers
    assert any(each.startswith("/windows/1") for each in pointers)
    assert not Competition.objects.exists()


def test_what_does_not_fit_the_columns_is_refused_by_the_schema(program):
    told = program.put(
        "/competitions/API1/set-up", {"need_type": "other", "publish_on": "soon", "extra": 1}
    ).json()
    assert {"/need_type", "/publish_on", "/extra", "/name", "/boundary"} <= {
        each["pointer"] for each in told["errors"]
    }


def test_what_makes_a_competition_visible_is_confirmed_first(program):
    told = program.put("/competitions/API1/set-up", BODY).json()
    assert told["code"] == "confirmation_missing"
    assert "visible to providers" in told["detail"]
    assert not Competition.objects.exists()


def test_a_dry_run_says_what_would_be_and_a_key_does_it_once(program):
    assert program.put("/competitions/API1/set-up?dry_run=true", GOOD).status_code == 201
    assert not Competition.objects.exists()
    first = program.put("/competitions/API1/set-up", GOOD, **{"Idempotency-Key": "k"})
    again = program.put("/competitions/API1/set-up", GOOD, **{"Idempotency-Key": "k"})
    assert (first.status_code, again.content) == (201, first.content)


def test_a_change_of_what_was_changed_meanwhile_is_refused(program):
    read = program.put("/competitions/API1/set-up", GOOD)
    program.put("/competitions/API1/set-up", GOOD | {"name": "Meanwhile"})
    stale = {"If-Match": read["ETag"]}
    for answer in (
        program.put("/competitions/API1/set-up", GOOD | {"name": "Mine"}, **stale),
        program.post("/competitions/API1/cancel", {"reason": "No need"}, **stale),
        program.put("/competitions/API1/boundary", SQUARE, **stale),
    ):
        assert (answer.status_code, answer.json()["present"]["name"]) == (412, "Meanwhile")
    odd = GOOD | {"windows": [BODY["windows"][0] | {"capacity_required_mw": "5000"}]}
    warned = program.put("/competitions/API1/set-up", odd)
    assert warned.json()["warnings"]
    present = program.get("/competitions/API1/set-up")["ETag"]
    assert present == warned["ETag"]
    assert (
        program.post("/competitions/API1/cancel", {"reason": "No need"}, **{"If-Match": present}).status_code
        == 200
    )


def test_who_may_not_set_up_is_told_so(program, buyer):  # noqa: F811
    idle = Program(buyer, roles=(Role.BIDS,), name="Idle")
    blind = Program(buyer, scopes=(Scope.COMPETITIONS_READ,), name="Blind")
    assert idle.put("/competitions/API1/set-up", GOOD).json()["code"] == "role_missing"
    assert blind.put("/competitions/API1/set-up", GOOD).json()["code"] == "scope_missing"
    assert Program(account_holder()).put("/competitions/API1/set-up", GOOD).status_code == 404
    assert not Competition.objects.exists()


def test_a_ref_of_another_operator_stays_taken_and_tells_nothing_of_it(program):
    other = files.operator("OTHER")
    files.draw_area(other)
    Program(other).put("/competitions/API1/set-up", GOOD)
    answer = program.put("/competitions/API1/set-up", GOOD)
    assert answer.status_code == 422
    assert "is taken on this platform" in answer.json()["detail"]


def test_a_draft_is_published_moved_and_cancelled(program):
    program.put("/competitions/API1/set-up", GOOD)
    moved = program.post("/competitions/API1/move-dates", {"days": 7, "is_confirmed": True}).json()
    assert (moved["bidding_close"], moved["windows"][0]["first_day"]) == (
        "2026-01-30T17:00:00Z",
        "2026-02-08",
    )
    published = program.post("/competitions/API1/publish").json()
    assert published["phase"] == "announced"
    assert program.post("/competitions/API1/publish").json()["detail"] == "Only a draft can be published."
    assert program.post("/competitions/API1/cancel", {"reason": " "}).status_code == 422
    assert program.post("/competitions/API1/cancel", {"reason": "No need"}).json()["phase"] == "cancelled"
    assert program.put("/competitions/API1/set-up", GOOD).status_code == 422
    assert program.post("/competitions/API1/archive").status_code in (200, 422)


def test_dates_beyond_the_calendar_and_none_that_lie_ahead_are_refused(program):
    program.put("/competitions/API1/set-up", GOOD)
    assert program.post("/competitions/API1/move-dates", {"days": 3661}).status_code == 422
    assert program.post("/competitions/API1/move-dates", {"days": -3660}).status_code == 422


def test_an_area_is_drawn_and_becomes_the_boundary(program):
    assert program.put("/areas/LEITH", SQUARE).status_code == 201
    again = program.put("/areas/leith", SQUARE)
    assert (again.status_code, again.json()["reference"]) == (200, "LEITH")
    assert {each["reference"] for each in program.get("/areas").json()["items"]} == {"LEITH", "MONKTONHALL"}
    program.put("/competitions/API1/set-up", GOOD)
    told = program.put("/competitions/API1/boundary", SQUARE).json()
    assert [(each["kind"], each["value"]) for each in told["boundary"]] == [("area", "API1")]
    assert program.get("/competitions/API1/boundary").json()["features"]


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[["a", "b"]]]},
        {"type": "Circle", "coordinates": [[0, 0]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]], {"x": 1}]},
    ],
)
def test_a_shape_that_is_no_area_is_refused(program, shape):
    areas = Area.objects.count()
    assert program.put("/areas/LEITH", shape).status_code == 422
    assert Area.objects.count() == areas


def test_another_operators_area_is_not_there(program):
    stranger = Program(files.operator("OTHER"))
    assert stranger.get("/areas/MONKTONHALL").status_code == 404
    assert stranger.get("/areas").json()["items"] == []
