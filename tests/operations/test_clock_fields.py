"""Times as an operator types them, on the night on which an hour comes twice."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from marketplace.calendar import local_instant, names_of
from operations.domain.local_times import following
from operations.forms.dispatches import ClockField, time_field

LONDON, BERLIN, REYKJAVIK = (
    ZoneInfo(f"Europe/{name}") if name != "Reykjavik" else ZoneInfo("Atlantic/Reykjavik")
    for name in ("London", "Berlin", "Reykjavik")
)
BACK = date(2026, 10, 25)


def typed(text, zone=LONDON):
    field = time_field("From")
    assert isinstance(field, ClockField)
    field.zone = zone
    return field.clean(text)


@pytest.mark.parametrize(
    ("text", "hour"), [("01:30", 0), ("01:30 BST", 0), ("01:30 GMT", 1), (" 01:30  gmt ", 1)]
)
def test_the_name_of_the_time_tells_which_of_two_hours_is_meant(text, hour):
    assert local_instant(BACK, typed(text), LONDON) == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_on_any_other_day_the_name_changes_nothing():
    assert local_instant(date(2026, 6, 16), typed("17:45 GMT"), LONDON) == datetime(
        2026, 6, 16, 16, 45, tzinfo=UTC
    )
    assert typed("17:45", REYKJAVIK) == typed("17:45 GMT", REYKJAVIK) == time(17, 45)


@pytest.mark.parametrize("text", ["01:30 CET", "01:30 x", "x GMT", "25:00"])
def test_what_is_no_time_of_the_zone_is_refused(text):
    with pytest.raises(ValidationError):
        typed(text)


def test_zones_name_their_own_times():
    assert names_of(LONDON) == ["GMT", "BST"]
    assert names_of(BERLIN) == ["CET", "CEST"]


def test_an_end_is_the_next_time_that_clocks_show_it_also_the_second():
    start = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert following(start, time(1, 30), LONDON) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert following(start, time(1, 50), LONDON) == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    late = datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    assert following(late, time(1, 30), LONDON) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
