"""Where the bytes of a stored file lie when not in the database: object storage that speaks S3, by the file's id.

No address of it is ever handed out: whoever may open a file gets its bytes from our own page.
"""

import uuid

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import storages

log = structlog.get_logger(__name__)

STORAGE = "stored_files"
"""The name of the storage in the settings."""


def key_of(file_id: uuid.UUID) -> str:
    """The object's name: it tells nothing of organisation or content."""
    return f"files/{file_id}"


def put(file_id: uuid.UUID, data: bytes) -> None:
    """Write the object, over an earlier one of the same file. Raises what the storage's client raises."""
    storages[STORAGE].save(key_of(file_id), ContentFile(data))


def get(file_id: uuid.UUID) -> bytes:
    """The object's bytes. Raises ``FileNotFoundError``, or what the storage's client raises."""
    with storages[STORAGE].open(key_of(file_id)) as stream:
        return bytes(stream.read())


def remove(file_id: uuid.UUID) -> None:
    """Remove the object, if it is there. One that can't be removed now is named in the log, and stays."""
    try:
        storages[STORAGE].delete(key_of(file_id))
    except Exception as error:
        log.exception("object_not_removed", key=key_of(file_id), error=repr(error))
