"""The list of contracts."""

from html import escape
from typing import Any

from marketplace.dates import day_text
from marketplace.numbers import money_text, power_text
from marketplace.units import power_unit
from marketplace.web.addresses import address
from marketplace.web.cells import badge_html
from marketplace.web.lists import Column, List


def _competition(contract: Any) -> str:
    page = address("contracts:contract", contract.pk)
    return f'<a class="ref" href="{page}">{escape(contract.competition.ref)}</a>'


def _cost(contract: Any) -> str:
    cost = contract.expected_cost
    return "" if cost is None else money_text(cost, contract.buyer.currency)


class PartyColumn(Column):
    """The other party of a contract, by who looks; the file names both parties."""

    @property
    def is_in_file(self) -> bool:
        """Never."""
        return False

    def render(self, record: Any, table: List) -> str:
        """Its name."""
        is_buyer = record.buyer_id == table.request.member.organisation_id  # type: ignore[attr-defined]
        return str(record.seller if is_buyer else record.buyer)


class ContractList(List):
    """The contracts of an organisation; the page tells the other party by who looks."""

    caption, nouns, file_name = "Contracts", ("contract", "contracts"), "contracts"
    css = "tbl is-tight rows-phone is-lines"
    per_page = 50

    competition = Column(
        "Competition",
        accessor="competition__ref",
        sort=("competition__ref",),
        draw=_competition,
    )
    window = Column(
        "Window",
        accessor="window_name",
        css="cut",
        sort=("period_name", "window_name"),
        draw=lambda each: f'<span title="{escape(each.period_name)}">{escape(each.window_name)}</span>',
    )
    period = Column(
        "Period", accessor="period_name", css="cut", sort=("period_name", "window_name"), hidden=True
    )
    party = PartyColumn("Other party", accessor="pk", css="cut")
    buyer = Column("Buyer", accessor="buyer__name", hidden=True)
    seller = Column("Seller", accessor="seller__name", hidden=True)
    first_day = Column(
        "First day", accessor="first_day", sort="first_day", draw=lambda each: day_text(each.first_day)
    )
    end_day = Column(
        "Ends before",
        accessor="end_day",
        sort="end_day",
        hidden=True,
        draw=lambda each: day_text(each.end_day),
    )
    capacity_mw = Column(
        "Capacity",
        accessor="capacity_mw",
        number=True,
        sort="capacity_mw",
        file_title="Capacity (MW or MVAr)",
        draw=lambda each: power_text(each.capacity_mw, power_unit(each.competition.power_type)),
    )
    expected_cost = Column(
        "Expected cost", accessor="expected_cost", number=True, sort="expected_cost", draw=_cost
    )
    status = Column(
        "Status",
        accessor="get_status_display",
        phone="right",
        sort="status",
        draw=lambda each: badge_html(each.status, each.get_status_display()),
    )
