"""Available hours against a count that knows nothing of the formula: it walks through the minutes of UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.calendar import (
    HolidayRule,
    NonexistentTime,
    available_minutes,
    holidays_between,
    local_instant,
    localise,
    service_dates,
)

LONDON = ZoneInfo("Europe/London")
ZONES = [
    LONDON,
    ZoneInfo("Europe/Dublin"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("UTC"),
]
MINUTE = timedelta(minutes=1)
EVERY_DAY = frozenset(range(7))

times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
# weeks in which the clocks of one of the zones change, and any week
first_days = st.one_of(
    st.sampled_from(
        [
            date(2026, 3, 26),
            date(2026, 10, 22),
            date(2026, 3, 5),
            date(2026, 10, 29),
            date(2026, 4, 2),
            date(2026, 10, 1),
        ]
    ),
    st.dates(date(2024, 1, 1), date(2028, 12, 1)),
)


def first_instant_at_or_after(wanted: datetime, zone: ZoneInfo) -> datetime:
    """The first minute of UTC at which the zone's clock shows ``wanted`` or, where it skips that, what comes
    next."""
    instant = (wanted - timedelta(hours=15)).replace(tzinfo=UTC)
    before = instant.astimezone(zone).replace(tzinfo=None)
    while True:
        shown = instant.astimezone(zone).replace(tzinfo=None)
        if shown == wanted or before < wanted < shown:
            return instant
        before = shown
        instant += MINUTE


def minutes_counted(first, last, weekdays, start, end, rule, holidays, zone) -> int:
    """Walk every minute of UTC from before the first day to after the last, and count those in service."""
    counted = 0
    day = first
    while day <= last:
        is_holiday, is_weekday = day in holidays, day.weekday() in weekdays
        served = {
            "ignore": is_weekday,
            "exclude": is_weekday and not is_holiday,
            "include": is_weekday or is_holiday,
        }[rule]
        if served:
            closing_day = day if start < end else day + timedelta(days=1)
            instant = first_instant_at_or_after(datetime.combine(day, start), zone)
            closing = first_instant_at_or_after(datetime.combine(closing_day, end), zone)
            while instant < closing:
                counted += 1
                instant += MINUTE
        day += timedelta(days=1)
    return counted


@given(
    first=first_days,
    length=st.integers(0, 6),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    start=times,
    end=times,
    rule=st.sampled_from(HolidayRule),
    holiday_offsets=st.frozensets(st.integers(0, 6), max_size=3),
    zone=st.sampled_from(ZONES),
)
@example(date(2026, 3, 29), 0, EVERY_DAY, time(0, 30), time(4), HolidayRule.IGNORE, frozenset(), LONDON)
@example(date(2026, 10, 25), 0, EVERY_DAY, time(0), time(0), HolidayRule.IGNORE, frozenset(), LONDON)
@example(date(2026, 3, 28), 0, EVERY_DAY, time(22), time(1, 30), HolidayRule.IGNORE, frozenset(), LONDON)
@example(date(2026, 10, 25), 0, EVERY_DAY, time(1, 15), time(1, 45), HolidayRule.IGNORE, frozenset(), LONDON)
@settings(max_examples=80, deadline=None)
def test_available_minutes_are_those_that_a_walk_through_the_minutes_counts(
    first, length, weekdays, start, end, rule, holiday_offsets, zone
):
    last = first + timedelta(days=length)
    holidays = frozenset(first + timedelta(days=offset) for offset in holiday_offsets)
    found = available_minutes(first, last, weekdays, start, end, rule, holidays, zone)
    assert found == minutes_counted(first, last, weekdays, start, end, rule, holidays, zone)


@pytest.mark.parametrize(
    ("day", "start", "end", "minutes"),
    [
        (date(2026, 3, 29), time(0), time(0), 23 * 60),
        (date(2026, 10, 25), time(0), time(0), 25 * 60),
        (date(2026, 3, 29), time(1, 15), time(1, 45), 0),
        (date(2026, 3, 29), time(0, 30), time(1, 30), 30),
        (date(2026, 10, 25), time(1, 30), time(2, 30), 120),
        (date(2026, 3, 28), time(22), time(2), 180),
        (date(2026, 6, 1), time(22), time(2), 240),
    ],
)
def test_a_window_over_a_clock_change_lasts_as_long_as_it_lasts(day, start, end, minutes):
    assert available_minutes(day, day, EVERY_DAY, start, end, "ignore", (), LONDON) == minutes


def test_a_holiday_is_ignored_excluded_or_included():
    monday, friday = date(2026, 5, 4), date(2026, 5, 8)
    weekends = frozenset({5, 6})
    assert len(service_dates(monday, friday, {0, 1}, "ignore", {monday})) == 2
    assert service_dates(monday, friday, {0, 1}, "exclude", {monday}) == [date(2026, 5, 5)]
    assert service_dates(monday, friday, weekends, "include", {monday}) == [monday]


def test_holidays_follow_the_region():
    scotland, england = (
        holidays_between("GB", region, date(2026, 1, 1), date(2026, 12, 31)) for region in ("SCT", "ENG")
    )
    assert date(2026, 1, 2) in scotland - england
    assert date(2026, 4, 6) in england - scotland
    assert holidays_between("GB", "SCT", date(2026, 1, 2), date(2026, 1, 2)) == {date(2026, 1, 2)}


def test_a_local_time_that_is_skipped_is_the_first_that_exists_and_one_that_comes_twice_is_the_first():
    assert local_instant(date(2026, 3, 29), time(1, 30), LONDON) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert local_instant(date(2026, 10, 25), time(1, 30), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_typed_local_times_are_exact_or_refused():
    with pytest.raises(NonexistentTime, match="does not exist in Europe/London"):
        localise(datetime(2026, 3, 29, 1, 30), LONDON)
    twice = localise(datetime(2026, 10, 25, 1, 30), LONDON)
    assert (twice.instant, twice.ambiguous) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True)
    once = localise(datetime(2026, 10, 25, 12), LONDON)
    assert (once.instant, once.ambiguous) == (datetime(2026, 10, 25, 12, tzinfo=UTC), False)
