"""The list of contracts."""

from typing import Any

import django_tables2 as tables

from accounts.models import Member
from contracts.models import Contract
from marketplace.web.columns import TemplateColumn


class ContractTable(tables.Table):  # type: ignore[misc]
    competition = tables.Column(
        accessor="competition__ref", verbose_name="Competition", linkify=("contracts:contract", {"pk": tables.A("pk")})
    )
    window = TemplateColumn(
        "{{ record.period_name }}<br><span class='text-secondary'>{{ record.window_name }}</span>",
        order_by=("period_name", "window_name"),
    )
    party = tables.Column(verbose_name="Other party", empty_values=(), orderable=False)
    first_day = TemplateColumn("{% load marketplace %}{{ record.first_day|day }}", verbose_name="First day")
    capacity_mw = TemplateColumn(
        "{% load marketplace %}{{ record.capacity_mw|megawatts:record.competition.power_type }}",
        verbose_name="Capacity",
    )
    expected_cost = TemplateColumn(
        "{% load marketplace %}{{ record.expected_cost|money:record.buyer.currency }}", verbose_name="Expected cost"
    )
    status = TemplateColumn(
        '{% include "components/badge.html" with text=record.get_status_display kind=record.status %}'
    )

    class Meta:
        model = Contract
        fields = ("competition", "window", "party", "first_day", "capacity_mw", "expected_cost", "status")

    def __init__(self, *args: Any, viewer: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer

    def render_party(self, record: Contract) -> str:
        bought = record.buyer_id == self.viewer.organisation_id
        return str(record.seller if bought else record.buyer)
