"""The list of contracts."""

import django_tables2 as tables

from marketplace.web.lists import Column, List


class ContractList(List):
    """The contracts of an organisation; the page tells the other party by who looks."""

    caption = "Contracts"
    per_page = 50

    competition = Column(
        "Competition",
        accessor="competition__ref",
        linkify=("contracts:contract", {"pk": tables.A("pk")}),
        sort=("competition__ref",),
    )
    window = Column("Window", sort=("period_name", "window_name"))
    party = Column("Other party")
    first_day = Column("First day", sort="first_day")
    capacity_mw = Column("Capacity", number=True, sort="capacity_mw")
    expected_cost = Column("Expected cost", number=True, sort="expected_cost")
    status = Column("Status", sort="status")
