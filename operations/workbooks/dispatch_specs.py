"""The workbook of dispatches: sent by file, and taken away with what became of each."""

from marketplace.workbooks.choices import Choice
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.moments import DateTime
from operations.enums import OPERATORS_KINDS, DispatchKind

KINDS = {each.label: each.value for each in OPERATORS_KINDS}

DISPATCHES = Sheet(
    "Dispatches",
    (
        Column(
            "Dispatch Ref",
            "ref",
            Text(max_length=60),
            rule="Yours, once for each dispatch; made for you if blank. Sent again with the same content, it stays one dispatch.",
            example="INC-2291-1",
        ),
        Column("Contract ID", "contract_id", Text(), required=True, rule="As on the contract's page."),
        Column(
            "Kind",
            "kind",
            Choice(KINDS),
            rule="Operational, Scheduled or Test; Operational if blank.",
            default=DispatchKind.OPERATIONAL.value,
        ),
        Column("Start", "start", DateTime(), required=True, example="26/11/2026 17:45"),
        Column("End", "end", DateTime(), required=True, example="26/11/2026 19:30"),
        Column(
            "Capacity (MW)",
            "mw",
            Number(above=0, maximum=10**8 - 1, places=6),
            required=True,
            example="4.5",
        ),
        Column("Incident Reference", "incident_reference", Text(max_length=60), example="INC-2291"),
        Column("Reason", "reason", Text(max_length=1000), rule="The provider reads it."),
        Column("Dispatch ID", "id", Text(), information=True),
        Column("State", "state", Text(), information=True),
        Column("Issued At", "issued_at", DateTime(), information=True),
        Column("Acknowledged At", "acknowledged_at", DateTime(), information=True),
        Column("Response", "response", Text(), information=True),
        Column("Final End", "final_end", DateTime(), information=True),
        Column("Requested (MWh)", "requested_mwh", Number(), information=True),
        Column("Delivered (MWh)", "delivered_mwh", Number(), information=True),
        Column("Performance (%)", "performance", Number(), information=True),
    ),
)

EVENTS = Sheet(
    "Dispatch Events",
    (
        Column("Dispatch ID", "id", Text(), information=True),
        Column("Event", "event", Text(), information=True),
        Column("At", "at", DateTime(), information=True),
        Column("By", "by", Text(), information=True),
        Column("Start", "start", DateTime(), information=True),
        Column("End", "end", DateTime(), information=True),
        Column("Capacity (MW)", "mw", Number(), information=True),
        Column("Reason", "reason", Text(), information=True),
    ),
    required=False,
)

DISPATCH_FILE = WorkbookSpec(
    name="dispatches",
    title="Dispatches",
    purpose="Call contracts for MW from a start to an end, and see what became of each call.",
    how_to=(
        "Each row is a dispatch of one contract. Times without an offset are in your organisation's time zone.",
        "A row whose ref was sent before with the same content changes nothing; with other content it is refused.",
        "A downloaded file can be uploaded again as it is. The sheet Dispatch Events is for reading.",
    ),
    sheets=(DISPATCHES, EVENTS),
)
