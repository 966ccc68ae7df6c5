"""Assets and planned assets as programs read and write them: the columns of the assets file under the same rules."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.codes import code_of_sentence
from api.problems import Fault
from api.shapes import NUMBER, Day, Instant, Length, Line, Number, Shown, Told
from competitions.enums import AssetCategory, AssetStatus
from marketplace.workbooks.declare import Problem as RowProblem
from qualification.enums import CapacityType, ConnectionCurrent, ConnectionType, MeteringPoint
from qualification.models import Asset, AssetGroup, PlannedAsset
from qualification.workbooks.assets_file import PLANNED_SHEET, SHEET
from qualification.workbooks.typed import SHEETS

LONGEST_CELL = 300
ITS_SHEET = {"asset": SHEET, "planned_asset": PLANNED_SHEET}


def _typed(value: Any) -> Any:
    """A number as the text that the reader of the file judges; whole numbers may come as such."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError('Write the number as a text, for example "12.5".')
    return str(value)


Typed = Annotated[
    str,
    BeforeValidator(_typed),
    Field(max_length=LONGEST_CELL),
    WithJsonSchema({"type": "string", "pattern": NUMBER, "examples": ["12.5"]}),
]
"""A number that the reader of the assets file reads."""
Text = Annotated[Line, Field(max_length=LONGEST_CELL)]
TypedLength = Annotated[Line, Field(max_length=20, examples=["02:00:00"])]
TypedDay = Annotated[Line, Field(max_length=20, examples=["2026-06-01"])]


class AssetTold(Told):
    """An asset as it is to be: a field that is left out is blank."""

    name: Text
    group: Text | None = None
    status: AssetStatus
    category: AssetCategory
    asset_type: Text
    voltage_kv: Typed
    latitude: Typed | None = None
    longitude: Typed | None = None
    postcode: Text | None = None
    address: Text | None = None
    import_meter_id: Text | None = None
    export_meter_id: Text | None = None
    generation_turn_up_mw: Typed | None = None
    generation_turn_down_mw: Typed | None = None
    demand_turn_down_mw: Typed | None = None
    demand_turn_up_mw: Typed | None = None
    reactive_export_mvar: Typed | None = None
    reactive_import_mvar: Typed | None = None
    maximum_import_mw: Typed | None = None
    maximum_export_mw: Typed | None = None
    response_time: TypedLength | None = None
    ramping_period: TypedLength | None = None
    recovery_time: TypedLength | None = None
    minimum_run_time: TypedLength | None = None
    maximum_run_time: TypedLength | None = None
    connection_type: ConnectionType | None = None
    connection_current: ConnectionCurrent | None = None
    operational_date: TypedDay | None = None
    metering_point: MeteringPoint | None = None
    meter_interval_minutes: int | None = Field(None, ge=1, le=60)
    supplier: Text | None = None


class AssetInBatch(AssetTold):
    """An asset of a batch, with its reference."""

    ref: Annotated[Line, Field(max_length=64)]


class PlannedAssetTold(Told):
    """A planned asset as it is to be."""

    name: Text
    competition: Text
    category: AssetCategory
    asset_type: Text
    voltage_kv: Typed
    capacity_type: CapacityType
    capacity_mw: Typed
    estimated_count: int | None = Field(None, ge=1, le=2_000_000_000)
    maximum_response_time: TypedLength | None = None
    maximum_recovery_time: TypedLength | None = None
    minimum_run_time: TypedLength | None = None
    maximum_run_time: TypedLength | None = None
    is_archived: bool = False


class AssetShape(Shown):
    """An asset. A provider reads its own; an operator those within its competitions or its operating area."""

    id: str
    ref: str
    name: str
    provider: str
    group: str | None
    status: AssetStatus
    category: AssetCategory
    asset_type: str
    voltage_kv: Number
    latitude: Number
    longitude: Number
    is_place_approximate: bool
    postcode: str
    address: str
    import_meter_id: str
    export_meter_id: str
    generation_turn_up_mw: Number
    generation_turn_down_mw: Number
    demand_turn_down_mw: Number
    demand_turn_up_mw: Number
    reactive_export_mvar: Number
    reactive_import_mvar: Number
    maximum_import_mw: Number | None
    maximum_export_mw: Number | None
    response_time: Length | None
    ramping_period: Length | None
    recovery_time: Length | None
    minimum_run_time: Length | None
    maximum_run_time: Length | None
    connection_type: str
    connection_current: str
    operational_date: Day | None
    metering_point: str
    meter_interval_minutes: int | None
    supplier: str
    first_uploaded_at: Instant
    changed_at: Instant


class PlannedAssetShape(Shown):
    """A planned asset."""

    id: str
    ref: str
    name: str
    competition: str
    category: AssetCategory
    asset_type: str
    voltage_kv: Number
    capacity_type: CapacityType
    capacity_mw: Number
    estimated_count: int | None
    maximum_response_time: Length | None
    maximum_recovery_time: Length | None
    minimum_run_time: Length | None
    maximum_run_time: Length | None
    is_archived: bool
    first_uploaded_at: Instant
    changed_at: Instant


class GroupShape(Shown):
    """An asset group."""

    ref: str
    name: str
    asset_count: int


class BatchResult(Shown):
    """What became of one asset of a batch."""

    ref: str
    outcome: str = Field(description="created, updated, unchanged or refused")
    errors: list[dict[str, str]]
    warnings: list[str]


class BatchShape(Shown):
    """What became of each asset of a batch, in its order."""

    results: list[BatchResult]


class AssetBatch(Told):
    """Up to 1,000 assets; each succeeds or fails by itself."""

    items: list[AssetInBatch] = Field(min_length=1, max_length=1000)


def asset_shape(of: Asset) -> AssetShape:
    """An asset as programs read it."""
    plain = {name: getattr(of, name) for name in AssetShape.model_fields if name in _ASSET_FIELDS}
    return AssetShape(
        **plain
        | {
            "id": str(of.pk),
            "provider": of.provider.name,
            "group": of.group.ref if of.group is not None else None,
            "category": of.asset_type.category,
            "asset_type": of.asset_type.name,
        }
    )


def planned_shape(of: PlannedAsset) -> PlannedAssetShape:
    """A planned asset as programs read it."""
    plain = {name: getattr(of, name) for name in PlannedAssetShape.model_fields if name in _PLANNED_FIELDS}
    return PlannedAssetShape(
        **plain
        | {
            "id": str(of.pk),
            "competition": of.competition.ref,
            "category": of.asset_type.category,
            "asset_type": of.asset_type.name,
        }
    )


def group_shape(of: AssetGroup) -> GroupShape:
    """A group as programs read it; ``number`` of its assets is annotated."""
    return GroupShape(ref=of.ref, name=of.name, asset_count=of.number)  # type: ignore[attr-defined]


_ASSET_FIELDS = {each.name for each in Asset._meta.concrete_fields}
_PLANNED_FIELDS = {each.name for each in PlannedAsset._meta.concrete_fields}


def cells_of(told: AssetTold | PlannedAssetTold, ref: str) -> dict[str, str]:
    """What was sent, as the cells of a row of the assets file."""
    cells = {"ref": ref}
    for name, value in told.model_dump(exclude={"ref"}).items():
        if isinstance(value, bool):
            value = "Archived" if value else "Planned"
        elif hasattr(value, "label"):
            value = value.label
        cells[name] = "" if value is None else str(value)
    return cells


def faults_of(problems: list[RowProblem], sheet: str, prefix: str = "") -> list[Fault]:
    """The errors of a row, each at the field that it is about."""
    return [
        Fault(f"{prefix}/{key}" if key else prefix, code, problem.message, problem.value)
        for problem in problems
        if problem.level == "error"
        for key in [key_of(problem, sheet)]
        for code in [code_of_sentence(problem.message) or f"asset_{key or 'refused'}"]
    ]


def key_of(problem: RowProblem, sheet: str) -> str:
    """The field that a problem of a row is about; empty where it is about all of it."""
    columns: Mapping[str, str] = {column.header: column.key for column in SHEETS[sheet].columns}
    return columns.get(problem.column or "", "")
