"""What a form of a list's ticked rows asks to act on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict


@dataclass(frozen=True)
class Ticked:
    """What a form of ticked rows asks to act on: the rows ticked, or all that match what the list was
    narrowed to."""

    keys: tuple[str, ...]
    is_every: bool
    query: QueryDict

    def of(self, rows: QuerySet[Any], narrowed: Callable[[QueryDict], QuerySet[Any]]) -> QuerySet[Any]:
        """Those of the reader's ``rows``; what is ticked and not among them is left out."""
        if self.is_every:
            return narrowed(self.query)
        return rows.filter(pk__in=[key for key in self.keys if _is_key(rows, key)])


def ticked(request: HttpRequest, field: str) -> Ticked:
    """What a posted bar for ticked rows asks to act on."""
    return Ticked(
        tuple(request.POST.getlist(field)),
        request.POST.get("every") == "1",
        QueryDict(request.POST.get("matching", "")),
    )


def _is_key(rows: QuerySet[Any], key: str) -> bool:
    try:
        rows.model._meta.pk.to_python(key)
    except (ValidationError, ValueError):
        return False
    return True
