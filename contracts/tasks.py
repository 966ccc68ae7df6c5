"""The queue's side of contracts: each task calls one action and can be run twice."""

from celery import shared_task

from contracts.domain import lifecycle
from marketplace import clock


@shared_task(name="contracts.end_due", ignore_result=True)
def end_due() -> int:
    """End the contracts whose service is over; returns how many. Run every hour."""
    return lifecycle.end_due(clock.now())
