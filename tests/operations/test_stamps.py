"""Dates and times as meter files write them: pure functions."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from operations.domain.meterfiles.cells import day_in
from operations.domain.meterfiles.mapping import Clock, Mapping, Order, Shape
from operations.domain.meterfiles.stamps import (
    BadStamp,
    day_of,
    fixed_instant,
    instants_of,
    midnight,
    minute_of_day,
    stamp_of,
    standard_offset,
)
from operations.domain.meterfiles.tables import text_of

LONDON, SYDNEY = ZoneInfo("Europe/London"), ZoneInfo("Australia/Sydney")
HALF_PAST_SEVEN = datetime(2026, 6, 1, 7, 30)


@pytest.mark.parametrize(
    "text",
    ["2026-06-01", "2026/6/1", "20260601", "1.6.2026", "01/06/26", "1 June 2026", "01-Jun-26", "1 jun 2026"],
)
def test_a_day_is_read_as_it_is_written(text):
    assert day_of(text, Order.DAY_FIRST) == date(2026, 6, 1)


def test_of_two_numbers_the_order_tells_which_is_the_month():
    assert day_of("6/1/2026", Order.MONTH_FIRST) == day_of("1/6/2026", Order.DAY_FIRST) == date(2026, 6, 1)


@pytest.mark.parametrize("text", ["2026-13-01", "30/02/2026", "1 Brumaire 2026", "20261301", "2026-06"])
def test_a_day_that_does_not_exist_is_none(text):
    with pytest.raises(BadStamp, match=r"is not a date\."):
        day_of(text, Order.DAY_FIRST)


@pytest.mark.parametrize(
    "text", ["0001-01-01", "0026-06-01", "00010101", "9999-12-31", "1/6/9999", "1969-12-31", "2200-01-01"]
)
def test_no_meter_was_read_before_1970_or_will_be_from_2200_on(text):
    with pytest.raises(BadStamp, match="is not a date of the years 1970 to 2199"):
        day_of(text, Order.DAY_FIRST)
    with pytest.raises(BadStamp):
        stamp_of(f"{text} 24:00+01:00", Order.DAY_FIRST)
    assert [day_of(each, Order.DAY_FIRST).year for each in ("1970-01-01", "2199-12-31")] == [1970, 2199]


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01 07:30",
        "'1/6/2026 07:30:00",
        "01-Jun-26, 7:30",
        "2026-06-01T07:30:00.000",
    ],
)
def test_a_stamp_without_an_offset_stays_without(text):
    assert stamp_of(text, Order.DAY_FIRST) == HALF_PAST_SEVEN


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T07:30Z",
        "2026-06-01 07:30 UTC",
        "2026-06-01T08:30+01:00",
        "2026-06-01T02:00-0530",
        "1780299000",
        "1780299000.0",
        "1780299000000",
    ],
)
def test_a_stamp_with_an_offset_or_in_seconds_since_1970_is_an_instant(text):
    assert stamp_of(text, Order.DAY_FIRST) == HALF_PAST_SEVEN.replace(tzinfo=UTC)


def test_parts_of_a_second_and_the_midnight_at_the_end_are_kept():
    assert stamp_of("2026-06-01 07:30:00,5", Order.DAY_FIRST) == HALF_PAST_SEVEN + timedelta(seconds=0.5)
    assert stamp_of("1780299000500", Order.DAY_FIRST).microsecond == 500_000
    assert stamp_of("2026-06-01 24:00", Order.DAY_FIRST) == datetime(2026, 6, 2)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-06-01 25:00",
        "2026-06-01 24:01",
        "2026-06-01 07:60",
        "2026-06-01 07:30:60",
        "2026-06-01T07:30+14:01",
        "2026-06-01T07:30+99:99",
        "2026-06-01T07:30+01:60",
    ],
)
def test_a_time_or_offset_that_no_clock_has_is_refused(text):
    with pytest.raises(BadStamp):
        stamp_of(text, Order.DAY_FIRST)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("0:00", 0), ("07:30", 450), ("'23:59:00", 1439), ("24:00", 1440), ("7:30:00.0", 450)],
)
def test_a_clock_time_is_the_minutes_since_midnight(text, minutes):
    assert minute_of_day(text) == minutes


@pytest.mark.parametrize("text", ["", "noon", "07:60", "07:30:30", "24:01", "25:00"])
def test_what_is_no_clock_time_of_whole_minutes_is_refused(text):
    with pytest.raises(BadStamp, match="is not a clock time"):
        minute_of_day(text)


def test_a_local_time_is_skipped_in_spring_and_comes_twice_in_autumn():
    assert instants_of(datetime(2026, 3, 29, 1, 30), LONDON) == []
    assert instants_of(datetime(2026, 10, 25, 1, 30), LONDON) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ]


def test_clocks_that_never_change_show_standard_time_on_either_half_of_the_earth():
    assert [standard_offset(date(2026, 6, 1), zone) for zone in (LONDON, SYDNEY)] == [
        timedelta(0),
        timedelta(hours=10),
    ]
    told = {clock: fixed_instant(HALF_PAST_SEVEN, clock, SYDNEY) for clock in (Clock.STANDARD, Clock.UTC)}
    assert told == {
        Clock.STANDARD: datetime(2026, 5, 31, 21, 30, tzinfo=UTC),
        Clock.UTC: datetime(2026, 6, 1, 7, 30, tzinfo=UTC),
    }
    own = HALF_PAST_SEVEN.replace(tzinfo=UTC)
    assert fixed_instant(own, Clock.STANDARD, SYDNEY) == own
    with pytest.raises(BadStamp, match="has no offset"):
        fixed_instant(HALF_PAST_SEVEN, Clock.OFFSET, LONDON)


@pytest.mark.parametrize(
    ("clock", "hour"), [(Clock.LOCAL, 23), (Clock.STANDARD, 0), (Clock.UTC, 0), (Clock.OFFSET, 0)]
)
def test_a_day_begins_by_its_clock(clock, hour):
    assert midnight(date(2026, 6, 1), clock, LONDON).hour == hour


def test_a_day_may_be_written_with_its_midnight_or_any_time_of_it():
    mapping = Mapping(Shape.WIDE, order=Order.DAY_FIRST)
    for text in (
        "2026-06-01",
        "2026-06-01 00:00:00",
        "2026-06-01 07:30",
        "2026-06-01T00:00:00Z",
        "2026-06-01T00:30:00+01:00",
        "2026-05-31 24:00",
        "1/6/2026 00:00:00",
        "1/6/2026 7:30",
        "1/6/26 0:00Z",
        "1 June 2026 23:30",
    ):
        assert day_in(text, mapping) == date(2026, 6, 1), text
    with pytest.raises(BadStamp, match="is not a date"):
        day_in("1780272000", mapping)
    with pytest.raises(BadStamp, match="Names no day"):
        day_in(" ", mapping)


def test_a_cell_of_a_workbook_is_told_as_a_file_of_text_would():
    assert [
        text_of(each)
        for each in (
            None,
            True,
            48,
            0.1,
            datetime(2026, 6, 1, 7, 29, 59, 999_999),
            date(2026, 6, 1),
            time(7, 30),
            timedelta(hours=24),
            " N-01 ",
        )
    ] == ["", "True", "48", "0.1", "2026-06-01 07:30:00", "2026-06-01", "07:30", "24:00", "N-01"]
