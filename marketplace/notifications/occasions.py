"""Moments that come by themselves: each is told once, by whichever worker takes it first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
class DueOccasions:
    """Subjects whose moment, in their field ``moment``, has come, and what notifies people of it."""

    name: str
    moment: str
    subjects: "QuerySet[Any]"
    notify: Callable[[list[Any], datetime], None]


def not_yet(subjects: QuerySet[Subject], name: str, moment: str) -> QuerySet[Subject]:
    """Leave out the subjects whose occasion was told. ``moment`` is their field that holds its instant."""
    told = Occasion.objects.filter(name=name, subject_id=OuterRef("pk"), moment=OuterRef(moment))
    return subjects.filter(~Exists(told))


def notify_occasions(occasions: Iterable[DueOccasions], now: datetime) -> int:
    """Notify of the occasions not told yet, those of one name together in one transaction; returns how many.

    When that fails each is told by itself, so that a single one can't keep back the others; it is left for
    the next run.
    """
    told = 0
    for due in occasions:
        subjects = list(not_yet(due.subjects, due.name, due.moment).order_by(due.moment, "pk"))
        if not _told(due, subjects, now):
            told += sum(_told(due, [subject], now) for subject in subjects)
        else:
            told += len(subjects)
    return told


def _told(due: DueOccasions, subjects: Sequence[Any], now: datetime) -> bool:
    if not subjects:
        return True
    try:
        with transaction.atomic():
            taken = take(due.name, {subject.pk: getattr(subject, due.moment) for subject in subjects}, now)
            if taken:
                due.notify([subject for subject in subjects if subject.pk in taken], now)
    except Exception:
        log.exception("occasion_not_told", occasion=due.name, subjects=len(subjects))
        return False
    return True


def take(name: str, moments: Mapping[UUID, datetime], now: datetime) -> set[UUID]:
    """Those of the subjects, each with its moment, that the caller is the first to tell of, in its
    transaction.

    Of two that try at once the second waits for the first's transaction, and takes over when that is undone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_occasion (name, subject_id, moment, told_at)"
            " SELECT %s, subject_id, moment, %s FROM unnest(%s::uuid[], %s::timestamptz[]) AS due (subject_id, moment)"
            " ON CONFLICT DO NOTHING RETURNING subject_id",
            [name, now, [str(each) for each in moments], list(moments.values())],
        )
        return {row[0] for row in cursor.fetchall()}
