"""The list of requests of programs."""

from marketplace.web.lists import Column, List, MomentColumn


class RequestList(List):
    """What programs asked for, the last first."""

    caption, nouns, file_name = "Requests", ("request", "requests"), "api-requests"
    css = "tbl is-tight rows-phone is-lines"
    per_page = 50

    at = MomentColumn("When", accessor="at")
    client = Column("Program", accessor="client__name", css="cut")
    method = Column("Method", accessor="method")
    path = Column("Address", accessor="path", css="cut", phone="wide")
    status = Column("Status", accessor="status", number=True)
    code = Column("Problem", accessor="code", css="cut")
    milliseconds = Column("Took", accessor="milliseconds", number=True, file_title="Took (ms)")
    request_id = Column("Request id", accessor="id", css="wrap", phone="wide")
    address = Column("From", accessor="address", hidden=True)
