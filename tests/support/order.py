"""In which order the tests of a run with several processes begin: what takes long first, so that it is not left alone at
the end.

Each process gets a stretch of the tests and takes from the end of the longest stretch when it is done. So the modules are
dealt out evenly by what they take, and in each stretch those with the longest tests come first. The tests of a module stay
together, since they share what it made; one that takes a minute by its mark, ``slow(180)``, goes by itself.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

SECONDS = {"slow": 20.0, "browser": 8.0}
"""About what a test with the mark takes, where the mark says no other; one without it takes :data:`USUAL`."""
USUAL = 0.3
MINUTE = 60.0


def dealt(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """The same tests, stretch by stretch for so many processes, which get equally many."""
    together = [list(tests) for _, tests in groupby(items, _stays_with)]
    long = sorted((each for each in together if _heaviest(each) > USUAL), key=_urgency, reverse=True)
    heads: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for tests in long:
        min(heads, key=_weight).extend(tests)
    rest = [test for each in together if _heaviest(each) <= USUAL for test in each]
    found: list[pytest.Item] = []
    for place, head in enumerate(heads):
        size = (len(items) - len(found)) // (processes - place)
        missing = max(0, size - len(head))
        found += [*head, *rest[:missing]]
        del rest[:missing]
    return found


def module_of(test: pytest.Item) -> str:
    """The file that the test is in."""
    return test.nodeid.split("::")[0]


def turned(asked: list[str], worker: str, processes: int) -> list[str]:
    """The folders of tests, where all are asked for, beginning with another one in each process of the run (``worker``:
    gw0, gw1 and so on).

    What one has compiled the others find: starting with the same, all would compile everything.
    """
    if not worker or [Path(each).resolve() for each in asked] != [TESTS]:
        return asked
    folders = sorted(str(each) for each in TESTS.iterdir() if each.name.startswith("test_") or each.is_dir())
    first = int(worker.removeprefix("gw")) * len(folders) // processes
    return [*folders[first:], *folders[:first]]


def _stays_with(test: pytest.Item) -> str:
    return test.nodeid if _seconds(test) >= MINUTE else module_of(test)


def _seconds(test: pytest.Item) -> float:
    marks = [mark for mark in test.iter_markers() if mark.name in SECONDS]
    return max((float(mark.args[0]) if mark.args else SECONDS[mark.name] for mark in marks), default=USUAL)


def _urgency(tests: Sequence[pytest.Item]) -> tuple[float, bool]:
    """The longest first; among equals, those that share a browser one after the other."""
    return _heaviest(tests), tests[0].get_closest_marker("browser") is None


def _heaviest(tests: Sequence[pytest.Item]) -> float:
    return max(map(_seconds, tests))


def _weight(tests: Sequence[pytest.Item]) -> float:
    return sum(map(_seconds, tests))
