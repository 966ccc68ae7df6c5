"""The queue's side of accounts."""

from celery import shared_task

from accounts.domain import outbox, sign_in
from marketplace import clock


@shared_task(name="accounts.deliver_mail", ignore_result=True, expires=60, soft_time_limit=600, time_limit=660)
def deliver_mail() -> int:
    """Send the mails about logins that are due; returns how many. Run after every commit that made one, and by beat."""
    return outbox.deliver_due(clock.now())


@shared_task(name="accounts.clear_sessions", ignore_result=True, expires=600)
def clear_sessions() -> None:
    """Forget sessions that have run out. Run by beat."""
    sign_in.clear_expired_sessions()
