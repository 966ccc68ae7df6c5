"""Bounding boxes that can't be meant are told, and taken."""

import pytest

from competitions.workbooks import competition_file
from marketplace import clock
from marketplace.jobs.kinds import JobContext
from tests.competitions import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    with clock.set_to(files.DRAFT):
        yield files.operator()


def plan(buyer, north, south, east, west):
    box = {
        "Boundary Type": "Bounding Box",
        "Value": None,
        "North": north,
        "South": south,
        "East": east,
        "West": west,
    }
    data = files.competition("BOXED", boundary=box)
    context = JobContext(job_id=None, member=buyer, params={}, now=clock.now())
    return competition_file.check(context, data)


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ((-2.0, -3.0, 56.0, 55.0), "latitudes and longitudes swapped"),
        ((56.0, 55.0, 13.0, 12.0), "outside the United Kingdom: check"),
        ((-55.0, -56.0, -2.0, -3.0), "other signs: is a minus sign lost"),
        ((60.0, 50.0, 170.0, -170.0), "more than 180°"),
    ],
)
def test_a_box_that_cannot_be_meant_is_told_at_its_row(buyer, corners, words):
    found = plan(buyer, *corners)
    assert [change.action for change in found.changes] == ["create"]
    [problem] = [each for each in found.problems if "box" in each.message]
    assert (problem.sheet, problem.row, problem.column, problem.level) == (
        "Competition Boundaries",
        2,
        "North",
        "warning",
    )
    assert words in problem.message


def test_a_likely_box_is_not_doubted(buyer):
    assert [each for each in plan(buyer, 56, 55, -2, -3).problems if "box" in each.message] == []
