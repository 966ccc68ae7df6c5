"""Moments that come by themselves: each is told once, by whichever worker takes it first."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet

from marketplace.notifications.models import Occasion

Subject = TypeVar("Subject", bound=Model)


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
