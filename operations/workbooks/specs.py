"""The workbook of availability, declared: what is declared and answered, and what is not there."""

from marketplace.workbooks.choices import Choice
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.moments import Date, DateTime, Time
from operations.enums import UnavailabilityReason

AVAILABILITY = Sheet(
    "Availability",
    (
        Column(
            "Contract ID", "contract_id", Text(), required=True, rule="The platform's ID of the contract."
        ),
        Column("Competition Ref", "competition_ref", Text(), information=True),
        Column("Service Window", "window", Text(), information=True),
        Column("FSP Name", "provider", Text(), information=True),
        Column(
            "Date",
            "day",
            Date(),
            required=True,
            rule="The day on which the service begins.",
            example="2026-12-07",
        ),
        Column(
            "Start",
            "start",
            Time(named=True),
            required=True,
            rule="Local time, within the service of the day; when the clocks go back, 01:30 GMT is the second 01:30.",
            example="16:00",
        ),
        Column(
            "End",
            "end",
            Time(end=True, named=True),
            required=True,
            rule="Local time; 24:00, or a time after midnight where the service runs overnight.",
            example="20:00",
        ),
        Column(
            "Declared (MW)",
            "declared",
            Number(minimum=0, places=6),
            rule="The provider's: from 0 to the contract's capacity. A row where it is blank declares nothing.",
            example="1.5",
        ),
        Column(
            "Accepted (MW)",
            "accepted",
            Number(minimum=0, places=6),
            rule="The operator's: up to what is declared; 0 releases. A row where it is blank answers nothing.",
        ),
        Column(
            "State", "state", Text(), information=True, rule="Open, Locked, Accepted, Released or Reduced."
        ),
        Column("Declared At", "declared_at", DateTime(), information=True),
        Column("Answered At", "answered_at", DateTime(), information=True),
    ),
    required=False,
)

UNAVAILABILITY = Sheet(
    "Unavailability",
    (
        Column(
            "Contract ID", "contract_id", Text(), required=True, rule="The platform's ID of the contract."
        ),
        Column("Start", "start", DateTime(), required=True),
        Column("End", "end", DateTime(), required=True),
        Column(
            "Available (MW)", "mw", Number(minimum=0, places=6), required=True, rule="Less than is accepted."
        ),
        Column(
            "Reason",
            "reason",
            Choice({each.label: each.value for each in UnavailabilityReason}),
            required=True,
        ),
        Column("Notified At", "notified_at", DateTime(), information=True),
    ),
    required=False,
)

AVAILABILITY_FILE = WorkbookSpec(
    name="availability",
    title="Availability",
    purpose="Declare the MW that are available, answer what is declared, and say what is not there.",
    how_to=(
        "Times of the sheet Availability are those of the operator's zone; each row is a stretch of one service day.",
        "Providers fill in Declared (MW) until the lock; operators fill in Accepted (MW) from the lock until the answer.",
        "Two rows of one contract may not cover the same time. A later file replaces an earlier one for the time that it covers.",
        "Unavailability is the provider's: a row that is there already stays as it is; one with an earlier End shortens it.",
        "Saved as CSV, one sheet a file, it can be uploaded too.",
    ),
    sheets=(AVAILABILITY, UNAVAILABILITY),
)
