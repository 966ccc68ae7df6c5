"""The queue's side of what goes after a time."""

from celery import shared_task

from marketplace import clock
from marketplace.retention.removal import remove_due


@shared_task(name="retention.remove_due", ignore_result=True)
def remove() -> None:
    """Remove what was kept long enough. Run by beat every hour."""
    remove_due(clock.now())
