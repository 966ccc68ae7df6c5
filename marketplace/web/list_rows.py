"""Cells of a list: how a column reads and draws its value is found out once, and not for each cell."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django_tables2.rows import BoundRow
from django_tables2.utils import signature

from marketplace.web.list_values import NoAttribute, reader_of

ALIKE = frozenset({"value", "record", "column", "bound_column", "table"})
"""What is known of a cell without a bound row."""


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


def drawer_of(bound: Any, table: Any) -> Callable[[Any], Any]:
    """What draws the cell of a bound column for a record; a column that wants more than :data:`ALIKE` is drawn by
    django-tables2."""
    draw = bound.render
    names, takes_others = _wanted_by(getattr(draw, "__func__", draw))
    wanted = names - {"self"}
    if takes_others or bound.link or not wanted <= ALIKE:
        return lambda record: table.bound_row(record).get_cell(bound.name)
    read, default, empty = reader_of(bound), bound.default, bound.column.empty_values
    of_all = {"column": bound.column, "bound_column": bound, "table": table}
    told_of_all = {name: of_all[name] for name in wanted & of_all.keys()}
    wants_value, wants_record = "value" in wanted, "record" in wanted

    def drawn(record: Any) -> Any:
        try:
            value = read(record)
        except NoAttribute:
            return table.bound_row(record).get_cell(bound.name)
        if value in empty:
            return default
        told = dict(told_of_all)
        if wants_value:
            told["value"] = value
        if wants_record:
            told["record"] = record
        return draw(**told)

    return drawn
