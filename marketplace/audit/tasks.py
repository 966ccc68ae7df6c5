from celery import shared_task

from marketplace import clock
from marketplace.audit import publication


@shared_task(name="audit.publish_heads", ignore_result=True)
def publish_heads() -> None:
    """Publish the day's digest; run hourly, it happens once a day."""
    publication.publish_heads(clock.now())
