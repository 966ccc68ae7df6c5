"""Files for everybody: made by workers, swapped in whole, served under stable names.

A file is made inside one transaction that holds a lock of its name, so that two workers don't make it twice
and one that dies leaves the former file in place.
"""

import hashlib
import uuid
from datetime import datetime
from io import BytesIO

from django.db import transaction
from django.db.models import QuerySet

from marketplace import memo, replica
from marketplace.jobs import locks, publishing
from marketplace.jobs.models import PublicFile, StoredFile
from marketplace.jobs.public_kinds import PublicKind, public_kinds

PLATFORM = uuid.UUID(int=0)
"""Whose the stored bytes are: no organisation's."""
LAYOUT = "1"
"""Raised when a new version of the software writes the same data differently: all files are made again."""
TASK = "jobs.refresh_public_files"
ASKED_FOR_SECONDS = 30


def refresh(kind: PublicKind, now: datetime) -> bool:
    """Make the file again if what it is made from changed; whether its bytes did."""
    if _is_fresh(kind, _state(kind, now)):
        return False
    with transaction.atomic():
        if not locks.is_alone_at(f"public file:{kind.name}"):
            return False
        state = _state(kind, now)  # before the contents: what changes in between is found by the next refresh
        if _is_fresh(kind, state):
            return False
        data, rows = replica.read(lambda: _written(kind, now), is_current=True)
        return rows is not None and _swap_in(kind, data, rows, state, now)


def refresh_due(now: datetime) -> list[str]:
    """Make every file again whose contents changed; returns their names."""
    return [kind.name for kind in public_kinds() if refresh(kind, now)]


def refresh_soon() -> None:
    """Let a worker update the files once the present transaction commits."""
    if not publishing.jobs_run_inline():
        transaction.on_commit(lambda: publishing.hand_over(TASK), robust=True)


def ask_for() -> None:
    """Let a worker make a file that was asked for and never made; asked once however many visitors want
    it."""
    if memo.cache_add("jobs.public_files.asked_for", ASKED_FOR_SECONDS):
        publishing.hand_over(TASK)


def public_file(kind: PublicKind) -> PublicFile | None:
    """The file as it is now, its bytes left in the database until they are needed; None before it was first
    made. From the copy of the database, if there is one: as it was a few seconds ago."""
    return replica.read(lambda: _files().filter(name=kind.name).first())


def public_files() -> dict[str, PublicFile]:
    """All files that are there, by name, without their bytes."""
    return replica.read(lambda: {each.name: each for each in _files()})


def _files() -> QuerySet[PublicFile]:
    return PublicFile.objects.select_related("stored").defer("stored__content")


def _written(kind: PublicKind, now: datetime) -> tuple[bytes, int | None]:
    target = BytesIO()
    rows = kind.write(target, now)
    return target.getvalue(), rows


def _state(kind: PublicKind, now: datetime) -> str:
    return hashlib.sha256(f"{LAYOUT}:{kind.state(now)}".encode()).hexdigest()


def _is_fresh(kind: PublicKind, state: str) -> bool:
    return PublicFile.objects.filter(name=kind.name, state=state).exists()


def _swap_in(kind: PublicKind, data: bytes, rows: int, state: str, now: datetime) -> bool:
    former = (
        PublicFile.objects.select_related("stored").defer("stored__content").filter(name=kind.name).first()
    )
    if former is not None and former.stored.sha256 == hashlib.sha256(data).hexdigest():
        PublicFile.objects.filter(name=kind.name).update(state=state)
        return False
    stored = StoredFile.objects.keep(kind.name, data, organisation_id=PLATFORM, now=now)
    PublicFile.objects.update_or_create(
        name=kind.name, defaults={"stored": stored, "row_count": rows, "state": state, "changed_at": now}
    )
    if former is not None:
        StoredFile.objects.filter(pk=former.stored_id).delete()
    return True
