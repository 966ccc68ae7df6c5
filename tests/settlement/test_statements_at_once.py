"""Runs at the same instant, and runs that die half-way: one result, whole or not at all."""

import threading

import pytest
from django.db import connections

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from settlement.domain.finalising import finalise
from settlement.models import Statement, StatementVersion
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import FIRST_RUN, dispatched, run, statement

pytestmark = pytest.mark.django_db(transaction=True)


def together(*actions):
    """Run each in a thread of its own; what each raised, None for nothing."""
    raised = [None] * len(actions)
    gate = threading.Barrier(len(actions))

    def act(place):
        try:
            with run_jobs_inline(), clock.set_to(FIRST_RUN):
                gate.wait(30)
                actions[place]()
        except Exception as error:
            raised[place] = repr(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(place,)) for place in range(len(actions))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return raised


def test_runs_at_once_make_one_result_and_one_that_dies_makes_none(monkeypatch):
    with run_jobs_inline():
        scene = scenes.scene_of(scenes.made())
    dispatched(scene)
    before = AuditEntry.objects.count()
    steps = ("issuing.StatementLine.objects.bulk_create", "issuing._record", "runs.notify_issued")
    for step in steps:
        with monkeypatch.context() as broken:
            broken.setattr(f"settlement.domain.{step}", _die)
            with pytest.raises(ZeroDivisionError):
                run(scene)
        assert not Statement.objects.exists(), step
        assert AuditEntry.objects.count() == before

    assert together(*[lambda: run(scene)] * 3) == [None] * 3
    version = StatementVersion.objects.get()
    assert Notification.objects.filter(kind="statement_issued").count() == 1
    assert AuditEntry.objects.filter(action="statement issued").count() == 2  # one for each party

    def make_final():
        finalise(by=scene.buyer, versions=[version.pk], now=FIRST_RUN)

    with monkeypatch.context() as broken:
        broken.setattr("settlement.domain.finalising.notify_final", _die)
        with pytest.raises(ZeroDivisionError):
            make_final()
    assert statement(scene).current.state == "provisional"
    assert together(make_final, make_final, lambda: run(scene)) == [None] * 3
    assert statement(scene).current.state == "final"
    assert AuditEntry.objects.filter(action="statement final").count() == 2
    assert StatementVersion.objects.count() == 1


def _die(*args, **kwargs):
    raise ZeroDivisionError
