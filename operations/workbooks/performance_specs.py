"""The declared sheets of performance: dispatches, their periods, their assets, and the days of baselines."""

from marketplace.workbooks.choices import YesNo
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text, Whole
from marketplace.workbooks.moments import Date
from marketplace.workbooks.moments import DateTime as Moment

_ENERGY = (
    Column("Requested (kWh)", "requested_kwh", Number()),
    Column("Baseline (kWh)", "baseline_kwh", Number(), rule="Net: export minus import."),
    Column("Metered (kWh)", "metered_kwh", Number(), rule="Net: export minus import."),
    Column("Flexibility (kWh)", "flexibility_kwh", Number()),
    Column("Delivered (kWh)", "delivered_kwh", Number()),
    Column("Deficiency (kWh)", "deficiency_kwh", Number()),
    Column("Complete", "complete", YesNo()),
)

PERFORMANCE = Sheet(
    "Performance",
    (
        Column("Dispatch ID", "dispatch", Text()),
        Column("Contract ID", "contract", Text()),
        Column("Competition Ref", "competition", Text()),
        Column("Service Window", "window", Text()),
        Column("FSP Name", "seller", Text()),
        Column("Kind", "kind", Text()),
        Column("Status", "status", Text()),
        Column("Start", "start", Moment()),
        Column("End", "end", Moment()),
        Column("Requested (MWh)", "requested_mwh", Number()),
        Column("Delivered (MWh)", "delivered_mwh", Number()),
        Column("Performance (%)", "performance", Number(places=1)),
        Column("Complete Periods", "complete_periods", Whole()),
        Column("Periods", "periods", Whole()),
        Column("Baseline Method", "baseline", Text()),
        Column("Terms", "terms", Text()),
    ),
)
PERIODS = Sheet(
    "Periods",
    (Column("Dispatch ID", "dispatch", Text()), Column("Period Start", "start", Moment()), *_ENERGY),
)
ASSETS = Sheet(
    "Assets",
    (
        Column("Dispatch ID", "dispatch", Text()),
        Column("Asset Ref", "asset", Text()),
        Column("Period Start", "start", Moment()),
        *_ENERGY,
        Column(
            "Taken (kWh)", "taken_kwh", Number(), rule="Net energy credited to dispatches issued earlier."
        ),
    ),
)
BASELINE_DAYS = Sheet(
    "Baseline Days",
    (
        Column("Dispatch ID", "dispatch", Text()),
        Column("Asset Ref", "asset", Text()),
        Column("Day", "day", Date()),
        Column("Used", "used", YesNo()),
        Column("Why Not", "why_not", Text()),
        Column("Rank", "rank", Whole(), rule="By import over the dispatch's periods, 1 the highest."),
    ),
)

PERFORMANCE_FILE = WorkbookSpec(
    "performance",
    "Performance",
    "What dispatches delivered, period by period and asset by asset, with the days of their baselines.",
    "For reading: nothing of it is uploaded again. Energy is net, export minus import.",
    (PERFORMANCE, PERIODS, ASSETS, BASELINE_DAYS),
)
