"""Whose job is worked next.

Of one organisation one job is worked at a time, and few large files at once of all organisations, so that an
organisation that uploads much waits for itself alone, and short work finds a free process. How long a file
takes to make is not known before: it counts as a large one when the last of its kind for its organisation
took long. A job whose turn it isn't waits as a row: no worker is held for it. Next comes the organisation
that was served longest ago, with its oldest job.
"""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from marketplace.jobs import locks
from marketplace.jobs.enums import UNFINISHED
from marketplace.jobs.models import Job

LARGE_BYTES = 1_000_000
"""An uploaded file above this is a large one: small ones need not wait until it is worked."""

LONG = timedelta(seconds=10)
"""A file that took longer than this to make is a large one the next time."""

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A job that may be worked when its organisation has its turn."""

    job_id: uuid.UUID
    organisation_id: uuid.UUID
    is_large: bool


def candidates() -> list[Candidate]:
    """The oldest job of each organisation that is to be worked, and its oldest large one, in the order of
    their turns."""
    unfinished = Job.objects.filter(state__in=UNFINISHED)
    oldest = (
        unfinished.annotate(last_took=Subquery(_last_of_its_kind()))
        .annotate(is_large=Case(When(_is_large(), then=Value(True)), default=Value(False)))
        .order_by("organisation_id", "is_large", "created_at", "pk")
        .distinct("organisation_id", "is_large")
        .values_list("pk", "organisation_id", "is_large", "created_at")
    )
    served = dict(
        Job.objects.filter(organisation_id__in=unfinished.values("organisation_id"), taken_at__isnull=False)
        .order_by()
        .values_list("organisation_id")
        .annotate(Max("taken_at"))
    )
    in_turn = sorted(oldest, key=lambda row: (served.get(row[1], NEVER), row[3], row[0]))
    return [Candidate(*row[:3]) for row in in_turn]


def startable() -> list[uuid.UUID]:
    """The candidates that no lock which is held now keeps from being worked."""
    taken = locks.held_keys()
    lanes_full = taken.issuperset(_lanes())
    return [
        each.job_id
        for each in candidates()
        if _turn_of(each.organisation_id) not in taken
        and locks.key_of(each.job_id) not in taken
        and not (each.is_large and lanes_full)
    ]


def organisations_at_work(organisation_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the organisations whose turn is taken."""
    taken = locks.held_keys()
    return {each for each in organisation_ids if _turn_of(each) in taken}


@contextmanager
def taken(candidate: Candidate) -> Iterator[bool]:
    """Hold the organisation's turn, the job, and for a large file one of the lanes; False if another session
    is at it."""
    with ExitStack() as held:
        if candidate.is_large and not any(held.enter_context(locks.hold_key(lane)) for lane in _lanes()):
            yield False
            return
        keys = (_turn_of(candidate.organisation_id), locks.key_of(candidate.job_id))
        yield all(held.enter_context(locks.hold_key(key)) for key in keys)


def candidate_of(job_id: uuid.UUID) -> Candidate:
    """The job whatever its turn, not counted as a large one: its caller works it now. Raises
    ``Job.DoesNotExist``."""
    return Candidate(job_id, Job.objects.values_list("organisation_id", flat=True).get(pk=job_id), False)


def _is_large() -> Q:
    uploads = Q(upload__size__gt=LARGE_BYTES) | Q(source__upload__size__gt=LARGE_BYTES)
    return uploads | Q(upload=None, last_took__gt=LONG)


def _last_of_its_kind() -> QuerySet[Any, Any]:
    """How long the file of a job's kind took that was made last for its organisation."""
    made = Job.objects.filter(
        organisation_id=OuterRef("organisation_id"),
        kind=OuterRef("kind"),
        upload=None,
        taken_at__isnull=False,
    )
    latest = made.filter(finished_at__isnull=False).order_by("-taken_at")
    return latest.annotate(took=F("finished_at") - F("taken_at")).values("took")[:1]


def _turn_of(organisation_id: uuid.UUID) -> int:
    return locks.key_named(f"turn:{organisation_id}")


def _lanes() -> list[int]:
    return [locks.key_named(f"large file:{number}") for number in range(settings.LARGE_FILES_AT_ONCE)]
