from celery import shared_task

from api.log import forget_old
from marketplace import clock


@shared_task(name="api.forget_old")
def forget_old_requests() -> None:
    """Remove logged requests after 30 days, kept answers after 48 hours, tokens that are over."""
    forget_old(clock.now())
