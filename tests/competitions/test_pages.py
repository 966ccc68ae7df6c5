"""Who sees what on the pages of competitions and areas."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Member, User
from competitions.domain.history import history_of
from competitions.enums import Phase
from competitions.filters import in_phase
from competitions.models import Area, Competition, Question, ServicePeriod, ServiceWindow
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from rehearsal.round.cast import register_provider
from tests.competitions import files
from tests.support.kept import forget_what_is_kept

pytestmark = pytest.mark.django_db
CLOCKED = [datetime(2026, 1, day, 13, tzinfo=UTC) for day in (1, 3, 6, 20, 22, 24)]


@pytest.fixture(autouse=True)
def fresh_map():
    cache.clear()
    with run_jobs_inline():
        yield
    cache.clear()


@pytest.fixture
def buyer():
    member = files.operator()
    files.draw_area(member)
    assert files.upload(member, files.competition()).created == 1
    return member


@pytest.fixture
def cast(buyer):
    """The buyer, a teammate without a role, another operator, a provider, and nobody."""
    user = User.objects.create_user("mate@operator.example", None, name="Mate")
    mate = Member.objects.create(user=user, organisation=buyer.organisation, roles=[])
    return {
        "buyer": buyer,
        "mate": mate,
        "other operator": files.operator("OTHER"),
        "provider": register_provider("NORTH", "Northern Batteries Ltd"),
        "nobody": None,
    }


def opened(client, member, name, *args, at=files.PUBLISHED, **query):
    client.logout()
    if member is not None:
        client.force_login(member.user)
    with clock.set_to(at):
        return client.get(reverse(f"competitions:{name}", args=args), query)


def who_gets(client, cast, name, *args, at=files.PUBLISHED):
    return {who: opened(client, member, name, *args, at=at).status_code for who, member in cast.items()}


@pytest.mark.parametrize("name", ["competition", "competition_map"])
def test_a_draft_is_its_operators_alone_and_what_is_published_everyones_but_other_operators(
    client, cast, name
):
    own = {"buyer": 200, "mate": 200, "other operator": 404}
    assert who_gets(client, cast, name, "C1", at=files.DRAFT) == own | {"provider": 404, "nobody": 404}
    assert who_gets(client, cast, name, "C1") == own | {"provider": 200, "nobody": 200}


def test_the_list_and_the_map_leave_drafts_out(client, cast):
    def refs(member, at):
        shown = opened(client, member, "list", at=at).context["listing"].records
        return [each.competition.ref for each in shown]

    assert {who: refs(member, files.DRAFT) for who, member in cast.items()} == {
        "buyer": ["C1"],
        "mate": ["C1"],
        "other operator": [],
        "provider": [],
        "nobody": [],
    }
    assert refs(cast["nobody"], files.PUBLISHED) == ["C1"]
    assert opened(client, None, "map", at=files.DRAFT).json()["features"] == []
    cache.clear()
    [shown] = opened(client, None, "map").json()["features"]
    assert shown["properties"]["url"] == "/competitions/C1/"


@pytest.mark.parametrize("name", ["areas", "areas_map", "areas_upload", "file"])
def test_setting_up_is_for_procurement_of_operators(client, cast, name):
    assert who_gets(client, cast, name) == {
        "buyer": 200,
        "mate": 403,
        "other operator": 200,
        "provider": 404,
        "nobody": 302,
    }


def test_an_operator_finds_its_own_areas_only(client, cast):
    files.draw_area(cast["other operator"], "ELSEWHERE")
    rows = opened(client, cast["buyer"], "areas").context["listing"].records
    assert [each.reference for each in rows] == ["MONKTONHALL"]


def test_an_area_of_another_operator_is_neither_renamed_nor_archived(client, cast):
    theirs = Area.objects.get()
    client.force_login(cast["other operator"].user)
    for name in ("area_rename", "area_archive"):
        assert (
            client.post(
                reverse(f"competitions:{name}", args=[theirs.pk]), {"display_name": "Ours"}
            ).status_code
            == 404
        )
    theirs.refresh_from_db()
    assert (theirs.display_name, theirs.archived_at) == ("", None)


def test_the_budget_is_shown_to_the_operator_alone(client, cast):
    Competition.objects.update(maximum_budget=987_654)
    shown = {
        who: b"987,654" in opened(client, member, "competition", "C1").content for who, member in cast.items()
    }
    assert shown == {"buyer": True, "mate": True, "other operator": False, "provider": False, "nobody": False}


def test_a_window_shows_its_available_hours_and_megawatts(client, buyer):
    page = " ".join(opened(client, None, "competition_windows", "C1").content.decode().split())
    assert '<td class="num">80 h</td><td class="num">1.5 MW</td>' in page  # twenty weekdays of four hours


@pytest.fixture
def many_windows(buyer):
    """The competition with two periods of 150 windows each."""
    competition = Competition.objects.get()
    period, window = competition.periods.get(), competition.windows.get()
    later = ServicePeriod.objects.create(
        competition=competition, name="Later", first_day=period.last_day, last_day=period.last_day
    )
    shared = {
        each.attname: getattr(window, each.attname) for each in window._meta.fields if each.name != "id"
    }
    for place in range(1, 300):
        of = later if place >= 150 else period
        ServiceWindow(**shared | {"period_id": of.pk, "name": f"W{place}", "position": place}).save()
    return later


def test_of_three_hundred_windows_only_the_first_periods_are_sent_and_the_others_when_asked_for(
    client, many_windows
):
    page = opened(client, None, "competition_windows", "C1").content.decode()
    assert ("W149<" in page, "W150<" in page) == (True, False)
    assert "300 windows" in page
    later = opened(client, None, "period_windows", "C1", many_windows.pk).content.decode()
    assert (later.count("<tr><th"), "W299<" in later) == (1 + 150, True)
    alone = opened(client, None, "competition_windows", "C1", period=str(many_windows.pk)).content.decode()
    assert ("W149<" in alone, "W150<" in alone) == (False, True)
    everything = opened(client, None, "competition_windows", "C1", period="all").content.decode()
    assert everything.count('<details class="fold"') == everything.count(" open>") == 2


@pytest.mark.parametrize(
    "name", ["competition", "competition_windows", "competition_bids", "competition_history"]
)
def test_the_queries_of_a_tab_do_not_grow_with_the_windows(client, buyer, name):
    def asked():
        with CaptureQueriesContext(connection) as context:
            assert opened(client, buyer, name, "C1").status_code == 200
        return len(context)

    few = asked()
    window = ServiceWindow.objects.get()
    shared = {
        each.attname: getattr(window, each.attname) for each in window._meta.fields if each.name != "id"
    }
    for place in range(1, 30):
        ServiceWindow(**shared | {"name": f"W{place}", "position": place}).save()
    assert asked() <= few


def test_the_history_tells_others_neither_what_is_not_published_nor_what_was_before(client, cast):
    def history(member):
        return opened(client, member, "competition_history", "C1", at=files.PUBLISHED).content.decode()

    buyer = cast["buyer"]
    for change in ({"Maximum Budget (£)": 987654}, {"Competition Name": "Renamed"}):
        files.upload(buyer, files.header_only(**change), at=files.PUBLISHED)
    own = history(buyer)
    assert all(words in own for words in ("987654", "Renamed", "Published"))
    for other in (cast["provider"], None):
        told = history(other)
        assert ("987654" in told, "udget" in told) == (False, False)
        assert "Renamed" in told
        assert told.count("<li>\n                        <time") == 2  # the publication and the new name


def test_the_history_names_answers_and_the_confirmation_once_they_were_there(buyer):
    asked, answered, confirmed = CLOCKED[2:5]
    competition = Competition.objects.get()
    provider = register_provider("NORTH", "Northern Batteries Ltd").organisation
    told = {"competition": competition, "provider": provider, "text": "33 kV?", "asked_at": asked}
    said = {"published_text": "33 kV?", "answer": "Yes.", "answered_at": answered}
    Question.objects.create(**told, **said)
    Question.objects.create(**told)
    Competition.objects.update(confirmed_at=confirmed)
    competition.refresh_from_db()
    for now, titles in (
        (asked, ["Published"]),
        (answered, ["A question was answered", "Published"]),
        (confirmed, ["Results confirmed", "A question was answered", "Published"]),
    ):
        assert [each.title for each in history_of(competition, is_own=False, now=now)] == titles


def test_only_who_may_know_has_a_tab_of_assets_and_everybody_one_of_results(client, cast):
    tabs = {
        who: [tab.title for tab in opened(client, member, "competition", "C1").context["tabs"]]
        for who, member in cast.items()
        if who != "other operator"
    }
    everybody = ["Overview", "Windows", "Bids and results", "Questions", "History"]
    assert tabs["nobody"] == everybody
    assert tabs["provider"] == tabs["buyer"] == [*everybody[:2], "Assets and entries", *everybody[2:]]


def test_the_workbook_of_a_competition_holds_what_is_published_and_no_budget(client, cast):
    Competition.objects.update(maximum_budget=987_654)
    answer = opened(client, None, "workbook", "C1")
    book = load_workbook(BytesIO(answer.content), read_only=True)
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "C1" in cells
    assert 987_654 not in cells


def test_the_page_of_a_competition_with_a_buffer_maps_it_around_the_boundary(client, buyer):
    files.upload(buyer, files.header_only(**{"Area Buffer (km)": 2}))
    shapes = opened(client, None, "competition_map", "C1").json()["features"]
    assert [each["properties"]["look"] for each in shapes] == ["buffer", "area"]


@pytest.mark.parametrize("at", CLOCKED)
def test_the_filter_by_phase_agrees_with_the_phase_shown(buyer, at):
    competition = files.stored()
    for facts in (
        {},
        {"confirmed_at": at},
        {"cancelled_at": at, "cancellation_reason": "x"},
        {"archive_on": competition.bidding_close},
    ):
        unset = {"confirmed_at": None, "cancelled_at": None, "cancellation_reason": "", "archive_on": None}
        Competition.objects.update(**unset | facts)
        found = [phase for phase in Phase if Competition.objects.filter(in_phase(phase.value, at)).exists()]
        assert found == [files.stored().phase(at)]


def test_the_number_of_queries_does_not_grow_with_the_rows(client, buyer):
    def queries(name, *args):
        cache.clear()
        forget_what_is_kept()
        with CaptureQueriesContext(connection) as captured:
            opened(client, buyer, name, *args)
        return len(captured)

    for name, args in (("list", []), ("areas", []), ("areas_map", []), ("map", []), ("competition", ["C1"])):
        queries(name, *args)
    cache.clear()
    few = {name: queries(name) for name in ("list", "areas", "areas_map", "map")}
    one = queries("competition", "C1")
    for number in (2, 3):
        files.draw_area(buyer, f"AREA{number}", west=-number)
        files.upload(buyer, files.competition(f"C{number}", boundary={"Value": f"AREA{number}"}))
    row = {"Competition Ref": "C1"}
    windows = [row | files.WINDOW | {"Service Window Name": f"W{one}"} for one in range(5)]
    files.upload(
        buyer,
        files.workbook(
            [], [row | files.BOUNDARY, row | {"Boundary Type": "Area", "Value": "AREA2"}], windows
        ),
    )
    cache.clear()
    assert {name: queries(name) for name in few} == few
    assert queries("competition", "C1") == one


def test_only_procurement_cancels_and_the_page_then_says_why(client, cast):
    def post(member):
        client.force_login(member.user)
        with clock.set_to(files.PUBLISHED):
            return client.post(reverse("competitions:cancel", args=["C1"]), {"reason": "The cable was laid"})

    assert {who: post(cast[who]).status_code for who in ("mate", "other operator", "provider")} == {
        "mate": 403,
        "other operator": 404,
        "provider": 404,
    }
    assert files.stored().cancelled_at is None
    assert post(cast["buyer"]).status_code == 302
    assert files.stored().cancellation_reason == "The cable was laid"
    assert b"The cable was laid" in opened(client, None, "competition", "C1").content
