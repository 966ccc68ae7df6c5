"""The database of the settings, for the length of a command: the one that runs, or the embedded one, started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection

from marketplace.embedded import Services


@contextmanager
def database() -> Iterator[None]:
    """Within it the database answers: an embedded one that isn't running runs so long."""
    if "DATABASE_URL" in os.environ or _answers():
        yield
        return
    with Services(settings.DATA_DIR):
        try:
            yield
        finally:
            connection.close()


def _answers() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True
