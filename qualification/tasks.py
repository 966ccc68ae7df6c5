"""The queue's side of qualification: each task calls one action and can be run twice."""

from celery import shared_task

from marketplace import clock
from qualification.domain import scheduled_notifications
from qualification.domain.dps import decisions
from qualification.domain.verdicts import requalification


@shared_task(name="qualification.requalify", ignore_result=True, soft_time_limit=1800, time_limit=1860)
def requalify() -> int:
    """Process the requests to judge again; returns how many."""
    return requalification.work_off(clock.now())


@shared_task(name="qualification.freeze_due", ignore_result=True)
def freeze_due() -> None:
    """Freeze what has closed, unless another worker is at it. Run every few seconds, in the queue that no
    file is in."""
    requalification.close_due(clock.now())


@shared_task(name="qualification.sweep", ignore_result=True)
def sweep() -> int:
    """Freeze what has closed and process requests whose wake-up was lost. Run every few seconds."""
    return requalification.work_off(clock.now())


@shared_task(name="qualification.notify_due", ignore_result=True)
def notify_due() -> int:
    """Tell what is published and what closes soon; returns of how many competitions. Run every half
    minute."""
    return scheduled_notifications.notify_due(clock.now())


@shared_task(name="qualification.expire_approvals", ignore_result=True)
def expire_approvals() -> int:
    """Judge again where an approval on a DPS has ended by itself; returns how many. Run every half minute."""
    return decisions.expire_due(clock.now())
