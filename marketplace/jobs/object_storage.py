"""Where the bytes of a stored file lie when not in the database: object storage that speaks S3, by the file's id.

No address of it is ever handed out: whoever may open a file gets its bytes from our own page.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from marketplace.errors import StorageAway

log = structlog.get_logger(__name__)

STORAGE = "stored_files"
"""The name of the storage in the settings."""
FOLDER = "files/"


def key_of(file_id: uuid.UUID) -> str:
    """The object's name: it tells nothing of organisation or content."""
    return f"{FOLDER}{file_id}"


def put(file_id: uuid.UUID, data: bytes) -> None:
    """Write the object, over an earlier one of the same file. Raises :class:`StorageAway`."""
    try:
        storages[STORAGE].save(key_of(file_id), ContentFile(data))
    except Exception as error:
        raise StorageAway from error


def get(file_id: uuid.UUID) -> bytes:
    """The object's bytes. Raises ``FileNotFoundError`` where there is none, or :class:`StorageAway`."""
    try:
        with storages[STORAGE].open(key_of(file_id)) as stream:
            return bytes(stream.read())
    except FileNotFoundError:
        raise
    except Exception as error:
        raise StorageAway from error


def remove(file_id: uuid.UUID) -> None:
    """Remove the object, if it is there. One that can't be removed now is named in the log, and stays."""
    try:
        storages[STORAGE].delete(key_of(file_id))
    except Exception as error:
        log.exception("object_not_removed", key=key_of(file_id), error=repr(error))


def written_before(moment: datetime) -> Iterator[uuid.UUID]:
    """The files whose objects were written before that moment. Raises :class:`StorageAway`."""
    storage: Any = storages[STORAGE]
    try:
        for found in storage.bucket.objects.filter(Prefix=FOLDER):
            if found.last_modified < moment:
                yield uuid.UUID(found.key.removeprefix(FOLDER))
    except Exception as error:
        raise StorageAway from error
