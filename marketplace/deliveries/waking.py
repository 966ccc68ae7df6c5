"""Waking a worker for what was just written. What is lost on the way beat finds within seconds."""

from django.db import connection, transaction

from marketplace.deliveries.channels import MAILS, WEBHOOKS
from marketplace.jobs import publishing

TASK = "deliveries.deliver_due"
WEBHOOKS_TASK = "deliveries.deliver_webhooks"


def wake_on_commit(lane: str = MAILS) -> None:
    """Wake a worker once the present transaction commits: once a lane, however many deliveries it writes."""
    wake = _WAKING[lane]
    waiting = getattr(connection, "run_on_commit", [])
    if not publishing.jobs_run_inline() and not any(each[1] is wake for each in waiting):
        transaction.on_commit(wake)


def _wake() -> None:
    publishing.hand_over(TASK)


def _wake_webhooks() -> None:
    publishing.hand_over(WEBHOOKS_TASK)


_WAKING = {MAILS: _wake, WEBHOOKS: _wake_webhooks}
