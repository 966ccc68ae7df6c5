"""Changes ask for verdicts, and the worker makes them: also when its wake-up is lost."""

import pytest

from competitions.signals import competition_changed
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification import tasks
from qualification.models import Requalification, Verdict
from tests.qualification import market
from tests.qualification.market import DURING


@pytest.fixture
def woken(monkeypatch):
    """How often a worker has been woken."""
    calls = []
    monkeypatch.setattr("marketplace.jobs.publishing.hand_over", lambda task: calls.append(task))
    return calls


@pytest.mark.django_db
def test_a_changed_competition_asks_for_its_verdicts_and_wakes_a_worker_on_commit(
    woken, django_capture_on_commit_callbacks
):
    competition = market.competition(market.operator())
    with django_capture_on_commit_callbacks(execute=True):
        competition_changed.send(type(competition), competition_ids=[competition.pk], now=DURING)
        assert woken == []
    assert woken == [tasks.requalify.name]
    assert [each.competition for each in Requalification.objects.all()] == [competition]


@pytest.mark.django_db
@pytest.mark.parametrize("task", [tasks.requalify, tasks.sweep])
def test_each_task_can_be_run_twice(task):
    competition = market.competition(market.operator())
    market.asset(market.provider())
    with run_jobs_inline(), clock.set_to(DURING):
        competition_changed.send(type(competition), competition_ids=[competition.pk], now=DURING)
        assert (task(), task()) == (1, 0)
    assert Verdict.objects.count() == 1


@pytest.mark.django_db
def test_a_lost_queue_loses_no_request(monkeypatch, django_capture_on_commit_callbacks):
    def unreachable(*args, **options):
        raise OSError("no queue")

    monkeypatch.setattr("marketplace.celery.app.send_task", unreachable)
    competition = market.competition(market.operator())
    with django_capture_on_commit_callbacks(execute=True):
        competition_changed.send(type(competition), competition_ids=[competition.pk], now=DURING)
    assert Requalification.objects.count() == 1
