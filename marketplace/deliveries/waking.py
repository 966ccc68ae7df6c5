"""Waking a worker for what was just written. What is lost on the way beat finds within seconds."""

from collections.abc import Callable

from django.db import connection, transaction

from marketplace.deliveries.channels import MAILS, WEBHOOKS
from marketplace.jobs import publishing

TASK = "deliveries.deliver_due"
WEBHOOKS_TASK = "deliveries.deliver_webhooks"


MOST_WOKEN = 4
ROWS_OF_ONE = 25
"""Rows that are written together for which one worker is enough."""


def wake_on_commit(lane: str = MAILS, rows: int = 1) -> None:
    """Wake a worker once the present transaction commits, for many rows several; each once, however often it is asked."""
    waiting = {each[1] for each in getattr(connection, "run_on_commit", [])}
    if publishing.jobs_run_inline():
        return
    for wake in _WAKING[lane][: -(-rows // ROWS_OF_ONE)]:
        if wake not in waiting:
            transaction.on_commit(wake)


def _wakers(task: str, number: int) -> list[Callable[[], object]]:
    return [lambda: publishing.hand_over(task) for _ in range(number)]


_WAKING = {MAILS: _wakers(TASK, 1), WEBHOOKS: _wakers(WEBHOOKS_TASK, MOST_WOKEN)}
