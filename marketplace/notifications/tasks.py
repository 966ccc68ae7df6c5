"""The queue's side of notifications."""

from celery import shared_task

from marketplace import clock
from marketplace.notifications import delivery


@shared_task(name="notifications.deliver", ignore_result=True, expires=60, soft_time_limit=1500, time_limit=1560)
def deliver() -> None:
    """Send the mails that are due. Run after every commit that made some, and every few seconds.

    Returns nothing: a log that counts mails could tell, before a close, how many were reminded that they had not bid.
    """
    delivery.deliver_due(clock.now())
