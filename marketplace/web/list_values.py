"""The value of a column in a record: where attributes lead to it, the way is found once and not for each cell."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django.db.models import Model


class NoAttribute(Exception):
    """Attributes alone don't lead to the value: django-tables2 has to find it."""


def reader_of(bound: Any) -> Callable[[Any], Any]:
    """What reads the value of a bound column from a record, as django-tables2 does, which finds the way anew each time.

    It raises :class:`NoAttribute` for a key, an index, or what a database would have to be asked for.
    """
    *way, last = str(bound.accessor).split(tables.A.SEPARATOR)
    lead = attrgetter(".".join(way)) if way else None
    shown = f"get_{last}_display"

    def read(record: Any) -> Any:
        if isinstance(record, dict):
            raise NoAttribute
        try:
            holder = lead(record) if lead is not None else record
            value = getattr(holder, last)
            if isinstance(holder, Model) and hasattr(holder, shown):
                value = getattr(holder, shown)()
        except AttributeError as error:
            raise NoAttribute from error
        if callable(value) or hasattr(value, "all"):
            raise NoAttribute
        return value

    return read
