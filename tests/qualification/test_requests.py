"""Changes ask for verdicts, and the worker makes them: also when its wake-up is lost."""

import contextlib

import pytest

from competitions.signals import competition_changed
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification import tasks
from qualification.domain.verdicts import requalification
from qualification.domain.verdicts.explanations import lines_for
from qualification.domain.verdicts.requalification import (
    request_for_assets,
    request_for_competitions,
    work_off,
)
from qualification.models import Freeze, Requalification, Verdict
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
def test_what_is_due_is_closed_unless_another_worker_is_at_it(monkeypatch):
    competition = market.competition(market.operator())
    at_close = market.CLOSE + market.SECOND
    with clock.set_to(at_close):
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(
                requalification.locks, "hold_key", lambda key: contextlib.nullcontext(enter_result=False)
            )
            requalification.close_due(at_close)
        assert not Freeze.objects.exists()
        requalification.close_due(at_close)
        requalification.close_due(at_close)
    assert Freeze.objects.get().competition == competition


@pytest.mark.django_db
def test_a_lost_queue_loses_no_request(monkeypatch, django_capture_on_commit_callbacks):
    def unreachable(*args, **options):
        raise OSError("no queue")

    monkeypatch.setattr("marketplace.celery.app.send_task", unreachable)
    competition = market.competition(market.operator())
    with django_capture_on_commit_callbacks(execute=True):
        competition_changed.send(type(competition), competition_ids=[competition.pk], now=DURING)
    assert Requalification.objects.count() == 1


@pytest.mark.django_db
def test_what_was_not_judged_yet_is_said_to_be_pending_rather_than_outside():
    competition, asset = market.competition(market.operator()), market.asset(market.provider())
    outside = market.asset(market.provider(), x=5)
    with run_jobs_inline():
        request_for_assets(asset.provider_id, [asset.pk], DURING)
        new, other = lines_for(competition, [asset, outside], DURING)
        assert (new.is_pending, new.reasons, new.passed) == (True, (), ())
        assert (other.is_pending, dict(other.reasons)) == (
            False,
            {"location": "It lies outside the boundary."},
        )
        request_for_competitions([competition.pk], DURING)
        assert [each.is_pending for each in lines_for(competition, [asset, outside], DURING)] == [True, True]
        work_off(DURING)
    assert [each.is_pending for each in lines_for(competition, [asset, outside], DURING)] == [False, False]
