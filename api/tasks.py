from celery import shared_task

from api.log import forget_old
from marketplace import clock


@shared_task(name="api.forget_old")
def forget_old_requests() -> None:
    """Remove kept answers after 48 hours, and tokens that are over."""
    forget_old(clock.now())
