"""Moving the bytes of stored files between the database and object storage, one file at a time."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from marketplace.jobs import object_storage
from marketplace.jobs.enums import Place
from marketplace.jobs.models import StoredFile

STRAY_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Moved:
    """What became of one file; ``fault`` says why it stays where it was."""

    file_id: uuid.UUID
    size: int
    fault: str = ""


def move_files(to: Place) -> Iterator[Moved]:
    """Move every file that lies elsewhere, in a transaction each; who is interrupted goes on with the next call.

    A file is told to lie at its new place once its bytes were read back there and have its digest; it can be
    read all the while. Public files stay in the database: they are made anew again and again. Raises
    :class:`~marketplace.errors.StorageAway`.
    """
    source = Place.DATABASE if to == Place.OBJECTS else Place.OBJECTS
    left = StoredFile.objects.filter(place=source, removed_at=None, published_as=None).order_by("pk")
    last = None
    while True:
        with transaction.atomic():
            after = left if last is None else left.filter(pk__gt=last)
            file = after.select_for_update(skip_locked=True, of=("self",)).first()
            if file is None:
                return
            last, moved = file.pk, _move(file, to)
        yield moved


def stray_objects(now: datetime) -> Iterator[uuid.UUID]:
    """The ids of objects that no file has as its bytes, and that are older than any move that may be under way.

    Raises :class:`~marketplace.errors.StorageAway`.
    """
    held = set(StoredFile.objects.filter(place=Place.OBJECTS).values_list("pk", flat=True))
    for file_id in object_storage.written_before(now - STRAY_AFTER):
        if file_id not in held:
            yield file_id


def _move(file: StoredFile, to: Place) -> Moved:
    try:
        data = bytes(file.content) if to == Place.OBJECTS else object_storage.get(file.pk)
    except FileNotFoundError:
        return Moved(file.pk, file.size, "its object is missing")
    if _digest(data) != file.sha256:
        return Moved(file.pk, file.size, "its bytes do not have its digest")
    if to == Place.OBJECTS:
        object_storage.put(file.pk, data)
        if _digest(object_storage.get(file.pk)) != file.sha256:
            return Moved(file.pk, file.size, "the object does not have its digest")
        StoredFile.objects.filter(pk=file.pk).update(content=b"", place=to)
    else:
        StoredFile.objects.filter(pk=file.pk).update(content=data, place=to)
        file_id = file.pk
        transaction.on_commit(lambda: object_storage.remove(file_id))
    return Moved(file.pk, file.size)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
