"""Health and readiness: what is said to be missing, to whom, and what it does not tell."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from redis.exceptions import ConnectionError as NoValkey

from marketplace import clock
from marketplace.health import heartbeats, readiness, signs
from marketplace.health.readiness import DEAD_AFTER_SECONDS
from tests.bidding import market as bidding

pytestmark = pytest.mark.django_db

PARTS = ["beat", "worker files", "worker mails", "worker urgent", "worker webhooks"]


@pytest.fixture(autouse=True)
def all_alive(settings, monkeypatch):
    """Every process has just given its sign of life, in keys of this test."""
    monkeypatch.setattr(heartbeats, "_key", lambda name: f"heartbeat-of-a-test:{name}")
    heartbeats._noted.clear()
    readiness.forget_kept()
    for part in PARTS:
        heartbeats.note(part)
    yield
    for part in PARTS:
        heartbeats.forget(part)
    readiness.forget_kept()


def not_ready(address="/readyz"):
    readiness.forget_kept()
    answer = Client().get(address)
    told = answer.json()
    assert (answer.status_code == 200) == told["ready"] == (not told["not_ready"])
    return sorted(each["part"] for each in told["not_ready"])


def grow_old(part, seconds):
    left = heartbeats.KEPT_MILLISECONDS - seconds * 1000
    heartbeats._valkey(heartbeats.settings.VALKEY_URL).pexpire(heartbeats._key(part), left)


def test_it_is_ready_when_all_parts_are_at_work():
    assert not_ready() == []


@pytest.mark.parametrize("part", PARTS)
def test_a_part_without_a_sign_of_life_for_a_minute_is_named(part):
    grow_old(part, DEAD_AFTER_SECONDS - 5)
    assert not_ready() == []
    grow_old(part, DEAD_AFTER_SECONDS + 5)
    assert not_ready() == [part]
    heartbeats.forget(part)
    assert not_ready() == [part]


def test_whoever_hands_requests_to_web_processes_asks_for_these_alone():
    heartbeats.forget("beat")
    assert not_ready("/readyz?only=web") == []


def test_a_missing_migration_is_named_and_counted():
    MigrationRecorder.Migration.objects.filter(app="bidding").order_by("-pk").first().delete()
    assert not_ready() == not_ready("/readyz?only=web") == ["migrations"]


def test_without_its_database_it_is_neither_healthy_nor_ready(monkeypatch):
    def away(*args, **named):
        raise OperationalError("the secret address of the database")

    monkeypatch.setattr(connection, "cursor", away)
    health = Client().get("/healthz")
    assert (health.status_code, health.content) == (503, b"no database")
    assert not_ready() == ["database"]
    assert "secret" not in Client().get("/readyz").content.decode()


def test_without_the_broker_it_is_healthy_and_not_ready(monkeypatch):
    def away(self, *args, **named):
        raise NoValkey

    with monkeypatch.context() as patched:
        patched.setattr("redis.Redis.execute_command", away)
        assert Client().get("/healthz").status_code == 200
        assert not_ready() == ["broker"]


def test_a_full_disk_is_named(settings):
    settings.DISK_FREE_MB = 10**9
    assert not_ready() == ["disk"]


def test_a_gate_is_late_a_minute_after_the_close_and_nothing_tells_which():
    of = bidding.market()
    competition = of.competition
    with clock.set_to(competition.bidding_close + timedelta(seconds=50)):
        assert not_ready() == []
    with clock.set_to(competition.bidding_close + timedelta(seconds=70)):
        assert not_ready() == ["gates"]
        told = Client().get("/readyz").content.decode()
    assert not any(
        each in told for each in (str(competition.pk), competition.name, competition.operator.name)
    )


def test_an_answer_is_kept_for_a_moment_however_often_somebody_asks(django_assert_num_queries):
    not_ready()
    with django_assert_num_queries(0):
        Client().get("/readyz")


def test_beat_lives_by_what_it_publishes_and_a_worker_by_its_heartbeat(monkeypatch):
    from celery import current_app
    from celery.signals import after_task_publish, beat_init, heartbeat_sent

    lived = []
    monkeypatch.setattr(signs.heartbeats, "note", lived.append)
    monkeypatch.setattr(current_app.amqp.queues, "_consume_from", {"mails": current_app.amqp.queues["mails"]})
    heartbeat_sent.send(sender=None)
    assert lived == ["worker mails"]
    after_task_publish.send(sender="a task of the web")
    assert lived == ["worker mails"]
    beat_init.send(sender=None)
    try:
        after_task_publish.send(sender="a task of beat")
    finally:
        after_task_publish.disconnect(dispatch_uid="health.beat")
    assert lived == ["worker mails", "beat"]
