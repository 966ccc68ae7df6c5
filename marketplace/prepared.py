"""Queries that pages ask again and again: their SQL is built once in a process and then asked with other values.

Building a query takes Django longer than PostgreSQL takes to answer it. Only the text of a query is kept, never what it
found. What differs from one time to the next is named by who asks; a value that is not named is refused as soon as the
text is built, so that nobody's key can stay in it.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connections, models, router

from marketplace import among  # noqa: F401  the look-up of lists of keys
from marketplace.members import Member

Row = tuple[Any, ...]
Loaded = TypeVar("Loaded", bound=models.Model)
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
    **given: uuid.UUID | datetime | int | list[uuid.UUID],
) -> list[Row]:
    """The rows that the one query of ``ask()`` finds, under a ``name`` that tells its text from all others.

    What ``ask`` asks for depends on nothing but the name, what the member may see by side, roles and eyes, and what is
    given: no text that somebody typed is in it. ``whose`` is the member, None for visitors.

    ``given`` are all values that differ from one time to the next: keys, instants, and lists of keys that a column is
    ``among`` (:mod:`marketplace.among`). ``of`` is the model that it reads.
    Raises :class:`NotNamed` for a query with a key, an instant or a number that is not among them, or where a number or
    a list that is given stands twice, since one of them may be there by chance: 1, or no keys.
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


def loaded(of: type[Loaded], *whole: str, **by: int | str | uuid.UUID) -> Loaded | None:
    """The row of a model whose one unique column ``by`` has this value, None without such a row; with it come the rows
    that the foreign keys of ``whole`` lead to, those of these rows too: ``client__member`` after ``client``.

    Raises :class:`NotImplementedError` for a column that isn't unique, or a model whose values are not as PostgreSQL
    tells them, as JSON.
    """
    [(column, value)] = by.items()
    alias = router.db_for_read(of)
    sql, others = _row_text(of, whole, column)
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, [value])
        row = cursor.fetchone()
    if row is None:
        return None
    names = _columns(of)
    found = of.from_db(alias, names, row[: len(names)])
    rows: dict[str, models.Model] = {"": found}
    place = len(names)
    for path, other in others:
        names = _columns(other)
        rows[path] = other.from_db(alias, names, row[place : place + len(names)])
        place += len(names)
        before, _, key = path.rpartition("__")
        setattr(rows[before], key, rows[path])
    return found


@cache
def _row_text(
    of: type[models.Model], whole: tuple[str, ...], column: str
) -> tuple[str, list[tuple[str, type[models.Model]]]]:
    """The query for a row by a unique column, and which models' rows follow it, by the way to them."""
    quoted = connections[router.db_for_read(of)].ops.quote_name
    by: Any = of._meta.get_field(column)
    if not by.unique:
        raise NotImplementedError(f"{of.__name__}.{column} is not unique.")
    own = quoted(of._meta.db_table)
    at: dict[str, tuple[type[models.Model], str]] = {"": (of, own)}
    source = own
    for path in whole:
        before, _, name = path.rpartition("__")
        model, table = at[before]
        key: Any = model._meta.get_field(name)
        if key.null:
            raise NotImplementedError(f"{model.__name__}.{name} may lead to nothing.")
        other, alias = key.related_model, quoted(path)
        at[path] = other, alias
        source += f" JOIN {quoted(other._meta.db_table)} {alias} ON {alias}.{quoted(other._meta.pk.column)}"
        source += f" = {table}.{quoted(key.column)}"
    read = [f"{table}.{quoted(name)}" for model, table in at.values() for name in _columns(model)]
    others = [(path, model) for path, (model, _) in at.items() if path]
    return f"SELECT {', '.join(read)} FROM {source} WHERE {own}.{quoted(by.column)} = %s", others  # noqa: S608


@cache
def _columns(of: type[models.Model]) -> list[str]:
    """The attributes that a row fills, named as their columns."""
    fields = of._meta.concrete_fields
    if any(hasattr(each, "from_db_value") or each.attname != each.column for each in fields):
        raise NotImplementedError(f"{of.__name__} is not as PostgreSQL tells it.")
    return [each.attname for each in fields]


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

    # What a connection asks by itself when it is new, or made anew after the database was away, is not of the query.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.execute_wrapper(note):
        ask()
    if len(seen) != 1:
        raise NotNamed(f"{name}: {len(seen)} queries where one is asked.")
    [(sql, params)] = seen
    slots = tuple(_slot(name, value, given) for value in params)
    used = Counter(each.name for each in slots if isinstance(each, _Slot))
    told = list(given.values())
    if used.keys() != given.keys() or any(value in told[:place] for place, value in enumerate(told)):
        raise NotNamed(
            f"{name}: {sorted(given.keys() - used)} are not in the query, or two values are the same."
        )
    if twice := [each for each, times in used.items() if times > 1 and isinstance(given[each], int | list)]:
        raise NotNamed(f"{name}: {twice} stand more than once in the query.")
    return sql, slots


def _slot(name: str, value: object, given: dict[str, Any]) -> object:
    for each, differs in given.items():
        if type(value) is type(differs) and value == differs:
            return _Slot(each)
    is_constant = isinstance(value, bool | None) or (isinstance(value, int) and value in FEW)
    if is_constant or (isinstance(value, str) and len(value) <= SHORT):
        return value
    raise NotNamed(f"{name}: {type(value).__name__} {value!r} is not named.")
