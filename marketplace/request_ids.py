"""One id for all that a request sets off: its lines in the log, its answer, its jobs, their mails and webhooks.

The id is ours alone; what a client sends is not taken, since two could send the same. Rows keep it
(``Job``, ``Delivery``), messages of the queue carry it, and whoever works on either logs under it.
"""

import uuid
from contextlib import AbstractContextManager
from typing import Any

import structlog
from celery.signals import before_task_publish, task_postrun, task_prerun
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

NAME = "request_id"
"""The name in the log, and of the header of the queue's messages."""


def current() -> uuid.UUID | None:
    """The id of the request that the present work belongs to; None for what beat sets off."""
    told = get_contextvars().get(NAME)
    return uuid.UUID(str(told)) if told else None


def under(request_id: uuid.UUID | str | None, **named: str) -> AbstractContextManager[None]:
    """Log under the id within the block; ``named`` are further ids of what is worked on."""
    ids = {NAME: str(request_id)} if request_id else {}
    return structlog.contextvars.bound_contextvars(**ids, **named)


def _carry(headers: dict[str, Any] | None = None, **signal: Any) -> None:
    told = current()
    if headers is not None and told is not None:
        headers[NAME] = str(told)


def _begin(task: Any = None, **signal: Any) -> None:
    if task.request.is_eager:
        return
    told = task.request.get(NAME)
    task.request.log_tokens = bind_contextvars(task=task.name, **({NAME: told} if told else {}))


def _end(task: Any = None, **signal: Any) -> None:
    tokens = task.request.get("log_tokens")
    if tokens:
        reset_contextvars(**tokens)


def connect() -> None:
    """Let messages of the queue carry the id, and tasks log under it; called once in each process."""
    before_task_publish.connect(_carry, weak=False, dispatch_uid="request_ids.carry")
    task_prerun.connect(_begin, weak=False, dispatch_uid="request_ids.begin")
    task_postrun.connect(_end, weak=False, dispatch_uid="request_ids.end")
