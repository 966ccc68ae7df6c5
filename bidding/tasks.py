"""The queue's side of bidding: each task calls one action and can be run twice."""

from celery import shared_task

from bidding.domain import gate
from marketplace import clock


@shared_task(name="bidding.close_gates", ignore_result=True, expires=30)
def close_gates() -> int:
    """Close every gate whose bidding has ended; returns how many. Run every few seconds."""
    return len(gate.close_due(clock.now()))
