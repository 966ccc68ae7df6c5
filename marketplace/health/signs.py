"""Who gives signs of life: beat with each task that the queue took from it, a worker with each of its heartbeats."""

from typing import Any

from celery import current_app
from celery.signals import after_task_publish, beat_embedded_init, beat_init, heartbeat_sent

from marketplace.health import heartbeats


def _watch_publishing(**signal: Any) -> None:
    after_task_publish.connect(_beat_lives, weak=False, dispatch_uid="health.beat")


def _beat_lives(**signal: Any) -> None:
    heartbeats.note(heartbeats.BEAT)


def _worker_lives(**signal: Any) -> None:
    """The worker's own process tells, not one of those that do the work: a long file doesn't make it look dead."""
    for queue in current_app.amqp.queues.consume_from:
        heartbeats.note(heartbeats.worker_of(queue))


def connect() -> None:
    """Listen to beat and workers; called once, before either starts."""
    beat_init.connect(_watch_publishing, weak=False, dispatch_uid="health.beat_init")
    beat_embedded_init.connect(_watch_publishing, weak=False, dispatch_uid="health.beat_init")
    heartbeat_sent.connect(_worker_lives, weak=False, dispatch_uid="health.worker")
