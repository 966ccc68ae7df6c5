"""Columns of tables."""

from functools import cache
from typing import Any

import django_tables2 as tables
from django.template import Context, Template
from django.template.loader import get_template


@cache
def _parsed(code: str) -> Template:
    return Template(code)


class TemplateColumn(tables.TemplateColumn):  # type: ignore[misc]
    """A column whose template is parsed once, not for every cell, and sees the page's context as it is."""

    def render(self, record: Any, table: Any, value: Any, bound_column: Any, **kwargs: Any) -> str:
        """The cell of a record; as in django-tables2, with ``record``, ``value`` and so on beside the page's context."""
        page: Context = getattr(table, "context", None) or Context()
        template = _parsed(self.template_code) if self.template_code else get_template(self.template_name).template  # type: ignore[attr-defined]
        cell = self.get_context_data(record=record, table=table, value=value, bound_column=bound_column, **kwargs)
        with page.update(cell):
            return str(template.render(page))
