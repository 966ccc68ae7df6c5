"""Which dispatches are measured beside those asked for: all whose energy theirs may depend on, one after another."""

from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from operations.domain.measuring import sharing_energy

BASE, MINUTE, PERIOD = datetime(2026, 2, 10, tzinfo=UTC), timedelta(minutes=1), timedelta(minutes=30)
UNITS = ("A", "B", "C")
called = st.tuples(st.integers(0, 400), st.integers(1, 200), st.sets(st.sampled_from(UNITS), min_size=1))


def periods(asked):
    """The settlement periods that a dispatch touches, by number."""
    first = (asked.start - BASE) // PERIOD
    last = (asked.end - MINUTE - BASE) // PERIOD
    return set(range(first, last + 1))


def all_that_matter(wanted, asked, units):
    """By comparing each with each until nothing more is found."""
    found = set(wanted)
    while True:
        more = {
            other
            for one, other in product(found, asked)
            if units[one] & units[other] and periods(asked[one]) & periods(asked[other])
        }
        if more <= found:
            return found
        found |= more


@given(st.lists(called, min_size=1, max_size=9), st.data())
def test_none_that_shares_a_period_of_a_unit_is_left_out_however_long_the_chain(told, data):
    near = [SimpleNamespace(pk=number) for number in range(len(told))]
    asked = {
        number: SimpleNamespace(start=BASE + start * MINUTE, end=BASE + (start + length) * MINUTE)
        for number, (start, length, _) in enumerate(told)
    }
    units = {number: own for number, (_, _, own) in enumerate(told)}
    delivering = {number: dict.fromkeys(own) for number, own in units.items()}
    wanted = data.draw(st.sets(st.sampled_from(range(len(told))), min_size=1))
    assert sharing_energy(wanted, near, delivering, asked) >= all_that_matter(wanted, asked, units)


def test_what_shares_neither_time_nor_unit_is_left_out():
    near = [SimpleNamespace(pk=number) for number in range(4)]
    starts, own = (0, 20, 300, 20), ({"A"}, {"A", "B"}, {"A"}, {"C"})
    asked = {
        number: SimpleNamespace(start=BASE + start * MINUTE, end=BASE + (start + 30) * MINUTE)
        for number, start in enumerate(starts)
    }
    delivering = {number: dict.fromkeys(each) for number, each in enumerate(own)}
    assert sharing_energy({0}, near, delivering, asked) == {0, 1}
