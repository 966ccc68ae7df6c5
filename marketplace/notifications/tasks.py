"""The queue's side of notifications."""

from celery import shared_task

from marketplace import clock
from marketplace.notifications import delivery


@shared_task(name="notifications.deliver", ignore_result=True, expires=60, soft_time_limit=1500, time_limit=1560)
def deliver() -> int:
    """Send the mails that are due; returns how many. Run after every commit that made some, and every few seconds."""
    return delivery.deliver_due(clock.now())
