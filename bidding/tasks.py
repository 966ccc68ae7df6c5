"""The queue's side of bidding: each task calls one action and can be run twice."""

from celery import shared_task

from bidding.domain import scheduled_notifications
from bidding.domain.gate import closing
from marketplace import clock


@shared_task(name="bidding.close_gates", ignore_result=True)
def close_gates() -> int:
    """Close every gate whose bidding has ended; returns how many. Run every few seconds."""
    return len(closing.close_due(clock.now()))


@shared_task(name="bidding.notify_due", ignore_result=True)
def notify_due() -> int:
    """Tell where bidding is open and where it closes soon; returns of how many competitions. Run every half
    minute."""
    return scheduled_notifications.notify_due(clock.now())
