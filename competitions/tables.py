"""The lists of competitions and areas."""

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string

from competitions.models import Area, Competition
from marketplace.web.columns import TemplateColumn


class CompetitionTable(tables.Table):  # type: ignore[misc]
    """The list beside the map."""

    name = TemplateColumn(
        template_name="competitions/_name_cell.html", verbose_name="Competition", order_by=("name", "ref")
    )
    phase = tables.Column(empty_values=(), orderable=False)
    qualification_close = TemplateColumn(
        "{% load marketplace %}{{ record.qualification_close|moment:zone }}",
        verbose_name="Qualification closes",
        order_by=("qualification_close", "ref"),
    )
    bidding_close = TemplateColumn(
        "{% load marketplace %}{% if record.bidding_close %}{{ record.bidding_close|moment:zone }}{% else %}"
        "<span class='text-secondary'>visibility only</span>{% endif %}",
        verbose_name="Bidding closes",
        order_by=("bidding_close", "ref"),
    )

    class Meta:
        model = Competition
        fields = ("name", "phase", "qualification_close", "bidding_close")
        row_attrs = {"data-ref": lambda record: record.ref}

    def __init__(self, *args: Any, now: datetime, zone: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for name in ("qualification_close", "bidding_close"):
            self.columns[name].column.extra_context = {"zone": zone}

    def render_phase(self, record: Competition) -> Any:
        phase = record.phase(self.now)
        return render_to_string("components/badge.html", {"text": phase.label, "kind": phase.value})


class AreaTable(tables.Table):  # type: ignore[misc]
    reference = TemplateColumn(
        "{{ record.reference }}"
        "{% if record.display_name %}<br><span class='text-secondary'>{{ record.display_name }}</span>{% endif %}"
    )
    area_km2 = TemplateColumn("{{ record.area_km2|floatformat:2 }} km²", verbose_name="Size")
    in_use = TemplateColumn("{% if record.in_use %}in use{% endif %}", verbose_name="Competitions", orderable=False)
    state = TemplateColumn(
        '{% if record.archived_at %}{% include "components/badge.html" with text="archived" kind="archived" %}{% endif %}',
        orderable=False,
    )
    actions = TemplateColumn(template_name="competitions/_area_actions.html", orderable=False, verbose_name="Change")

    class Meta:
        model = Area
        fields = ("reference", "area_km2", "licence_area", "supply_point", "in_use", "state", "actions")
