"""What qualification does when competitions change, inside the transaction that changes them."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from competitions.signals import competition_changed
from qualification.domain import requalification


@receiver(competition_changed, dispatch_uid="qualification.judge_anew")
def judge_anew(sender: Any, competition_ids: Collection[uuid.UUID], now: datetime, **signal: Any) -> None:
    """Ask for the competitions' verdicts to be made anew. What is closed or frozen is left as it is."""
    requalification.request_for_competitions(competition_ids, now)
