"""The Celery application: its settings are Django's, its tasks live in each app's ``tasks`` module."""

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, worker_init, worker_shutdown
from kombu.transport.redis import Channel, Transport
from redis.exceptions import ResponseError

from marketplace import consuming, memory
from marketplace.health import signs

memory.collect_rarely()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

app = Celery("marketplace", task_cls="marketplace.beat:OnceOfAPile")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
signs.connect()

# A broker that goes away with tasks in flight would end the worker: kombu tries to hand their messages back over the
# lost connection. They needn't be: whatever must not be lost is a row, and a sweeper hands it over again.
Channel.do_restore = False
Channel.QoS = consuming.ForgivingQoS

# Valkey that refuses to write, since its memory or its disk is full, counts as one that can't be reached: workers and
# beat say so, wait and try again, instead of ending.
Transport.connection_errors = (*Transport.connection_errors, ResponseError)


worker_shutdown.connect(consuming.end_at_once)


@celeryd_init.connect
def let_pages_go_first(options: Mapping[str, Any], **signal: Any) -> None:
    """A worker of nothing but files leaves the processors to pages, gates and mails of the same machine first."""
    queues = options.get("queues") or ()
    if (queues.split(",") if isinstance(queues, str) else list(queues)) == ["files"]:
        os.nice(int(os.environ.get("FILES_NICENESS", "5")))


@worker_init.connect
def leave_out_what_is_loaded(**signal: Any) -> None:
    """What is loaded is never garbage; of what tasks make, files leave much."""
    memory.collect_as_usual()


@worker_init.connect
def refuse_without_sandbox(**signal: Any) -> None:
    """A worker does not start where files from outside must be confined and can't be."""
    from marketplace.sandbox import starting

    starting.refuse_without_sandbox()
