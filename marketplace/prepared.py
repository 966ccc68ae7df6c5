"""Queries that pages ask again and again: their SQL is built once in a process and then asked with other values.

Building a query takes Django longer than PostgreSQL takes to answer it. Only the text of a query is kept, never what it
found. What differs from one time to the next is named by who asks; a value that is not named is refused as soon as the
text is built, so that nobody's key can stay in it.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, models, router

from marketplace.members import Member

Row = tuple[Any, ...]
FEW, SHORT = range(-1, 2), 24
"""Numbers, and the length of words, that a query may hold by itself: states of things, not keys."""


class NotNamed(Exception):
    """A query holds a value that was not named as one that differs, or is not exactly one query."""


_kept: dict[tuple[str, ...], tuple[str, tuple[object, ...]]] = {}


class _Slot:
    """A place in the parameters of a query for the value of a name."""

    def __init__(self, name: str) -> None:
        self.name = name


def asked(
    name: str,
    of: type[models.Model],
    ask: Callable[[], object],
    *,
    whose: Member | None,
    **given: uuid.UUID | datetime,
) -> list[Row]:
    """The rows that the one query of ``ask()`` finds, under a ``name`` that tells its text from all others.

    What ``ask`` asks for depends on nothing but the name, what the member may see by side, roles and eyes, and what is
    given: no text that somebody typed is in it. ``whose`` is the member, None for visitors.

    ``given`` are all values that differ from one time to the next: keys and instants. ``of`` is the model that it reads.
    Raises :class:`NotNamed` for a query with a key, an instant or a number that is not among them.
    """
    alias = router.db_for_read(of)
    text = (name, *_eyes(whose))
    if text not in _kept:
        _kept[text] = _prepared(name, connections[alias], ask, given)
    sql, slots = _kept[text]
    values: list[Any] = [given[each.name] if isinstance(each, _Slot) else each for each in slots]
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _eyes(member: Member | None) -> tuple[str, ...]:
    """What decides which rows a member may see, besides the organisation."""
    if member is None:
        return ()
    return (
        "so" if member.is_so else "fsp",
        "admin" if member.is_seen_by_admin else "own",
        *sorted(member.roles),
    )


def _prepared(
    name: str, connection: Any, ask: Callable[[], object], given: dict[str, Any]
) -> tuple[str, tuple[object, ...]]:
    seen: list[tuple[str, Sequence[object]]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    if len(seen) != 1:
        raise NotNamed(f"{name}: {len(seen)} queries where one is asked.")
    [(sql, params)] = seen
    slots = tuple(_slot(name, value, given) for value in params)
    used = {each.name for each in slots if isinstance(each, _Slot)}
    if used != given.keys() or len(set(given.values())) != len(given):
        raise NotNamed(
            f"{name}: {sorted(given.keys() - used)} are not in the query, or two values are the same."
        )
    return sql, slots


def _slot(name: str, value: object, given: dict[str, Any]) -> object:
    for each, differs in given.items():
        if type(value) is type(differs) and value == differs:
            return _Slot(each)
    is_constant = isinstance(value, bool | None) or (isinstance(value, int) and value in FEW)
    if is_constant or (isinstance(value, str) and len(value) <= SHORT):
        return value
    raise NotNamed(f"{name}: {type(value).__name__} {value!r} is not named.")
