"""A worker that delivers, in a thread of the test's process: what is written wakes it by the queue, as in a deployment."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connections

from marketplace.celery import app


@contextmanager
def worker_of(queue: str) -> Iterator[None]:
    """A worker that takes from this queue meanwhile; its connections to the database end with each task."""

    def close(**signal: Any) -> None:
        connections.close_all()

    task_postrun.connect(close, weak=False)
    try:
        with start_worker(app, pool="solo", queues=[queue], loglevel="ERROR", perform_ping_check=False):
            yield
    finally:
        task_postrun.disconnect(close)


def wait_until(holds: Callable[[], Any], most: float = 10) -> None:
    """Wait until something holds, ``most`` seconds at most."""
    until = time.monotonic() + most
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
