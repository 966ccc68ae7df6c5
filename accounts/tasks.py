"""The queue's side of accounts."""

from celery import shared_task

from accounts.domain import login_mails, sign_in
from marketplace import clock


@shared_task(name="accounts.clear_sessions", ignore_result=True)
def clear_sessions() -> None:
    """Forget sessions that have run out. Run by beat."""
    sign_in.clear_expired_sessions()


@shared_task(name="accounts.forget_given_up_mails", ignore_result=True)
def forget_given_up_mails() -> None:
    """Forget mails about logins that were given up long ago. Run by beat."""
    login_mails.forget_given_up(clock.now())
