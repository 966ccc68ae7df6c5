"""Waking a worker for what was just written. What is lost on the way beat finds within seconds."""

from django.db import connection, transaction

from marketplace.jobs import publishing

TASK = "deliveries.deliver_due"


def wake_on_commit() -> None:
    """Wake a worker once the present transaction commits: once, however many deliveries it writes."""
    waiting = getattr(connection, "run_on_commit", [])
    if not publishing.jobs_run_inline() and not any(each[1] is _wake for each in waiting):
        transaction.on_commit(_wake)


def _wake() -> None:
    publishing.hand_over(TASK)
