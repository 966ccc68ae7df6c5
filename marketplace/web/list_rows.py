"""Rows of a list that find out once, and not for each cell, what a column wants to be told to draw a value."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django_tables2.rows import BoundRow
from django_tables2.utils import signature


@lru_cache(maxsize=1024)
def _wanted_by(function: Callable[..., Any]) -> tuple[frozenset[str], bool]:
    """The arguments of a function, and whether it takes any others."""
    names, others = signature(function)
    return frozenset(names), bool(others)


class ListRow(BoundRow):  # type: ignore[misc]
    """A row of a list."""

    def _call_render(self, bound_column: Any, value: Any = None) -> Any:
        told = self._optional_cell_arguments(bound_column, value)
        draw = bound_column.render
        names, takes_others = _wanted_by(getattr(draw, "__func__", draw))
        if takes_others:
            content = draw(**told)
        else:
            wanted = names - {"self"}
            content = draw(**{name: told[name] for name in wanted}) if wanted <= told.keys() else None
        return bound_column.link(content, **told) if bound_column.link else content
