"""Columns whose cells are templates."""

from unittest import mock

import django_tables2 as tables
from django.template import Context, Template

from marketplace.web import columns


class Rivers(tables.Table):
    name = columns.TemplateColumn("<b>{{ record.name }}</b> {{ place }}")


def test_a_cell_sees_its_record_and_the_page_and_is_parsed_once():
    columns._parsed.cache_clear()
    table = Rivers([{"name": "Tees"}, {"name": "<Wear>"}])
    page = Template(
        "{% load django_tables2 %}{% for row in table.rows %}{% for c, cell in row.items %}{{ cell }};{% endfor %}{% endfor %}"
    )
    table.context = Context({"place": "North & East"})
    with mock.patch.object(columns, "Template", wraps=Template) as parsed:
        shown = page.render(Context({"table": table}))
    assert shown == "<b>Tees</b> North &amp; East;<b>&lt;Wear&gt;</b> North &amp; East;"
    assert parsed.call_count == 1
