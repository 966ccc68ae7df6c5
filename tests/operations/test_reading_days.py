"""Days of readings laid over each other: what was told last holds, whatever the file it came in."""

from copy import deepcopy
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from operations.domain.day_stacks import blank_stack, news_of
from operations.domain.reading_days import (
    NOT_TOLD,
    blank_day,
    first_minute,
    laid_over,
    series_of_days,
    stored_flow,
)

DAY = date(2026, 6, 22)
SIZE = 48
readings = st.dictionaries(
    st.integers(0, SIZE - 1), st.tuples(st.integers(-500, 500), st.integers(0, 2)), min_size=1
)


def day_of(told, minutes=30):
    made = blank_day(DAY, minutes)
    for place, (net, quality) in told.items():
        made.imported.energy[place], made.exported.energy[place] = max(-net, 0), max(net, 0)
        made.imported.quality[place] = made.exported.quality[place] = quality
    return made


def told_again(days):
    """As the database gives them back."""
    return [
        type(each)(
            each.day,
            each.minutes,
            *(stored_flow(flow.stored, flow.letters) for flow in (each.imported, each.exported)),
        )
        for each in days
    ]


def tell(days, new):
    """What is stored after one more file: only its news."""
    told, holds = blank_stack(new.minutes, 1), blank_stack(new.minutes, 1)
    told.put(0, new)
    for each in laid_over(told_again(deepcopy(days))):
        if each.minutes == new.minutes:
            holds.put(0, each)
    news = news_of(told, holds)
    (created,), (changed,) = news.created, news.changed
    return ([*days, news.days.day(0, first_minute(DAY))] if created or changed else days), created, changed


def same(one, other):
    a, b = (series_of_days([laid_over(told_again(each))]) for each in (one, other))
    return all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("start", "minutes", "net", "quality")
    )


@given(readings, st.integers(0, SIZE))
def test_a_file_split_in_two_in_either_order_or_told_twice_changes_nothing(told, where):
    whole, _, _ = tell([], day_of(told))
    first = {place: each for place, each in told.items() if place < where}
    second = {place: each for place, each in told.items() if place >= where}
    for parts in ((first, second), (second, first)):
        stored = []
        for part in parts:
            stored, _, _ = tell(stored, day_of(part))
        assert same(stored, whole)
        assert tell(stored, day_of(told)) == (stored, 0, 0)


@given(readings, readings)
def test_of_two_files_the_later_holds_where_it_tells_something(before, after):
    stored, _, _ = tell([], day_of(before))
    stored, created, changed = tell(stored, day_of(after))
    expected, _, _ = tell([], day_of(before | after))
    assert same(stored, expected)
    assert created == len(after.keys() - before.keys())
    assert changed == sum(before[place] != after[place] for place in after.keys() & before.keys())


@given(
    readings,
    st.dictionaries(st.integers(0, 95), st.tuples(st.integers(-500, 500), st.integers(0, 2)), min_size=1),
)
def test_a_finer_reading_replaces_the_interval_that_it_lies_in(half_hours, quarters):
    stored, _, _ = tell([], day_of(half_hours))
    stored, _, _ = tell(stored, day_of(quarters, 15))
    series = series_of_days([laid_over(told_again(stored))])
    kept = [place for place in half_hours if place not in {each // 2 for each in quarters}]
    assert sorted(series.minutes.tolist()) == sorted([15] * len(quarters) + [30] * len(kept))


def test_nothing_told_is_no_day():
    assert tell([], blank_day(DAY, 30)) == ([], 0, 0)
    assert blank_day(DAY, 5).imported.quality.tolist() == [NOT_TOLD] * 288


def test_what_another_length_replaced_stays_gone_though_the_first_length_tells_the_other_direction_later():
    hour, quarter, later = blank_day(DAY, 60), blank_day(DAY, 15), blank_day(DAY, 60)
    for day, flow, place, energy in (
        (hour, "imported", 0, 60),
        (hour, "imported", 1, 61),
        (quarter, "imported", 0, 15),
        (later, "exported", 0, 5),
    ):
        getattr(day, flow).energy[place], getattr(day, flow).quality[place] = energy, 0
    [held] = laid_over(told_again([hour, quarter, later]))
    assert held.imported.quality[:3].tolist() == [NOT_TOLD, 0, NOT_TOLD]
    assert held.exported.quality[:3].tolist() == [0, NOT_TOLD, NOT_TOLD]
    assert (held.imported.energy[1], held.exported.energy[0]) == (61, 5)
