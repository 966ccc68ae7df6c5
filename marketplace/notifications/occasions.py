"""Moments that come by themselves: each is told once, by whichever worker takes it first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from marketplace.notifications.models import Occasion

log = structlog.get_logger(__name__)
Subject = TypeVar("Subject", bound=Model)


@dataclass(frozen=True)
class Due:
    """Subjects whose moment, in their field ``moment``, has come, and what tells people so."""

    name: str
    moment: str
    subjects: "QuerySet[Any]"
    tell: Callable[[Any, datetime], None]


def not_yet(subjects: QuerySet[Subject], name: str, moment: str) -> QuerySet[Subject]:
    """Leave out the subjects whose occasion was told. ``moment`` is their field that holds its instant."""
    told = Occasion.objects.filter(name=name, subject_id=OuterRef("pk"), moment=OuterRef(moment))
    return subjects.filter(~Exists(told))


def take(name: str, subject_id: UUID, moment: datetime, now: datetime) -> bool:
    """Whether the caller is the first, and so the one to tell, in its transaction.

    Of two that try at once the second waits for the first's transaction, and takes over when that is undone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_occasion (name, subject_id, moment, told_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [name, str(subject_id), moment, now],
        )
        return bool(cursor.rowcount == 1)


def tell_due(occasions: Iterable[Due], now: datetime) -> int:
    """Tell each occasion not told yet, each in its own transaction; returns how many.

    One that fails is left for the next run and doesn't keep back the others.
    """
    told = 0
    for due in occasions:
        for subject in not_yet(due.subjects, due.name, due.moment).order_by(due.moment, "pk"):
            try:
                told += _tell(due, subject, now)
            except Exception:
                log.exception("occasion_not_told", occasion=due.name, subject=str(subject.pk))
    return told


@transaction.atomic
def _tell(due: Due, subject: Any, now: datetime) -> bool:
    if not take(due.name, subject.pk, getattr(subject, due.moment), now):
        return False
    due.tell(subject, now)
    return True
