"""The columns that the engine works with."""

from django.db import models

from marketplace import request_ids


class Delivery(models.Model):
    """What waits to be sent, is being sent or was given up. The subclass has the state, in a field of its own
    choices."""

    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="What the server said last."
    )
    request_id = models.UUIDField(
        null=True,
        default=request_ids.current,
        editable=False,
        help_text="Of the request that set it off; empty: the clock did.",
    )

    class Meta:
        abstract = True
