"""In which order the tests of a run begin."""

import pytest

from tests.support.order import dealt


class Test:
    """As much of a test as the order asks of it."""

    __test__ = False

    def __init__(self, nodeid, *marks):
        self.nodeid = nodeid
        self.marks = [each.mark for each in marks]

    def iter_markers(self):
        return iter(self.marks)

    def get_closest_marker(self, name):
        return next((each for each in self.marks if each.name == name), None)


def test_two_tests_of_minutes_begin_first_in_processes_of_their_own_though_they_share_a_module():
    first, second = (Test(f"a.py::{name}", pytest.mark.browser, pytest.mark.slow(180)) for name in "xy")
    others = [Test(f"b.py::{number}", pytest.mark.slow) for number in range(2)]
    quick = [Test(f"c.py::{number}") for number in range(8)]
    found = dealt([*others, first, second, *quick], 2)
    assert {found[0], found[6]} == {first, second}


def test_the_other_slow_tests_of_a_module_stay_together():
    tests = [Test(f"{module}.py::{number}", pytest.mark.slow) for module in "ab" for number in range(3)]
    found = dealt(tests, 2)
    assert [{each.nodeid[0] for each in half} for half in (found[:3], found[3:])] in (
        [{"a"}, {"b"}],
        [{"b"}, {"a"}],
    )
