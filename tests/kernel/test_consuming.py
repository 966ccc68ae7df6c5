"""Workers and beat bear a broker that is away, say so once a minute, and are back within seconds of it."""

import logging
import os
from types import SimpleNamespace
from unittest.mock import MagicMock

import kombu
import pytest
from celery.apps.worker import Worker
from celery.signals import celeryd_init
from celery.worker.consumer import Consumer
from django.db.migrations.loader import MigrationLoader
from kombu.transport.redis import Channel
from redis.exceptions import ResponseError

from marketplace import consuming, logs
from marketplace.consuming import ForgivingQoS, PatientConsumer

MORE_TRIES_THAN_A_MINUTE_HAS = 40


class Enough(Exception):
    pass


@pytest.mark.parametrize(
    ("queues", "niceness"),
    [(["files"], [7]), ("files", [7]), (["files", "urgent"], []), ("urgent", []), (None, []), ([], [])],
)
def test_only_a_worker_of_nothing_but_files_lets_pages_go_first(monkeypatch, queues, niceness):
    given = []
    monkeypatch.setattr(os, "nice", given.append)
    monkeypatch.setenv("FILES_NICENESS", "7")
    celeryd_init.send(sender="files@here", instance=None, conf=None, options={"queues": queues})
    assert given == niceness


@pytest.fixture
def slept(monkeypatch):
    """The seconds of each sleep, without sleeping."""
    slept = []
    for place in ("kombu.utils.functional.sleep", "marketplace.consuming.time.sleep"):
        monkeypatch.setattr(place, slept.append)
    return slept


def test_a_broker_that_was_away_for_long_is_asked_as_often_as_one_that_just_went(slept, tmp_path):
    tries = []

    def told(error, seconds):
        tries.append(seconds)
        if len(tries) > MORE_TRIES_THAN_A_MINUTE_HAS:
            raise Enough

    with pytest.raises(Enough):
        consuming.reach(kombu.Connection(f"redis+socket://{tmp_path}/nobody.sock"), told)
    assert set(tries) == {consuming.AGAIN_SECONDS}


def test_a_broker_that_takes_connections_and_refuses_to_write_is_not_asked_without_a_pause(
    slept, monkeypatch
):
    monkeypatch.setattr(Consumer, "on_connection_error_after_connected", lambda self, error: None)
    consumer = object.__new__(PatientConsumer)
    consumer.on_connection_error_after_connected(OSError())
    assert slept == []
    for _ in range(3):
        consumer.on_connection_error_after_connected(OSError())
    assert sum(slept) == 3 * consuming.AGAIN_SECONDS


def test_a_worker_takes_tasks_again_though_the_broker_refused_its_acknowledgements():
    assert Channel.QoS is ForgivingQoS
    refusing = MagicMock()
    refusing.return_value.execute.side_effect = ResponseError("MISCONF Errors writing to the AOF file")
    taken = ForgivingQoS(MagicMock(), prefetch_count=2)
    for tag in ("one", "two"):
        taken._delivered[tag] = object()
    assert not taken.can_consume()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taken, "_remove_from_indices", refusing)
        for tag in ("one", "two"):
            with pytest.raises(ResponseError):
                taken.ack(tag)
    assert taken.can_consume()


def test_of_lines_that_say_the_same_about_the_broker_one_a_minute_is_logged(monkeypatch):
    seldom, moment = logs.Seldom(), [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: moment[0])

    def is_logged(name, message):
        return seldom.filter(logging.LogRecord(name, logging.WARNING, "f", 1, message, (), None))

    broker = "celery.worker.consumer.consumer"
    assert [is_logged(broker, "lost") for _ in range(8)] == [True] + 7 * [False]
    assert is_logged(broker, "found")
    assert is_logged("marketplace.beat", {"event": "beat_not_sent", "task": "one"})
    assert not is_logged("marketplace.beat", {"event": "beat_not_sent", "task": "two"})
    assert [is_logged("celery.app.trace", "succeeded") for _ in range(2)] == [True, True]
    moment[0] = 60.0
    assert is_logged(broker, "lost")


@pytest.mark.parametrize(("pidfile", "ended"), [(None, [3]), ("worker.pid", [])])
def test_a_worker_that_was_stopped_does_not_take_itself_apart(monkeypatch, pidfile, ended):
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    worker = object.__new__(Worker)
    worker.pidfile, worker.exitcode = pidfile, 3
    consuming.end_at_once(sender=worker)
    consuming.end_at_once(sender=SimpleNamespace(pidfile=None, exitcode=0))
    assert codes == ended


def test_a_migration_that_is_killed_leaves_no_half_of_it():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    halves = [
        name for name, each in loader.disk_migrations.items() if not each.atomic and len(each.operations) > 1
    ]
    assert halves == []
