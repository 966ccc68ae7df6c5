"""The queue's side of deliveries."""

from celery import shared_task

from marketplace.deliveries import engine
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.waking import TASK, WEBHOOKS_TASK


@shared_task(name=TASK, ignore_result=True, soft_time_limit=1500, time_limit=1560)
def deliver_due() -> None:
    """Send all mails that are due. Run after every commit that made some, and every few seconds by beat.

    Returns nothing: a log that counts mails could tell, before a close, how many were reminded that they had
    not bid.
    """
    engine.deliver_due()


@shared_task(name=WEBHOOKS_TASK, ignore_result=True, soft_time_limit=1500, time_limit=1560)
def deliver_webhooks() -> None:
    """Post all webhooks that are due, likewise, by a worker of their own: some receivers are slow."""
    engine.deliver_due(WEBHOOKS)
