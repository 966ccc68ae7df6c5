"""The value of a column in a record: where attributes lead to it, the way is found once and not for each cell."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.db.models import Model


class NoAttribute(Exception):
    """Attributes alone don't lead to the value: django-tables2 has to find it."""


PLAIN = frozenset({str, int, bool, float, Decimal, date, datetime, time, timedelta, UUID, type(None)})
"""Types of values that lead no further."""


def way_to(path: str) -> Callable[[Any], Any]:
    """What follows a path of names, written as django-tables2 has it, from a record to a value; None where it ends
    before."""
    names, otherwise = path.split(tables.A.SEPARATOR), tables.A(path)

    def followed(record: Any) -> Any:
        value = record
        try:
            for name in names:
                value = getattr(value, name)
                if value is None:
                    return None
        except AttributeError:
            return otherwise.resolve(record)
        return _called(value) if callable(value) else value

    return followed


def reader_of(bound: Any) -> Callable[[Any], Any]:
    """What reads the value of a bound column from a record, as django-tables2 does, which finds the way anew each time.

    It raises :class:`NoAttribute` for a key, an index, or what a database would have to be asked for; where the way
    ends at nothing, there is no value.
    """
    *way, last = str(bound.accessor).split(tables.A.SEPARATOR)
    read_last = _attribute(last)

    def read(record: Any) -> Any:
        if isinstance(record, dict):
            raise NoAttribute
        holder = record
        try:
            for name in way:
                holder = getattr(holder, name)
                if holder is None:
                    return None
            value = read_last(holder)
        except AttributeError as error:
            raise NoAttribute from error
        if type(value) in PLAIN:
            return value
        if hasattr(value, "all"):
            raise NoAttribute
        if callable(value):
            return _called(value)
        return value

    return read


def _attribute(name: str) -> Callable[[Any], Any]:
    """What reads the attribute of this name, of a model's choice the words for it."""
    shown = f"get_{name}_display"
    has_words: dict[type[Any], bool] = {}

    def read(holder: Any) -> Any:
        value, kind = getattr(holder, name), type(holder)
        if kind not in has_words:
            has_words[kind] = issubclass(kind, Model) and hasattr(kind, shown)
        return getattr(holder, shown)() if has_words[kind] else value

    return read


def _called(value: Callable[[], Any]) -> Any:
    if getattr(value, "alters_data", False) or getattr(value, "do_not_call_in_templates", False):
        raise NoAttribute
    return value()
