"""Beat minds no wall clock, and what it sent while no worker ran is done once."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache

from marketplace import beat
from marketplace.celery import app

TASK = "tests.counted"


@pytest.fixture
def scheduler(monkeypatch):
    """A scheduler of two tasks on a clock that the test moves; `sent` has the tasks that it handed over."""
    scheduler = beat.SteadyScheduler(app=app, lazy=True)
    entries = {"often": timedelta(seconds=5), "daily": timedelta(hours=24)}
    scheduler.merge_inplace({name: {"task": name, "schedule": each} for name, each in entries.items()})
    monkeypatch.setattr(beat.SteadyScheduler, "schedule", {n: scheduler.data[n] for n in entries})
    monkeypatch.setattr(beat.SteadyScheduler, "producer", None)
    scheduler.sent, scheduler.moment = [], 1000.0
    monkeypatch.setattr(beat.time, "monotonic", lambda: scheduler.moment)
    monkeypatch.setattr(scheduler, "apply_async", lambda entry, **named: scheduler.sent.append(entry.task))
    return scheduler


def test_at_its_start_everything_is_due_and_then_as_often_as_the_settings_say(scheduler):
    assert scheduler.tick() == 5
    assert scheduler.sent == ["often", "daily"]
    scheduler.moment += 4.9
    assert 0 < scheduler.tick() < 0.2
    assert scheduler.sent == ["often", "daily"]
    scheduler.moment += 0.2
    scheduler.tick()
    assert scheduler.sent == ["often", "daily", "often"]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_wall_clock_that_is_put_right_by_hours_holds_nothing_up(scheduler, monkeypatch, hours):
    scheduler.tick()
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + hours * 3600)
    scheduler.moment += 5.1
    scheduler.tick()
    assert scheduler.sent == ["often", "daily", "often"]


def test_what_the_queue_does_not_take_is_sent_again_within_seconds(scheduler, monkeypatch):
    def refuse(entry, **named):
        raise beat.SchedulingError("OOM command not allowed")

    with monkeypatch.context() as patch:
        patch.setattr(scheduler, "apply_async", refuse)
        scheduler.tick()
    scheduler.moment += 5.1
    scheduler.tick()
    assert scheduler.sent == ["often", "daily"]


@pytest.fixture
def runs():
    """The runs of a task, as a worker starts it with beat's number."""
    done = []

    class Counted(beat.OnceOfAPile):
        name = TASK

        def run(self):
            done.append(self.request.get(beat.NUMBER))

    task = Counted()
    task.bind(app)
    cache.delete_many([beat._sent(TASK), beat._done(TASK)])

    def start(number):
        task.push_request(**({} if number is None else {beat.NUMBER: number}))
        try:
            task()
        finally:
            task.pop_request()

    yield done, start
    cache.delete_many([beat._sent(TASK), beat._done(TASK)])


def test_of_messages_that_piled_up_the_first_does_the_work_of_all_and_later_ones_theirs(runs):
    done, start = runs
    pile = [beat._numbered(TASK) for _ in range(4)]
    for number in pile:
        start(number)
    assert done == [1]
    later = beat._numbered(TASK)
    start(later)
    start(None)
    assert done == [1, 5, None]


def test_numbers_that_begin_anew_since_valkey_was_emptied_hold_nothing_up(runs):
    done, start = runs
    for _ in range(9):
        start(beat._numbered(TASK))
    cache.delete(beat._sent(TASK))
    start(beat._numbered(TASK))
    assert done[-1] == 1
    cache.delete_many([beat._sent(TASK), beat._done(TASK)])
    start(9)
    start(beat._numbered(TASK))
    assert done[-2:] == [9, 1]


def test_no_task_expires_by_the_clock_of_the_worker_that_takes_it():
    app.loader.import_default_modules()
    assert {name for name, task in app.tasks.items() if task.expires is not None} == set()
