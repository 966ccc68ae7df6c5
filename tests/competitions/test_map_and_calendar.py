"""The public map and list, and what a competition's page draws and hands out."""

import gzip
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from django.core.cache import cache
from django.db.models import F
from django.urls import reverse
from icalendar import Calendar

from competitions.domain.need_pattern import NeedPattern, days_in_words, hours_in_words, need_pattern
from competitions.domain.places import nearness
from competitions.domain.places.areas import save_areas
from competitions.domain.requirement import Step, required
from competitions.domain.setting_up.terms import WindowTerms
from competitions.domain.week import blocks_of
from competitions.enums import Phase
from competitions.models import Competition, ServiceWindow
from competitions.presenters import required as presented
from competitions.presenters.on_maps import legend
from competitions.presenters.phases import STEPS
from marketplace import clock
from marketplace.geo import AreaShape
from marketplace.jobs.publishing import run_jobs_inline
from tests.competitions import files
from tests.qualification import market
from tests.support.kept import forget_what_is_kept

LONDON = ZoneInfo("Europe/London")
BIDDING = datetime(2026, 1, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()
    with run_jobs_inline():
        yield


@pytest.fixture
def buyer(db):
    return files.buyer_of_three()


def got(client, name, *args, at=BIDDING, **query):
    headers = query.pop("headers", {})
    with clock.set_to(at):
        return client.get(reverse(f"competitions:{name}", args=args), query, headers=headers)


def listed(client, **query):
    return {each.competition.ref for each in got(client, "list", **query).context["listing"].records}


def mapped(client, **query):
    return {each["properties"]["ref"] for each in got(client, "map", **query).json()["features"]}


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ({}, {"C1", "C2", "C3"}),
        ({"search": "leith"}, {"C2"}),
        ({"phase": "bidding_open"}, {"C1", "C2", "C3"}),
        ({"phase": "decision"}, set()),
        ({"product": "peak"}, {"C2"}),
        ({"need_type": "restoration"}, {"C2"}),
        ({"need_direction": "deficit"}, {"C1", "C3"}),
        ({"service_from": "2026-03-01"}, {"C2"}),
        ({"service_to": "2026-02-15"}, {"C1", "C3"}),
        ({"place": "monkton"}, {"C1"}),
        ({"place": "eh21 8re"}, {"C3"}),
        ({"place": "EH21"}, {"C3"}),
        ({"service_from": "nonsense"}, {"C1", "C2", "C3"}),
    ],
)
def test_list_and_map_filter_alike_by_the_address(client, buyer, query, refs):
    assert listed(client, **query) == refs
    assert mapped(client, **query) == refs - {"C3"}  # a postcode alone has no shape


def test_archived_competitions_are_in_no_list_unless_asked_for(client, buyer):
    Competition.objects.filter(ref="C1").update(archive_on=datetime(2026, 2, 1, tzinfo=UTC))
    later = datetime(2026, 2, 2, tzinfo=UTC)
    assert listed(client, at=later) == {"C2", "C3"}
    assert listed(client, at=later, phase="archived") == {"C1"}
    assert mapped(client, at=later) == {"C2"}


def test_the_map_says_each_phase_by_colour_and_by_the_outlines_pattern(client, buyer):
    looks = {}
    for phase, at in (
        (Phase.ANNOUNCED, files.PUBLISHED),
        (Phase.QUALIFICATION_OPEN, datetime(2026, 1, 6, tzinfo=UTC)),
        (Phase.QUALIFICATION_CLOSED, datetime(2026, 1, 20, tzinfo=UTC)),
        (Phase.BIDDING_OPEN, BIDDING),
        (Phase.DECISION, datetime(2026, 1, 24, tzinfo=UTC)),
    ):
        [shown, _] = got(client, "map", at=at).json()["features"]
        properties = shown["properties"]
        assert STEPS[phase].word in properties["text"]
        looks[phase] = properties
    assert len({look["phase"] for look in looks.values()}) == 5
    lines = {
        (look["dashes"], look["colour"] == "bidding") for look in legend()
    }  # the open ones differ by width, too
    assert len(legend()) == len(lines) == 5
    assert {look["colour"] for look in legend()} == {look["phase"] for look in looks.values()}


def test_near_my_assets_is_within_ten_kilometres_of_one(client, buyer):
    provider = market.provider()
    market.asset(provider, x=-2.86, y=55.95)  # 9 km east of Monktonhall's edge
    client.force_login(market.member(provider).user)
    assert listed(client, near="on") == {"C1"}
    assert listed(client) == {"C1", "C2", "C3"}
    client.logout()
    assert listed(client, near="on") == {"C1", "C2", "C3"}


def test_nothing_is_near_a_provider_without_assets(client, buyer):
    client.force_login(market.member(market.provider()).user)
    assert listed(client, near="on") == set()


def test_who_finds_places_is_registered_once(monkeypatch):
    def finder(member):
        return []

    monkeypatch.setattr(nearness, "_finders", [])
    for _ in range(2):
        nearness.register_places(finder)
    assert nearness._finders == [finder]


def test_shapes_get_finer_by_zoom_and_are_sent_compressed_once(client, buyer):
    angles = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    radii = 0.1 + 0.01 * np.sin(40 * angles)
    ring = np.column_stack([-3 + radii * np.cos(angles), 56 + radii * np.sin(angles)])
    area = AreaShape("MONKTONHALL", shapely.MultiPolygon([shapely.Polygon(ring)]), 69.0, 0.0, 1)
    with clock.set_to(files.DRAFT):
        save_areas(by=buyer, areas=[area], now=files.DRAFT)

    def corners(zoom):
        found = got(client, "map", search="C1", zoom=zoom).json()["features"]
        return len(shapely.get_coordinates(shapely.from_geojson(json.dumps(found[0]["geometry"]))))

    sizes = [corners(zoom) for zoom in (5, 7, 9, 13)]
    assert sizes == sorted(sizes)
    assert sizes[0] < 20
    assert sizes[-1] > 300
    answer = got(client, "map", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content))["type"] == "FeatureCollection"
    again = got(client, "map", headers={"Accept-Encoding": "gzip", "If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_zoomed_in_the_map_gets_what_it_shows(client, buyer):
    assert mapped(client, zoom=12, bounds="-3.2,55.8,-2.9,56.1") == {"C1"}
    assert mapped(client, zoom=6, bounds="-3.2,55.8,-2.9,56.1") == {"C1", "C2"}
    assert mapped(client, zoom="x", bounds="1,2,nan") == {"C1", "C2"}


def test_a_calendar_file_has_the_deadlines_in_utc(client, buyer):
    Competition.objects.filter(ref="C1").update(name="Day; night, and \\ æther " + "long " * 12)
    answer = got(client, "calendar", "C1")
    assert answer["Content-Type"].startswith("text/calendar")
    raw = answer.content
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    lines = raw.decode().replace("\r\n ", "").split("\r\n")
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20260105T120000Z",
        "DTSTART:20260119T170000Z",
        "DTSTART:20260121T090000Z",
        "DTSTART:20260123T170000Z",
    ]
    assert "SUMMARY:Bidding closes: Day\\; night\\, and \\\\ æther " in "\n".join(lines)
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 4
    Competition.objects.filter(ref="C1").update(cancelled_at=BIDDING, cancellation_reason="x")
    assert got(client, "calendar", "C1").content.count(b"STATUS:CANCELLED") == 4


def test_a_visibility_only_competition_has_no_bidding_in_its_calendar(client, buyer):
    files.upload(buyer, files.competition("V1", header=files.VISIBILITY_ONLY))
    assert b"Bidding" not in got(client, "calendar", "V1").content


def test_lines_are_folded_without_tearing_a_character_and_texts_are_escaped(client, buyer):
    name = "a,b;c\\e Depot\\North " + "é" * 60
    Competition.objects.filter(ref="C1").update(name=name)
    raw = got(client, "calendar", "C1").content
    assert max(len(line.decode().encode()) for line in raw.split(b"\r\n")) <= 75
    assert "X-WR-CALNAME:a\\,b\\;c\\\\e Depot\\\\North " + "é" * 60 in raw.decode().replace(
        "\r\n ", ""
    ).split("\r\n")
    read = Calendar.from_ical(raw)
    assert [str(event["SUMMARY"]) for event in read.events] == [
        f"{title}: {name} (C1)"
        for title in ("Qualification opens", "Qualification closes", "Bidding opens", "Bidding closes")
    ]
    description = str(read.events[0]["DESCRIPTION"]).splitlines()
    assert description == [buyer.organisation.name, str(read.events[0]["URL"])]


def window(**changes):
    usual = {
        "period": "P",
        "first_day": date(2026, 3, 27),
        "last_day": date(2026, 3, 30),
        "name": "W",
        "weekdays": frozenset(range(7)),
        "start": time(16),
        "end": time(20),
        "capacity_required_mw": Decimal("1.5"),
    }
    return WindowTerms(**usual | changes)


def test_the_requirement_adds_overlapping_windows_up_and_follows_the_clocks():
    steps = required(
        [window(), window(name="X", start=time(18), end=time(22), capacity_required_mw=Decimal(2))],
        lambda first, last: frozenset(),
        LONDON,
    )
    assert steps[:4] == [
        Step(datetime(2026, 3, 27, 16, tzinfo=UTC), Decimal("1.5")),
        Step(datetime(2026, 3, 27, 18, tzinfo=UTC), Decimal("3.5")),
        Step(datetime(2026, 3, 27, 20, tzinfo=UTC), Decimal("2.0")),
        Step(datetime(2026, 3, 27, 22, tzinfo=UTC), Decimal("0.0")),
    ]
    assert steps[-1] == Step(datetime(2026, 3, 30, 21, tzinfo=UTC), Decimal("0.0"))  # 22:00 of summer time


def test_a_public_page_works_out_what_is_required_once_for_all_visitors(monkeypatch, client, buyer):
    worked_out = []
    monkeypatch.setattr(presented, "required", lambda *told: worked_out.append(told) or required(*told))
    shown = []
    for _ in range(3):
        forget_what_is_kept()
        shown.append(got(client, "competition", "C1").context["highest"])
    assert (set(shown), len(worked_out)) == ({"1.5 MW"}, 1)
    ServiceWindow.objects.update(capacity_required_mw=9)
    Competition.objects.update(
        changed_at=F("changed_at") + timedelta(seconds=1)
    )  # as whatever changes its windows does
    forget_what_is_kept()
    assert got(client, "competition", "C1").context["highest"] == "9 MW"
    assert len(worked_out) == 2


def test_the_need_is_told_by_weekday_by_month_and_by_day_each_hour_with_the_highest_of_it():
    days = frozenset({0, 4})
    half = {"start": time(18), "end": time(18, 30), "capacity_required_mw": Decimal(2)}
    both = [window(weekdays=days), window(name="X", weekdays=days, **half)]
    pattern = need_pattern(required(both, lambda first, last: frozenset(), LONDON), LONDON)
    friday = {hour: mw for (day, hour), mw in pattern.by_week.items() if day == 4}
    assert friday == {16: Decimal("1.5"), 17: Decimal("1.5"), 18: Decimal("3.5"), 19: Decimal("1.5")}
    assert pattern.by_month[date(2026, 3, 1), 18] == Decimal("3.5")
    assert pattern.by_day == {date(2026, 3, 27): Decimal("3.5"), date(2026, 3, 30): Decimal("3.5")}
    assert (days_in_words(pattern), hours_in_words(pattern)) == ("Monday, Friday", "16:00 to 20:00")
    assert pattern.highest == Decimal("3.5")


def test_a_year_around_the_clock_is_required_in_every_hour_of_it():
    year = window(weekdays=frozenset(range(7)), start=time(0), end=time(0))
    always = window(**vars(year) | {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)})
    pattern = need_pattern(required([always], lambda first, last: frozenset(), LONDON), LONDON)
    assert (len(pattern.by_week), len(pattern.by_month), len(pattern.by_day)) == (7 * 24, 12 * 24, 365)
    assert (days_in_words(pattern), hours_in_words(pattern)) == ("every day", "all day")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ((), ""),
        ((7, 8, 17), "07:00 to 09:00 and 17:00 to 18:00"),
        ((1, 3, 5, 23), "within 01:00 to 24:00"),
        (range(24), "all day"),
    ],
)
def test_the_hours_of_a_day_are_told_by_their_stretches_or_by_their_outer_ends(hours, words):
    assert hours_in_words(NeedPattern({(0, hour): Decimal(1) for hour in hours}, {}, {})) == words


@pytest.mark.parametrize(
    ("days", "words"), [((0, 1, 2, 3, 4), "Monday to Friday"), ((5, 6), "Saturday and Sunday"), ((), "")]
)
def test_the_days_of_a_week_are_told_by_their_usual_names(days, words):
    assert days_in_words(NeedPattern({(day, 9): Decimal(1) for day in days}, {}, {})) == words


def test_a_window_past_midnight_goes_on_in_the_next_day_and_overlaps_stand_side_by_side():
    night = window(weekdays=frozenset({6}), start=time(22), end=time(2))
    assert [(block.day, block.start, block.end) for block in blocks_of([night], "MW")] == [
        (0, 0, 120),
        (6, 1320, 1440),
    ]
    both = blocks_of(
        [window(weekdays=frozenset({0})), window(name="X", weekdays=frozenset({0}), start=time(18))], "MW"
    )
    assert [(block.lane, block.lanes) for block in both] == [(0, 2), (1, 2)]
    assert not any(one.x < other.x + other.width and other.x < one.x + one.width for one, other in [both])


def test_a_window_takes_the_place_of_one_that_has_ended_and_of_none_that_goes_on():
    monday = frozenset({0})
    spans = [(8, 10), (8, 20), (8, 9), (10, 12), (11, 13)]
    made = [window(weekdays=monday, start=time(first), end=time(last)) for first, last in spans]
    placed = [(block.start // 60, block.end // 60, block.lane) for block in blocks_of(made, "MW")]
    assert placed == [(8, 9, 0), (8, 10, 1), (8, 20, 2), (10, 12, 0), (11, 13, 1)]


def test_a_competitions_page_draws_its_week_and_tells_it_in_a_sentence(client, buyer):
    page = got(client, "competition", "C1")
    assert page.context["highest"] == "1.5 MW"
    assert page.content.count(b'<rect class="heat-4"') == 5 * 4
    assert b"Up to 1.5 MW required, Monday to Friday, 16:00 to 20:00" in page.content
