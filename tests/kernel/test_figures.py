"""Small figures in rows: what they say in words, and where their marks stand."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from marketplace.dates import left_text, season_text
from marketplace.web.figures import (
    PILL_COLOURS,
    Axis,
    Span,
    Step,
    bullet_html,
    due_html,
    gantt_head_html,
    gantt_row_html,
    months_between,
    pill_html,
    track_html,
)
from marketplace.web.heat import HeatMap, heat_html, level

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 26, 13, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "text"),
    [
        (timedelta(days=7, hours=3), "7 d"),
        (timedelta(days=1, hours=3, minutes=59), "1 d 3 h"),
        (timedelta(hours=3, minutes=41), "3 h 41 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(seconds=20), "0 min"),
        (timedelta(seconds=-1), ""),
    ],
)
def test_how_long_it_takes_is_said_in_the_two_largest_units(after, text):
    assert left_text(NOW + after, NOW) == text


def test_the_year_stands_only_where_it_is_another_season():
    assert season_text(datetime(2026, 12, 3, 17, tzinfo=UTC), LONDON, NOW) == "3 Dec, 17:00"
    assert season_text(datetime(2028, 7, 3, 17, tzinfo=UTC), LONDON, NOW) == "3 Jul 2028, 18:00"


@pytest.mark.parametrize(("after", "tone"), [(timedelta(hours=5), "is-late"), (timedelta(days=7), "is-soon")])
def test_a_deadline_is_marked_when_it_nears(after, tone):
    assert tone in due_html(NOW + after, LONDON, NOW)
    assert tone not in due_html(NOW + after, LONDON, NOW, must_act=False)


def test_a_deadline_that_is_far_or_over_is_not_marked():
    for at in (NOW + timedelta(days=30), NOW - timedelta(days=1)):
        assert "is-" not in due_html(at, LONDON, NOW)
    assert "–" in due_html(None, LONDON, NOW)


def test_the_mark_stands_at_the_same_place_whatever_is_required():
    one = bullet_html(Decimal(5), [("eligible", Decimal(6))], "5 MW required, 6 eligible")
    other = bullet_html(Decimal(300), [("eligible", Decimal(6))], "")
    assert 'x="41.67%"' in one
    assert 'x="41.67%"' in other
    assert 'width="50.00%"' in one
    assert 'aria-label="5 MW required, 6 eligible"' in one


def test_a_bar_longer_than_the_row_ends_with_it_and_nothing_required_has_no_mark():
    assert 'width="100.00%" height="8"' in bullet_html(Decimal(1), [("entered", Decimal(99))], "")
    assert "b-required" not in bullet_html(Decimal(0), [("entered", Decimal(99))], "")


def test_a_track_shows_what_is_done_and_what_is_now():
    html = track_html(Step("Bidding", 3, "bidding"))
    assert html.count("trk-done") == 3
    assert html.count("ph-bidding") == 1
    assert html.endswith("Bidding</span>")


def test_a_colour_that_is_none_is_refused_and_text_is_escaped():
    with pytest.raises(ValueError, match="not a colour of a pill"):
        pill_html("Entered", "pink")
    assert pill_html("<b>", "blue") == '<span class="pill blue">&lt;b&gt;</span>'


def test_no_page_names_a_colour_that_a_pill_has_not():
    named = {
        (path.name, colour)
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for colour in re.findall(r'{% pill (?:"[^"]*"|[^ "%]+) "([^"]*)" %}', path.read_text())
    }
    assert len(named) > 20
    assert {each for each in named if each[1] not in PILL_COLOURS} == set()


def test_a_row_of_a_timeline_leaves_out_what_lies_outside():
    axis = Axis(NOW, NOW + timedelta(days=10), NOW + timedelta(days=1))
    inside = Span(NOW + timedelta(days=2), NOW + timedelta(days=4), "bidding")
    before = Span(NOW - timedelta(days=4), NOW - timedelta(days=2), "qualification")
    html = gantt_row_html(axis, [before, inside], "Bidding 28 to 30 November")
    assert 'class="ph-bidding" x="20.00%"' in html
    assert 'width="20.00%"' in html
    assert "ph-qualification" not in html
    assert 'b-now" x="10.00%"' in html


def test_months_begin_at_local_midnight():
    marks = months_between(NOW, NOW + timedelta(days=100), LONDON)
    assert [word for _, word in marks] == ["Dec", "Jan 2027", "Feb", "Mar"]
    assert marks[0][0].isoformat() == "2026-12-01T00:00:00+00:00"


def test_the_words_of_a_timeline_stand_apart_where_it_is_narrow():
    start = NOW.replace(month=10, day=20)
    axis = Axis(
        start, start + timedelta(days=180), NOW, months_between(start, start + timedelta(days=180), LONDON)
    )
    words = re.findall(r">([A-Z]\w+[ 0-9]*)</text>", gantt_head_html(axis))
    assert words == ["Nov", "Dec", "Jan 2027", "Mar"]


def test_a_heat_map_draws_more_stronger_and_has_the_same_figures_as_a_table():
    heat = HeatMap(
        ["Mon", "Tue"],
        ["00:00", "01:00"],
        {(0, 0): Decimal(1), (1, 1): Decimal(8)},
        "MW",
        "Up to 8 MW",
        {0: "00:00"},
        frozenset({(1, 0)}),
    )
    drawn = heat_html(heat)
    assert (drawn.count("heat-1"), drawn.count("heat-4"), drawn.count("heat-off")) == (1, 1, 1)
    assert ('role="img" aria-label="Up to 8 MW"' in drawn, "Tue, 01:00: 8 MW" in drawn) == (True, True)
    assert heat.head == ["00:00", "01:00"]
    assert heat.table == [["Mon", "1", "0"], ["Tue", "", "8"]]
    assert [level(Decimal(mw), Decimal(8)) for mw in (0, 1, 2, 3, 5, 7, 8)] == [0, 1, 1, 2, 3, 4, 4]


def test_the_table_of_a_wide_heat_map_stands_on_its_side():
    wide = HeatMap(
        ["Mon"], ["00:00", "01:00", "02:00"], {(0, 2): Decimal(3)}, "MW", "", {}, frozenset({(0, 1)})
    )
    assert wide.head == ["Mon"]
    assert wide.table == [["00:00", "0"], ["01:00", ""], ["02:00", "3"]]
