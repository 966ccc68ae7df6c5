"""The declared sheets of performance, statements and documents."""

from marketplace.workbooks.choices import YesNo
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text, Whole
from marketplace.workbooks.moments import Date
from operations.workbooks.performance_specs import ASSETS, BASELINE_DAYS, PERFORMANCE, PERIODS

STATEMENT = Sheet(
    "Statement",
    (
        Column("Statement ID", "statement", Text()),
        Column("Version", "version", Whole()),
        Column("State", "state", Text()),
        Column("Contract ID", "contract", Text()),
        Column("Month", "month", Text()),
        Column("Line", "line", Whole()),
        Column("Kind", "kind", Text()),
        Column("Reference", "reference", Text()),
        Column("Quantity", "quantity", Number()),
        Column("Unit", "unit", Text(), rule="MW·h or kWh."),
        Column("Price", "price", Number()),
        Column("Factor", "factor", Number()),
        Column("Amount (£)", "amount", Number(places=2)),
        Column("Complete", "complete", YesNo()),
    ),
)
TOTALS = Sheet(
    "Totals",
    (
        Column("Contract ID", "contract", Text()),
        Column("Month", "month", Text()),
        Column("Availability", "availability", Number(places=2)),
        Column("Utilisation", "utilisation", Number(places=2)),
        Column("Penalty", "penalty", Number(places=2)),
        Column("Penalty Relief", "relief", Number(places=2)),
        Column("Service Fee", "service_fee", Number(places=2)),
        Column("Correction", "correction", Number(places=2)),
        Column("Total (£)", "total", Number(places=2)),
    ),
)
DOCUMENTS = Sheet(
    "Documents",
    (
        Column("Document Number", "number", Text()),
        Column("Type", "type", Text(), rule="Self-billing invoice, Credit note or Remittance advice."),
        Column("Issue Date", "issued_on", Date()),
        Column("Supply From", "supply_from", Date()),
        Column("Supply To", "supply_to", Date()),
        Column("Buyer", "buyer", Text()),
        Column("Buyer VAT Number", "buyer_vat", Text()),
        Column("Seller", "seller", Text()),
        Column("Seller Company Number", "seller_number", Text()),
        Column("Seller VAT Number", "seller_vat", Text()),
        Column("Seller Address", "seller_address", Text()),
        Column("Currency", "currency", Text()),
        Column("Net", "net", Number(places=2)),
        Column("VAT Rate (%)", "vat_rate", Number(places=1)),
        Column("VAT", "vat", Number(places=2)),
        Column("Gross", "gross", Number(places=2)),
        Column("Payment Reference", "payment_reference", Text()),
        Column("Paid On", "paid_on", Date()),
    ),
)
DOCUMENT_LINES = Sheet(
    "Document Lines",
    (
        Column("Document Number", "number", Text()),
        Column("Line", "line", Whole()),
        Column("Contract ID", "contract", Text()),
        Column("Month", "month", Text()),
        Column("Kind", "kind", Text()),
        Column("Quantity", "quantity", Number()),
        Column("Unit", "unit", Text()),
        Column("Net", "net", Number(places=2)),
        Column("VAT Rate (%)", "vat_rate", Number(places=1)),
    ),
)

SETTLEMENT = WorkbookSpec(
    name="settlement",
    title="Performance and settlement",
    purpose="What each dispatch delivered, by period and asset, and what each contract earned, line by line.",
    how_to=(
        "For reading: this file is not uploaded again.",
        "Energy is net, export minus import. A line's amount is worked out from exact figures and rounded once.",
    ),
    sheets=(PERFORMANCE, PERIODS, ASSETS, BASELINE_DAYS, STATEMENT, TOTALS),
)
INVOICE_DATA = WorkbookSpec(
    name="invoice_data",
    title="Invoice data",
    purpose="One document for each seller and month, with the lines of its statements.",
    how_to="For reading: this file is not uploaded again.",
    sheets=(DOCUMENTS, DOCUMENT_LINES),
)
STATEMENT_FILE = WorkbookSpec(
    name="statement",
    title="Statement",
    purpose="One version of a statement with everything that it was worked out from.",
    how_to=(
        "For reading: this file is not uploaded again.",
        "Energy is net, export minus import. A line's amount is worked out from exact figures and rounded once.",
        "The amounts follow from the sheets: docs/recompute_statement.py works them out anew.",
    ),
    sheets=(
        *SETTLEMENT.sheets,
        Sheet(
            "Terms",
            (
                Column("Field", "field", Text()),
                Column("Value", "value", Text(), rule="As JSON."),
            ),
        ),
    ),
)
RUN = WorkbookSpec(
    name="statement_run",
    title="Run of statements",
    purpose="What a run came to: for each contract whether a version was made, and what it comes to.",
    how_to="For reading: this file is not uploaded again.",
    sheets=(
        Sheet(
            "Run",
            (
                Column("Contract ID", "contract", Text()),
                Column("Competition Ref", "competition", Text()),
                Column("Service Window", "window", Text()),
                Column("FSP Name", "seller", Text()),
                Column("Month", "month", Text()),
                Column("Result", "result", Text()),
                Column("Version", "version", Whole()),
                Column("Before (£)", "before", Number(places=2)),
                Column("Total (£)", "total", Number(places=2)),
            ),
        ),
        Sheet(
            "Differences",
            (
                Column("Contract ID", "contract", Text()),
                Column("Version", "version", Whole()),
                Column("Kind", "kind", Text()),
                Column("Reference", "reference", Text()),
                Column("Before (£)", "before", Number(places=2)),
                Column("After (£)", "after", Number(places=2)),
                Column("Why", "why", Text()),
            ),
        ),
    ),
)
