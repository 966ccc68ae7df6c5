"""The queue's side of accounts."""

from celery import shared_task

from accounts.domain import outbox
from marketplace import clock


@shared_task(name="accounts.deliver_mail", ignore_result=True, expires=60, soft_time_limit=600, time_limit=660)
def deliver_mail() -> int:
    """Send the mails about logins that are due; returns how many. Run after every commit that made one, and by beat."""
    return outbox.deliver_due(clock.now())
