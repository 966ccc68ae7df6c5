"""The list of dispatches."""

import django_tables2 as tables

from marketplace.web.lists import Column, List


class DispatchList(List):
    """The dispatches of an organisation; the page tells the other party by who looks."""

    caption, nouns, file_name = "Dispatches", ("dispatch", "dispatches"), "dispatches"
    css = "tbl is-tight rows-phone is-lines"
    per_page = 50

    ref = Column(
        "Dispatch",
        accessor="dispatch__ref",
        linkify=("operations:dispatch", {"pk": tables.A("dispatch__pk")}),
        sort=("ref",),
    )
    competition = Column("Competition", accessor="dispatch__contract__competition__ref", hidden=True)
    contract = Column("Contract ID", accessor="dispatch__contract_id", hidden=True)
    party = Column("Other party", accessor="party", css="name")
    kind = Column("Kind", accessor="dispatch__get_kind_display", sort=("kind",), hidden=True)
    start = Column("From", accessor="dispatch__start", sort=("start", "ref"), css="wrap")
    end = Column("Until", accessor="dispatch__end", css="wrap")
    mw = Column(
        "Asked", accessor="dispatch__mw", number=True, sort=("mw", "ref"), file_title="Asked (MW or MVAr)"
    )
    energy = Column("Energy", accessor="energy", number=True, file_title="Energy (MWh or MVArh)")
    incident = Column("Incident", accessor="dispatch__incident_reference", hidden=True)
    issued = Column("Issued", accessor="dispatch__issued_at", sort=("issued_at", "ref"), hidden=True)
    state = Column("State", accessor="words__word", phone="right", css="wrap")
