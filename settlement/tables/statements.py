"""The list of statements."""

import django_tables2 as tables

from marketplace.web.lists import Column, List, SelectColumn


class StatementList(List):
    """The statements of an organisation; the page tells the other party by who looks."""

    caption, nouns, file_name = "Statements", ("statement", "statements"), "statements"
    css = "tbl is-tight rows-phone is-lines"
    per_page = 50

    select = SelectColumn(
        form="bulk",
        field="versions",
        box="pick",
        accessor="current_id",
        label="name",
        amount="statement__current__total",
        unit="£",
    )
    month = Column(
        "Month",
        accessor="month_name",
        linkify=("settlement:statement", {"pk": tables.A("pk")}),
        sort=("month", "contract__competition__ref", "pk"),
    )
    competition = Column(
        "Competition",
        accessor="statement__contract__competition__ref",
        sort=("contract__competition__ref", "pk"),
    )
    window = Column("Window", accessor="statement__contract__window_name", css="cut")
    contract = Column("Contract ID", accessor="statement__contract_id", hidden=True)
    party = Column("Other party", accessor="party", css="cut")
    version = Column("Version", accessor="statement__current__number", number=True)
    complete = Column("Complete lines", accessor="complete", number=True)
    dispute = Column("Dispute", accessor="dispute")
    total = Column("Total", accessor="statement__current__total", number=True, sort=("current__total", "pk"))
    state = Column("State", accessor="statement__current__get_state_display", phone="right")

    def is_selectable(self, record: object) -> bool:
        """Whether the reader may make it final now."""
        return bool(getattr(record, "can_be_final", False))
