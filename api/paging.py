"""Lists by cursor: a page ends with the place where the next one begins, whatever was added or taken away meanwhile."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from pydantic import BaseModel, Field

from api.problems import of_request
from marketplace.web.unreadable import is_unreadable

USUAL = 100
MOST = 500
LONGEST_CURSOR = 500
MARK_CHARACTERS = 16
LONGEST_NUMBER = 12

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Listed(BaseModel, Generic[Item]):
    """A part of a list; ``next`` is the cursor of the following part, null at the end."""

    items: list[Item]
    next: str | None = Field(description="Send it as `cursor` for the part that follows; null at the end.")


class Page(BaseModel):
    """Which part of a list is asked for."""

    limit: int = Field(USUAL, ge=1, le=MOST)
    cursor: str | None = Field(None, max_length=LONGEST_CURSOR)


def listed(
    rows: QuerySet[Row], page: Page, keys: Sequence[str], shape: Callable[[list[Row]], Sequence[Item]]
) -> Listed[Item]:
    """The part of the rows that the page asks for, ordered by the keys; the last of them tells rows apart.

    A key that starts with a minus orders downward.
    """
    names = [key.lstrip("-").replace(".", "__") for key in keys]
    rows = rows.order_by(*keys)
    if page.cursor is not None:
        rows = rows.filter(_beyond(keys, _values(rows.model, names, page.cursor)))
    found = list(rows[: page.limit + 1])
    shown = found[: page.limit]
    rest = _cursor(shown[-1], names) if len(found) > page.limit else None
    return Listed(items=list(shape(shown)), next=rest)


def _beyond(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes after the row with these values: greater in the first key, or equal there and greater in the next."""
    found, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        name, is_down = key.lstrip("-"), key.startswith("-")
        found |= equal & Q(**{f"{name}__{'lt' if is_down else 'gt'}": value})
        equal &= Q(**{name: value})
    return found


def _cursor(row: Model, names: Sequence[str]) -> str:
    values = []
    for name in names:
        value: Any = row
        for part in name.split("__"):
            value = getattr(value, part)
        values.append(value.isoformat() if hasattr(value, "isoformat") else str(value))
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _values(model: type[Model], names: Sequence[str], cursor: str) -> list[Any]:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (
            not isinstance(told, list)
            or len(told) != len(names)
            or not all(isinstance(each, str) and not is_unreadable(each) for each in told)
        ):
            raise of_request("cursor_unknown")
        values = [_field(model, name).to_python(text) for name, text in zip(names, told, strict=True)]
    except (ValueError, ValidationError, RecursionError):
        raise of_request("cursor_unknown") from None
    return values


def _field(model: type[Model], name: str) -> Any:
    found: Any = None
    for part in name.split("__"):
        found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        if found.is_relation and found.related_model is not None:
            model = found.related_model
    return found


def at_or_after(instant: datetime, *names: str) -> Q:
    """Rows of which one of the fields is at the instant or after it."""
    return reduce(or_, (Q(**{f"{name}__gte": instant}) for name in names))


def row_number(page: Page, mark: str) -> int:
    """At which row of a made file the page begins. Raises :class:`Problem` for a cursor of another file."""
    if page.cursor is None:
        return 0
    held, _, number = page.cursor.rpartition("-")
    if held != mark[:MARK_CHARACTERS] or not number.isdecimal() or len(number) > LONGEST_NUMBER:
        raise of_request("cursor_unknown", "The file was made anew since: begin again, without a cursor.")
    return int(number)


def row_page(mark: str, number: int) -> str:
    """The cursor of the row of a made file, which ``mark`` tells from other ones."""
    return f"{mark[:MARK_CHARACTERS]}-{number}"
