"""The competition file: three sheets that say everything an operator buys."""

from django.db.models import TextChoices

from competitions.enums import (
    AssetCategory,
    AssetStatus,
    BoundaryType,
    CompetitionType,
    HolidayRuleChoice,
    NeedDirection,
    NeedType,
    PowerType,
    PricingType,
)
from marketplace.workbooks import (
    Choice,
    ChoiceList,
    Column,
    Date,
    DateTime,
    Days,
    Duration,
    Email,
    Number,
    Sheet,
    Text,
    TextList,
    Time,
    Url,
    Whole,
    WorkbookSpec,
    YesNo,
)

REF_PATTERN = r"[A-Za-z0-9_]{1,40}"
REF_RULE = "Letters, digits and underscores, at most 40."
PRODUCT_TYPES = (
    "Peak Reduction",
    "Scheduled Utilisation",
    "Operational Utilisation",
    "Scheduled Availability + Operational Utilisation",
    "Variable Availability + Operational Utilisation",
)


def labels(choices: type[TextChoices]) -> dict[str, str]:
    """What a file says → what is stored."""
    return {str(choice.label): str(choice.value) for choice in choices}


def price(header: str, key: str) -> Column:
    rule = "0 or more, two decimals. A guide price with Auction; the price, and required where the type has it, with Fixed."
    return Column(header, key, Number(minimum=0, maximum=999_999_999_999, places=2), rule=rule)


def ref(rule: str) -> Column:
    return Column(
        "Competition Ref",
        "ref",
        Text(40, REF_PATTERN, REF_RULE, is_key=True),
        required=True,
        rule=rule,
        example="MONK_2026_01",
    )


COMPETITIONS = Sheet(
    "Competitions",
    (
        ref(f"{REF_RULE} Unique on the platform for ever."),
        Column("Competition Name", "name", Text(100), required=True, example="Monktonhall January 2026"),
        Column("Round", "round_name", Text(60, is_key=True), rule="Groups competitions.", example="Winter 2026"),
        Column("Need Type", "need_type", Choice(labels(NeedType)), required=True, example="Pre Fault"),
        Column(
            "Product Type",
            "product_type",
            Choice({name: name for name in PRODUCT_TYPES}, others_up_to=60),
            example="Scheduled Utilisation",
        ),
        Column("Power Type", "power_type", Choice(labels(PowerType)), required=True, example="Active Power"),
        Column("Need Direction", "need_direction", Choice(labels(NeedDirection)), required=True, example="Deficit"),
        Column(
            "Competition Type",
            "competition_type",
            Choice(labels(CompetitionType)),
            rule="Which prices a bid carries. Required, but blank for a visibility-only competition.",
            example="Utilisation",
        ),
        Column(
            "Pricing Type", "pricing_type", Choice(labels(PricingType)), rule="Default Auction.", example="Auction"
        ),
        price("Availability Price (£/MW/h)", "availability_price"),
        price("Utilisation Price (£/MWh)", "utilisation_price"),
        price("Service Fee (£/MW)", "service_fee"),
        Column("Minimum Budget (£)", "minimum_budget", Number(minimum=0, maximum=99_999_999_999_999, places=2)),
        Column(
            "Maximum Budget (£)",
            "maximum_budget",
            Number(minimum=0, maximum=99_999_999_999_999, places=2),
            rule="At least the minimum budget.",
        ),
        Column("Publish On", "publish_on", DateTime(), rule="Blank: at once.", example="01/12/2025 09:00"),
        Column("Qualification Open", "qualification_open", DateTime(), required=True, example="05/01/2026 12:00"),
        Column("Qualification Close", "qualification_close", DateTime(), required=True, example="19/01/2026 17:00"),
        Column(
            "Bidding Open", "bidding_open", DateTime(), rule="Required, but blank for a visibility-only competition."
        ),
        Column(
            "Bidding Close", "bidding_close", DateTime(), rule="Required, but blank for a visibility-only competition."
        ),
        Column("Archive On", "archive_on", DateTime(), rule="Not before bidding close."),
        Column(
            "Area Buffer (km)", "area_buffer_km", Number(minimum=0, maximum=50, places=6), rule="0 to 50, default 0."
        ),
        Column("Minimum Voltage (kV)", "minimum_voltage_kv", Number(above=0, maximum=10_000, places=4)),
        Column(
            "Maximum Voltage (kV)",
            "maximum_voltage_kv",
            Number(above=0, maximum=10_000, places=4),
            rule="At least the minimum voltage.",
        ),
        Column("DPS Reference", "dps_reference", Text(40, is_key=True), rule="One of your DPSs."),
        Column(
            "Asset Statuses",
            "asset_statuses",
            ChoiceList(labels(AssetStatus)),
            rule="Comma-separated. Default Operational, In Development.",
            example="Operational, In Development",
        ),
        Column(
            "Asset Categories",
            "asset_categories",
            ChoiceList(labels(AssetCategory)),
            rule="Comma-separated. Default all.",
            example="Storage, Generation",
        ),
        Column("Meter ID Required", "meter_id_required", YesNo(), rule="Yes or No (default)."),
        Column(
            "Meter ID In Zone", "meter_id_in_zone", YesNo(), rule="Yes or No (default). Needs an area in the boundary."
        ),
        Column("Maximum Response Time", "maximum_response_time", Duration(), example="00:30:00"),
        Column("Maximum Ramping Period", "maximum_ramping_period", Duration()),
        Column("Maximum Recovery Time", "maximum_recovery_time", Duration()),
        Column("Minimum Run Time", "minimum_run_time", Duration(), example="01:00:00"),
        Column(
            "Duplicate Asset Overrides",
            "duplicate_overrides_of",
            TextList(),
            rule="Comma-separated refs of your own earlier competitions.",
        ),
        Column("Contact Email", "contact_email", Email(), rule="Default: your organisation's."),
        Column("Documents URL", "documents_url", Url(500), rule="An https URL."),
        Column("Description", "description", Text(5000, multiline=True)),
    ),
)

BOUNDARIES = Sheet(
    "Competition Boundaries",
    (
        ref("A ref in this file or of an existing competition."),
        Column("Boundary Type", "kind", Choice(labels(BoundaryType)), required=True, example="Area"),
        Column(
            "Value",
            "value",
            Text(80, is_key=True),
            rule="Area reference, postcode (EH21 8RE) or sector (EH21 8); blank for a Bounding Box.",
            example="MONKTONHALL",
        ),
        Column(
            "North",
            "north",
            Number(minimum=-90, maximum=90, places=15, rounded=True),
            rule="For a Bounding Box only: WGS84 degrees.",
        ),
        Column("South", "south", Number(minimum=-90, maximum=90, places=15, rounded=True), rule="Less than North."),
        Column(
            "East",
            "east",
            Number(minimum=-180, maximum=180, places=15, rounded=True),
            rule="For a Bounding Box only: WGS84 degrees.",
        ),
        Column("West", "west", Number(minimum=-180, maximum=180, places=15, rounded=True), rule="Less than East."),
    ),
)

MEGAWATTS = {"maximum": 99_999_999, "places": 6}
WINDOWS = Sheet(
    "Service Windows",
    (
        ref("A ref in this file or of an existing competition."),
        Column(
            "Service Period Name",
            "period",
            Text(60, is_key=True),
            required=True,
            rule="Rows with the same name carry the same dates.",
            example="January",
        ),
        Column("Period Start Date", "first_day", Date(), required=True, example="01/01/2026"),
        Column(
            "Period End Date",
            "last_day",
            Date(),
            required=True,
            rule="Inclusive, not before the start.",
            example="31/01/2026",
        ),
        Column(
            "Service Window Name",
            "name",
            Text(60, is_key=True),
            required=True,
            rule="Unique in its period.",
            example="Evening",
        ),
        Column("Service Days", "weekdays", Days(), required=True, example="Monday, Tuesday, Wednesday"),
        Column("Start Time", "start", Time(), required=True, example="16:30"),
        Column(
            "End Time",
            "end",
            Time(end=True),
            required=True,
            rule="Not after the start: runs past midnight. 00:00 to 00:00 is the whole day.",
            example="20:00",
        ),
        Column(
            "Public Holidays",
            "public_holidays",
            Choice(labels(HolidayRuleChoice)),
            rule="Ignore (default): a day like any other. Exclude: no service. Include: service whatever the weekday.",
        ),
        Column(
            "Capacity Required (MW)",
            "capacity_required_mw",
            Number(above=0, **MEGAWATTS),
            required=True,
            example="1.366",
        ),
        Column(
            "Minimum Aggregate Size (MW)",
            "minimum_aggregate_mw",
            Number(minimum=0, **MEGAWATTS),
            rule="At most the capacity required; default 0.",
            example="0.1",
        ),
        Column("Minimum Run Time", "minimum_run_time", Duration()),
        Column("Required Response Time", "required_response_time", Duration()),
        Column(
            "Dispatch Estimate",
            "dispatch_estimate",
            Whole(minimum=0, maximum=2_000_000_000),
            rule="Dispatches expected in the period.",
        ),
        Column("Dispatch Duration", "dispatch_duration", Duration(), rule="Of each dispatch."),
    ),
)

COMPETITION_FILE = WorkbookSpec(
    name="competition_file",
    title="Competition file",
    purpose="Creates and updates your competitions: what you need, where, when, and on which terms.",
    how_to=(
        "One row a competition in Competitions; its boundary and its windows in the other two sheets, under the same ref.",
        "To change a competition, give its ref again: the values given replace those stored.",
        "A column that is absent keeps what is stored, a blank cell clears it.",
        "Rows in the other two sheets replace the boundary or the windows that a competition had; without any it keeps them.",
        "A new competition needs at least one boundary row and one window row.",
        "Date-times without a zone are in your organisation's time zone.",
    ),
    sheets=(COMPETITIONS, BOUNDARIES, WINDOWS),
)
