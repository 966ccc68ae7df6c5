"""The sheets of the assets file and of the qualified assets file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from competitions.enums import AssetCategory, AssetStatus
from marketplace.units import capacity_unit
from marketplace.workbooks.cells import Cell, CellError
from marketplace.workbooks.choices import Choice, TextList, YesNo
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Context, Kind, Number, Text, Whole, Written, text_of
from marketplace.workbooks.moments import Date, DateTime, Duration
from qualification.domain.facts.data import thaw
from qualification.domain.meters.numbers import read_meter_id
from qualification.enums import (
    INITIAL_ASSET_TYPES,
    METER_INTERVALS,
    AssetStanding,
    CapacityType,
    ConnectionCurrent,
    ConnectionType,
    EntryState,
    MeteringPoint,
    OverrideDecision,
)


@dataclass(frozen=True)
class MeterId(Kind):
    """A GB meter point number: 13 digits with their check digit; of the 21-digit form the core is kept."""

    width = 18
    number_format = "@"

    @property
    def hint(self) -> str:
        return "A GB MPAN: 13 digits with a valid check digit, or the 21-digit form."

    def parse(self, cell: Cell, context: Context) -> str:
        core, fault = read_meter_id(text_of(cell))
        if fault:
            raise CellError(fault)
        return core

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return str(value)


def labels(choices: Any) -> dict[str, Any]:
    """A choice column's labels: what users write, and the value that is kept."""
    return {label: value for value, label in choices.choices}


CAPACITY_RULE = (
    "0 to 10,000 with up to 6 decimals; blank is 0. At least one of the six capacities is above 0."
)
CAPACITY = Number(minimum=0, maximum=10_000, places=6)
CONNECTION_CAPACITY = Number(minimum=0, maximum=99_999, places=6)
TYPES = Choice({name: name for names in INITIAL_ASSET_TYPES.values() for name in names}, others_up_to=60)
TYPE_RULE = "A type of the category: " + "; ".join(
    f"{category.label}: {', '.join(names)}" for category, names in INITIAL_ASSET_TYPES.items()
)
VOLTAGE = Number(above=0, maximum=400, places=4)


def capacity_header(capacity: CapacityType) -> str:
    return f"{capacity.label} ({capacity_unit(capacity)})"


CATEGORY_AND_TYPE = (
    Column("Asset Category", "category", Choice(labels(AssetCategory)), required=True, example="Storage"),
    Column("Asset Type", "asset_type", TYPES, required=True, rule=TYPE_RULE, example="Battery"),
)
ASSET_COLUMNS: tuple[Column, ...] = (
    Column(
        "Asset Ref",
        "ref",
        Text(64, is_key=True),
        required=True,
        rule="Your own reference, up to 64 characters, unique among your assets. A known one updates that asset.",
        example="BAT-001",
    ),
    Column("Asset Name", "name", Text(100), required=True, example="Riverside battery"),
    Column(
        "Asset Group",
        "group",
        Text(64, is_key=True),
        rule="The ref of one of your groups, up to 64 characters; made if it is new. Blank: in no group.",
        example="FLEET-NORTH",
    ),
    Column("Asset Status", "status", Choice(labels(AssetStatus)), required=True, example="Operational"),
    *CATEGORY_AND_TYPE,
    Column(
        "Voltage Level (kV)", "voltage_kv", VOLTAGE, required=True, rule="Above 0, at most 400.", example="11"
    ),
    Column(
        "Latitude",
        "latitude",
        Number(minimum=-90, maximum=90, places=15, rounded=True),
        rule="WGS84 degrees; needed with Longitude, or else a known postcode, whose centre then counts.",
        example="55.9445",
    ),
    Column(
        "Longitude",
        "longitude",
        Number(minimum=-180, maximum=180, places=15, rounded=True),
        rule="WGS84 degrees; needed with Latitude.",
        example="-3.0463",
    ),
    Column(
        "Postcode",
        "postcode",
        Text(10),
        rule="A GB postcode, such as EH21 8RE. Without latitude and longitude its centre is the place.",
        example="EH21 8RE",
    ),
    Column("Address", "address", Text(255)),
    Column("Import Meter ID", "import_meter_id", MeterId(), example="1200023305967"),
    Column("Export Meter ID", "export_meter_id", MeterId()),
    *(Column(capacity_header(each), each.value, CAPACITY, rule=CAPACITY_RULE) for each in CapacityType),
    Column(
        "Maximum Import Capacity (MW)",
        "maximum_import_mw",
        CONNECTION_CAPACITY,
        rule="At least the demand turn-up.",
    ),
    Column(
        "Maximum Export Capacity (MW)",
        "maximum_export_mw",
        CONNECTION_CAPACITY,
        rule="At least the generation turn-up.",
    ),
    Column("Response Time", "response_time", Duration(), example="00:15:00"),
    Column("Ramping Period", "ramping_period", Duration()),
    Column("Recovery Time", "recovery_time", Duration()),
    Column(
        "Minimum Run Time", "minimum_run_time", Duration(), rule="A duration, at most the maximum run time."
    ),
    Column("Maximum Run Time", "maximum_run_time", Duration(), example="02:00:00"),
    Column("Connection Type", "connection_type", Choice(labels(ConnectionType))),
    Column("Connection Current", "connection_current", Choice(labels(ConnectionCurrent))),
    Column(
        "Operational Date",
        "operational_date",
        Date(),
        rule="Needed for assets in development: when they will operate.",
    ),
    Column("Metering Point", "metering_point", Choice(labels(MeteringPoint))),
    Column(
        "Meter Interval (minutes)",
        "meter_interval_minutes",
        Choice({str(each): each for each in METER_INTERVALS}),
    ),
    Column("Supplier", "supplier", Text(100)),
)
PLANNED_COLUMNS: tuple[Column, ...] = (
    Column(
        "Planned Asset Ref",
        "ref",
        Text(64, is_key=True),
        required=True,
        rule="Your own reference, unique among your assets and planned assets.",
        example="PLAN-1",
    ),
    Column("Planned Asset Name", "name", Text(100), required=True),
    Column(
        "Competition Ref",
        "competition",
        Text(40, is_key=True),
        required=True,
        rule="A published competition before qualification close.",
    ),
    *CATEGORY_AND_TYPE,
    Column("Voltage Level (kV)", "voltage_kv", VOLTAGE, required=True),
    Column("Capacity Type", "capacity_type", Choice(labels(CapacityType)), required=True),
    Column("Capacity (MW)", "capacity_mw", Number(above=0, maximum=10_000, places=6), required=True),
    Column("Estimated Asset Count", "estimated_count", Whole(minimum=1, maximum=2_000_000_000)),
    Column("Maximum Response Time", "maximum_response_time", Duration()),
    Column("Maximum Recovery Time", "maximum_recovery_time", Duration()),
    Column("Minimum Run Time", "minimum_run_time", Duration()),
    Column("Maximum Run Time", "maximum_run_time", Duration()),
    Column(
        "Status",
        "is_archived",
        Choice({"Planned": False, "Archived": True}),
        rule="Planned (default) or Archived.",
    ),
)
ASSETS = WorkbookSpec(
    name="assets",
    title="Assets",
    purpose="Lists what you control: each row of the sheet Assets is one asset, found again by its reference.",
    how_to=(
        "Fill one row for each asset. A known reference updates that asset; a new one adds an asset.",
        "A column that you leave out keeps what is stored; a blank cell clears it.",
        "Planned assets, without a place yet, go into the sheet Planned Assets, one row for each competition.",
        "Archived assets stay stored, are shown nowhere, and come back when you give them another status.",
    ),
    sheets=(Sheet("Assets", ASSET_COLUMNS), Sheet("Planned Assets", PLANNED_COLUMNS, required=False)),
)


def _told(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(replace(column, information=True, required=False) for column in columns)


PHASE_AND_PARTIES = (
    Column("Competition ID", "competition_id", Text(36), information=True),
    Column("Competition Ref", "competition_ref", Text(40, is_key=True), required=True),
    Column("Competition Name", "competition_name", Text(100), information=True),
    Column("Competition Phase", "phase", Text(), information=True),
    Column("FSP ID", "provider_id", Text(36), information=True),
    Column("FSP Name", "provider_name", Text(120), information=True),
    Column("Entry Status", "entry", Text(), information=True),
)
RESULT_COLUMNS = (
    Column("Relevant Capacity (MW)", "relevant_capacity_mw", Number(), information=True),
    Column("In Buffer", "in_buffer", YesNo(), information=True),
    Column("Automatic Result", "result", Choice({"Eligible": True, "Not eligible": False}), information=True),
    Column("Failed Criteria", "failed", TextList(), information=True),
    Column(
        "Override",
        "override",
        Choice(labels(OverrideDecision)),
        rule="Qualify, Disqualify, or blank for none. It beats every criterion.",
    ),
    Column(
        "Override Reason",
        "override_reason",
        Text(500),
        rule="Needed with an override. The provider reads it.",
    ),
    Column("Final Status", "final_status", Choice(labels(AssetStanding)), information=True),
    Column("Last Modified", "changed_at", DateTime(), information=True),
)
QUALIFIED_ASSETS = WorkbookSpec(
    name="qualified_assets",
    title="Qualified assets",
    purpose="Every asset that lies within the boundary of a competition or has an override, and how it stands there.",
    how_to=(
        "One row for each competition and asset. Failed Criteria names what an asset fails.",
        "To override, write Qualify or Disqualify and a reason, and upload the file; blank both to take it back.",
        "Only Competition Ref, Asset ID, Override and Override Reason are read. Rows may be left out.",
        "The overrides of one competition are taken together or not at all.",
    ),
    sheets=(
        Sheet(
            "Qualified Assets",
            (
                *PHASE_AND_PARTIES,
                Column("Asset ID", "asset_id", Text(36), required=True),
                *_told(ASSET_COLUMNS),
                *RESULT_COLUMNS,
            ),
        ),
        Sheet(
            "Qualified Planned Assets",
            (
                *PHASE_AND_PARTIES,
                Column("Planned Asset ID", "planned_id", Text(36), information=True),
                *_told(tuple(each for each in PLANNED_COLUMNS if each.key != "competition")),
                *(
                    each
                    for each in RESULT_COLUMNS
                    if each.key not in ("in_buffer", "override", "override_reason")
                ),
            ),
            required=False,
        ),
    ),
)
ENTRY_LABELS: dict[str, str] = dict(EntryState.choices)


def asset_row(data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the asset columns, by key, from the frozen JSON copy of an asset or a planned one.

    A planned asset's capacity stands in the column of its capacity type.
    """
    values = thaw(data)
    if "capacity_type" in values:
        values[values["capacity_type"]] = values["capacity_mw"]
    return values
