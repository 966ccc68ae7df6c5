"""The list of contracts."""

import django_tables2 as tables

from marketplace.web.lists import Column, List


class ContractList(List):
    """The contracts of an organisation; the page tells the other party by who looks."""

    caption, nouns, file_name = "Contracts", ("contract", "contracts"), "contracts"
    css = "tbl is-tight rows-phone is-lines"
    per_page = 50

    competition = Column(
        "Competition",
        accessor="competition__ref",
        linkify=("contracts:contract", {"pk": tables.A("pk")}),
        sort=("competition__ref",),
    )
    window = Column("Window", accessor="window_name", css="cut", sort=("period_name", "window_name"))
    period = Column(
        "Period", accessor="period_name", css="cut", sort=("period_name", "window_name"), hidden=True
    )
    party = Column("Other party", css="cut")
    buyer = Column("Buyer", accessor="buyer__name", hidden=True)
    seller = Column("Seller", accessor="seller__name", hidden=True)
    first_day = Column("First day", accessor="first_day", sort="first_day")
    end_day = Column("Ends before", accessor="end_day", sort="end_day", hidden=True)
    capacity_mw = Column(
        "Capacity",
        accessor="capacity_mw",
        number=True,
        sort="capacity_mw",
        file_title="Capacity (MW or MVAr)",
    )
    expected_cost = Column("Expected cost", accessor="expected_cost", number=True, sort="expected_cost")
    status = Column("Status", accessor="get_status_display", phone="right", sort="status")
