"""What qualification does when competitions change, inside the transaction that changes them."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.signals import operating_area_changed
from competitions.models import Competition, Question
from competitions.signals import (
    competition_cancelled,
    competition_changed,
    competition_edited,
    question_answered,
)
from qualification.domain import notifications
from qualification.domain.assets import operating_areas
from qualification.domain.verdicts import requalification
from qualification.signals import assets_changed


@receiver(competition_changed, dispatch_uid="qualification.judge_anew")
def judge_anew(sender: Any, competition_ids: Collection[uuid.UUID], now: datetime, **signal: Any) -> None:
    """Ask for the competitions' verdicts to be made again. What is closed or frozen is left as it is."""
    requalification.request_for_competitions(competition_ids, now)


@receiver(competition_edited, dispatch_uid="qualification.notify_changed")
def notify_changed(
    sender: Any,
    competition: Competition,
    changes: Collection[tuple[str, Any, Any]],
    now: datetime,
    **signal: Any,
) -> None:
    """Tell the providers who are eligible as things stood what changed."""
    notifications.notify_changed(competition, changes, now)


@receiver(competition_cancelled, dispatch_uid="qualification.notify_cancelled")
def notify_cancelled(sender: Any, competition: Competition, now: datetime, **signal: Any) -> None:
    notifications.notify_cancelled(competition, now)


@receiver(assets_changed, dispatch_uid="qualification.place_assets")
def place_assets(sender: Any, asset_ids: Collection[uuid.UUID], **signal: Any) -> None:
    """See in whose operating area the assets lie now."""
    operating_areas.place_assets(asset_ids)


@receiver(operating_area_changed, dispatch_uid="qualification.place_in_area")
def place_in_area(sender: Any, operator_id: uuid.UUID, **signal: Any) -> None:
    """See which assets lie in the operator's new area."""
    operating_areas.place_in_area_of(operator_id)


@receiver(question_answered, dispatch_uid="qualification.notify_answered")
def notify_answered(sender: Any, question: Question, now: datetime, **signal: Any) -> None:
    """Tell who has entered, and who asked, what is answered."""
    notifications.notify_answered(question, now)
