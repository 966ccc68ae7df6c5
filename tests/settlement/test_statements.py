"""Statements of stored contracts: runs, versions and what differs, corrections."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from settlement.domain.issuing import Came
from settlement.models import Statement, StatementVersion
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import FIRST_RUN, dispatched, lines, run, statement, told

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return scenes.made()


@pytest.fixture
def scene(once):
    return scenes.scene_of(once)


def test_a_run_makes_the_statement_of_a_month_with_a_line_for_each_dispatch(scene):
    """0.5 MW for an hour asked; baseline −1,000 kWh a half-hour, import 700 and 900: 250 (of 300) and 100 delivered.

    £10 × (250 + 100) / 1,000 = £3.50.
    """
    dispatch = dispatched(scene, imports=(700, 900))
    outcomes = run(scene)
    assert [each.came for each in outcomes if each.contract == scene.contract] == [Came.ISSUED]
    made = statement(scene).current
    assert (made.number, made.state, made.total) == (1, "provisional", Decimal("3.50"))
    assert lines(made) == [("Utilisation", str(dispatch.pk), Decimal("3.50"))]
    line = made.lines.get()
    assert line.words == "0.35 MWh of 0.5 MWh delivered (70.0 %), 0.35 MWh paid at £10.00/MWh: £3.50"
    assert (line.dispatch, line.quantity, line.factor) == (dispatch, Decimal(350), Decimal("0.7"))


def test_the_queries_of_a_run_do_not_grow_with_its_dispatches(scene):
    dispatched(scene)
    run(scene)
    asked = []
    for days in ((1,), (2, 3, 4)):
        for day in days:
            dispatched(scene, day=day)
        with CaptureQueriesContext(connection) as queries:
            run(scene)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_run_without_change_makes_no_version(scene):
    dispatched(scene)
    run(scene)
    again = run(scene, FIRST_RUN + DAY)
    assert {each.came for each in again} <= {Came.UNCHANGED, Came.NO_TERMS, Came.NOTHING}
    assert StatementVersion.objects.count() == 1


def test_new_data_makes_the_next_version_that_says_what_differs_and_why(scene):
    dispatch = dispatched(scene, imports=(700, None))
    run(scene)
    assert not statement(scene).current.lines.get().is_complete
    told(scene, scene.service[0].start, (700, 900), at=FIRST_RUN + DAY)
    run(scene, FIRST_RUN + 2 * DAY)
    made = statement(scene).current
    assert (made.number, made.total, made.complete_lines) == (2, Decimal("3.50"), 1)
    assert made.differences == [
        {
            "kind": "Utilisation",
            "reference": str(dispatch.pk),
            "before": "2.50",
            "after": "3.50",
            "why": "new meter data",
        }
    ]


def test_no_statement_is_run_before_the_month_is_over_or_by_anybody_else(scene):
    dispatched(scene)
    with pytest.raises(Refused, match="is not over"):
        run(scene, scene.service[0].start + DAY)
    with pytest.raises(NotAllowed):
        scenes.run_statements(
            by=scene.north, contracts=[scene.contract], month=scenes.FEBRUARY, now=FIRST_RUN
        )
    assert not Statement.objects.exists()
