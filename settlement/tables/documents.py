"""The list of documents."""

import django_tables2 as tables

from marketplace.web.lists import Column, List


class DocumentList(List):
    """The documents of an organisation; the page tells the other party by who looks."""

    caption, nouns, file_name = "Documents", ("document", "documents"), "documents"
    css = "tbl is-tight rows-phone is-lines"
    per_page = 50

    number = Column(
        "Number",
        accessor="document__number",
        linkify=("settlement:document", {"pk": tables.A("document__pk")}),
        sort=("number",),
    )
    type = Column("Document", accessor="document__get_type_display", css="wrap", sort=("type", "number"))
    party = Column("Other party")
    buyer = Column("Buyer", accessor="buyer", sort=("buyer__name", "number"), hidden=True)
    seller = Column("Seller", accessor="seller", sort=("seller__name", "number"), hidden=True)
    month = Column("Month", accessor="month", sort=("month", "number"))
    issued_on = Column("Issued", accessor="document__issued_on", sort=("issued_on", "number"))
    net = Column("Net", accessor="document__net", number=True, sort=("net", "number"))
    vat = Column("VAT", accessor="document__vat", number=True, phone="hide")
    gross = Column("Gross", accessor="document__gross", number=True, sort=("gross", "number"))
    state = Column("State", accessor="state_word", css="wrap", phone="right")
