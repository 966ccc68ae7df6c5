"""Assets and planned assets in the reference platform's shape, stored by the code of the assets file."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ninja import Router

from accounts.enums import OrganisationKind, Scope
from api.auth import Declared
from api.codes import code_of_sentence
from api.doors import Told
from api.picloflex.door import DOOR, amount, body_of, text_in
from api.picloflex.words import UnknownWord, category_in, snake, type_in
from api.problems import Fault, Problem, of_request
from api.requests import ProgramRequest
from api.shapes import duration_text
from competitions.enums import AssetCategory, AssetStatus
from marketplace import clock
from marketplace.dates import instant_text
from marketplace.jobs.kinds import Plan
from marketplace.keys import key_form
from qualification.domain.queries import assets_visible_to, planned_assets_of
from qualification.domain.verdicts import freeze
from qualification.enums import CapacityType, ConnectionCurrent, ConnectionType, MeteringPoint
from qualification.models import Asset, AssetType, PlannedAsset
from qualification.workbooks import assets_file
from qualification.workbooks.typed import SHEETS, cells_of, plan_typed, store_plan

router = Router(tags=["assets"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER
READ = Declared(Scope.ASSETS_READ, FSP)
WRITE = Declared(Scope.ASSETS_WRITE, FSP, "procurement")

PLAIN: Mapping[str, str] = {
    "ref": "ref",
    "name": "name",
    "postcode": "postcode",
    "latitude": "latitude",
    "longitude": "longitude",
    "address": "address",
    "export_meter_id": "export_meter_id",
    "import_meter_id": "import_meter_id",
    "voltage_level": "voltage_kv",
    "active_export_capacity": "generation_turn_up_mw",
    "active_import_capacity": "demand_turn_down_mw",
    "reactive_export_capacity": "reactive_export_mvar",
    "reactive_import_capacity": "reactive_import_mvar",
    "max_import_capacity": "maximum_import_mw",
    "max_export_capacity": "maximum_export_mw",
    "response_time": "response_time",
    "max_runtime": "maximum_run_time",
    "min_runtime": "minimum_run_time",
    "recovery_time": "recovery_time",
    "operational_date": "operational_date",
    "meter_interval": "meter_interval_minutes",
    "supplier": "supplier",
}
"""Theirs, ours: what is written as it is."""
CHOICES: Mapping[str, tuple[str, Any]] = {
    "status": ("status", AssetStatus),
    "connection_type": ("connection_type", ConnectionType),
    "connection_current": ("connection_current", ConnectionCurrent),
    "metering_point": ("metering_point", MeteringPoint),
}
PLANNED: Mapping[str, str] = {
    "reference": "ref",
    "name": "name",
    "voltage_level": "voltage_kv",
    "capacity_value": "capacity_mw",
    "competition_reference": "competition",
    "estimated_asset_count": "estimated_count",
    "maximum_response_time": "maximum_response_time",
    "maximum_runtime": "maximum_run_time",
    "minimum_runtime": "minimum_run_time",
    "maximum_recovery_time": "maximum_recovery_time",
}
CAPACITY_TYPES: Mapping[str, CapacityType] = {
    **{snake(each.label): each for each in CapacityType},
    **{each.value: each for each in CapacityType},
    "active_export_capacity": CapacityType.GENERATION_TURN_UP,
    "active_export": CapacityType.GENERATION_TURN_UP,
    "active_import_capacity": CapacityType.DEMAND_TURN_DOWN,
    "active_import": CapacityType.DEMAND_TURN_DOWN,
    "reactive_export_capacity": CapacityType.REACTIVE_EXPORT,
    "reactive_import_capacity": CapacityType.REACTIVE_IMPORT,
}
PLACE = ("latitude", "longitude")


@DOOR.reads(router, "/assets/v1/", READ)
def picloflex_assets(request: ProgramRequest) -> list[Told]:
    """All assets of one's company, or the one of a ``ref``."""
    rows = assets_visible_to(request.member, clock.now()).order_by("ref", "pk")
    ref = request.GET.get("ref", "")
    if ref:
        rows = rows.filter(ref__key_form=key_form(ref))
    return [asset_told(each) for each in rows]


@DOOR.reads(router, "/assets/v1/{asset_id}/", READ)
def picloflex_asset(request: ProgramRequest, asset_id: str) -> Told:
    """One asset."""
    return asset_told(_own(request, asset_id))


@DOOR.writes(router, "POST", "/assets/v1/", WRITE)
def picloflex_post_asset(request: ProgramRequest) -> Told:
    """A new asset. One whose reference is there already is refused."""
    cells = _asset_cells(body_of(request), {})
    return asset_told(_own(request, str(_stored(request, assets_file.SHEET, cells, None))))


@DOOR.writes(router, "PATCH", "/assets/v1/{asset_id}/", WRITE)
def picloflex_patch_asset(request: ProgramRequest, asset_id: str) -> Told:
    """Change what is sent of an asset: what is absent stays."""
    present = _own(request, asset_id)
    cells = _asset_cells(body_of(request), cells_of(present, request.member.organisation.zone))
    _stored(request, assets_file.SHEET, cells, present)
    return asset_told(_own(request, asset_id))


@DOOR.writes(router, "POST", "/planned-assets/v1/", WRITE)
def picloflex_post_planned(request: ProgramRequest) -> Told:
    """A new planned asset. One whose reference is there already is refused."""
    cells = _planned_cells(body_of(request), {})
    return planned_told(_own_planned(request, str(_stored(request, assets_file.PLANNED_SHEET, cells, None))))


@DOOR.writes(router, "PATCH", "/planned-assets/v1/{asset_id}/", WRITE)
def picloflex_patch_planned(request: ProgramRequest, asset_id: str) -> Told:
    """Change what is sent of a planned asset: what is absent stays."""
    present = _own_planned(request, asset_id)
    cells = _planned_cells(body_of(request), cells_of(present, request.member.organisation.zone))
    _stored(request, assets_file.PLANNED_SHEET, cells, present)
    return planned_told(_own_planned(request, asset_id))


def asset_told(of: Asset) -> Told:
    """An asset in this shape; what is not kept of it is null."""
    return {
        "id": str(of.pk),
        "provider": of.provider.code,
        "ref": of.ref,
        "name": of.name,
        "status": of.status,
        "asset_category": of.asset_type.category,
        "asset_scale": None,
        "asset_type": snake(of.asset_type.name),
        "voltage_level": amount(of.voltage_kv),
        "country_code": of.provider.country,
        "postcode": of.postcode or None,
        "latitude": None if of.latitude is None else float(of.latitude),
        "longitude": None if of.longitude is None else float(of.longitude),
        "address": of.address or None,
        "export_meter_id": of.export_meter_id or None,
        "import_meter_id": of.import_meter_id or None,
        "active_export_capacity": amount(of.generation_turn_up_mw),
        "active_import_capacity": amount(of.demand_turn_down_mw),
        "reactive_export_capacity": amount(of.reactive_export_mvar),
        "reactive_import_capacity": amount(of.reactive_import_mvar),
        "max_import_capacity": amount(of.maximum_import_mw),
        "max_export_capacity": amount(of.maximum_export_mw),
        "response_time": _length(of.response_time),
        "max_runtime": _length(of.maximum_run_time),
        "min_runtime": _length(of.minimum_run_time),
        "recovery_time": _length(of.recovery_time),
        "connection_status": None,
        "connection_type": of.connection_type or None,
        "connection_current": of.connection_current or None,
        "operational_date": of.operational_date.isoformat() if of.operational_date else None,
        "metering_point": of.metering_point or None,
        "meter_interval": str(of.meter_interval_minutes) if of.meter_interval_minutes else None,
        "supplier": of.supplier or None,
        "created": instant_text(of.first_uploaded_at),
        "modified": instant_text(of.changed_at),
    }


def planned_told(of: PlannedAsset) -> Told:
    """A planned asset in this shape."""
    return {
        "id": str(of.pk),
        "provider": of.provider.code,
        "reference": of.ref,
        "name": of.name,
        "voltage_level": amount(of.voltage_kv),
        "asset_type": snake(of.asset_type.name),
        "capacity_type": snake(CapacityType(of.capacity_type).label),
        "capacity_value": amount(of.capacity_mw),
        "competition_reference": of.competition.ref,
        "operator_name": of.competition.operator.name,
        "estimated_asset_count": None if of.estimated_count is None else str(of.estimated_count),
        "maximum_response_time": _length(of.maximum_response_time),
        "maximum_runtime": _length(of.maximum_run_time),
        "minimum_runtime": _length(of.minimum_run_time),
        "maximum_recovery_time": _length(of.maximum_recovery_time),
    }


def _length(length: Any) -> str | None:
    return None if length is None else duration_text(length)


def _asset_cells(told: Told, present: dict[str, str]) -> dict[str, str]:
    """The cells of the assets file, over those of the asset as it is. Raises :class:`Problem`."""
    cells = present | {ours: text_in(told, theirs) for theirs, ours in PLAIN.items() if theirs in told}
    for theirs, (ours, choices) in CHOICES.items():
        if theirs in told:
            cells[ours] = _choice(theirs, text_in(told, theirs), choices)
    if told.get("postcode") and present and not any(each in told for each in PLACE):
        cells |= dict.fromkeys(PLACE, "")  # a new postcode is a new place
    _name_type(told, cells)
    return cells


def _planned_cells(told: Told, present: dict[str, str]) -> dict[str, str]:
    cells = present | {ours: text_in(told, theirs) for theirs, ours in PLANNED.items() if theirs in told}
    if "capacity_type" in told:
        word = snake(text_in(told, "capacity_type"))
        if word not in CAPACITY_TYPES:
            raise _unknown("capacity_type", word, sorted(CAPACITY_TYPES))
        cells["capacity_type"] = CAPACITY_TYPES[word].label
    if not present:
        cells.setdefault("is_archived", "Planned")
    _name_type(told, cells)
    return cells


def _name_type(told: Told, cells: dict[str, str]) -> None:
    """Category and type, of which one may be told alone."""
    category, kind = text_in(told, "asset_category"), text_in(told, "asset_type")
    if not category and not kind:
        return
    known: dict[AssetCategory, list[str]] = defaultdict(list)
    for each in AssetType.objects.all():
        known[AssetCategory(each.category)].append(each.name)
    field = "asset_category"
    try:
        wanted = category_in(category) if category else None
        field = "asset_type"
        if kind:
            wanted, cells["asset_type"] = type_in(kind, wanted, known)
    except UnknownWord as error:
        raise Problem(
            422, f"{field}_unknown", str(error), errors=[Fault(f"/{field}", f"{field}_unknown", str(error))]
        ) from None
    if wanted is not None:
        cells["category"] = wanted.label


def _choice(name: str, text: str, choices: Any) -> str:
    if not text:
        return ""
    found = {word: each for each in choices for word in (snake(each.label), each.value)}.get(snake(text))
    if found is None:
        raise _unknown(name, text, sorted({each.value for each in choices}))
    return str(found.label)


def _unknown(name: str, text: str, taken: list[str]) -> Problem:
    sentence = f"“{text}” is no {name.replace('_', ' ')}; these are taken: {', '.join(taken)}."
    return Problem(
        422, f"{name}_unknown", sentence, errors=[Fault(f"/{name}", f"{name}_unknown", sentence, text)]
    )


def _stored(
    request: ProgramRequest, sheet: str, cells: dict[str, str], present: Asset | PlannedAsset | None
) -> uuid.UUID:
    """Store a row by the code of the assets file; the id of what it is about. Raises :class:`Problem` with every error."""
    freeze.ready_for_asset_writes()
    plan = plan_typed(by=request.member, sheet=sheet, cells=cells, present=present, now=clock.now())
    _raise_problems(plan, sheet)
    made = store_plan(by=request.member, plan=plan, now=clock.now())
    found = made or (present.pk if present is not None else None)
    if found is None:
        raise of_request("body_invalid", "Nothing was stored.")
    return found


def _raise_problems(plan: Plan, sheet: str) -> None:
    theirs = {ours: name for name, ours in (PLAIN if sheet == assets_file.SHEET else PLANNED).items()}
    keys = {column.header: column.key for column in SHEETS[sheet].columns}
    faults = []
    for problem in plan.problems:
        if problem.level == "error":
            key = keys.get(problem.column or "", "")
            code = code_of_sentence(problem.message) or f"asset_{key or 'refused'}"
            faults.append(
                Fault(f"/{theirs.get(key, key)}" if key else "", code, problem.message, problem.value)
            )
    if faults:
        detail = " ".join(dict.fromkeys(each.detail for each in faults))
        raise Problem(422, faults[0].code, detail, errors=faults)


def _own(request: ProgramRequest, asset_id: str) -> Asset:
    found = assets_visible_to(request.member, clock.now()).filter(pk=_id(asset_id)).first()
    if found is None:
        raise of_request("not_found", "There is no such asset among yours.")
    return found


def _own_planned(request: ProgramRequest, asset_id: str) -> PlannedAsset:
    found = planned_assets_of(request.member).filter(pk=_id(asset_id)).first()
    if found is None:
        raise of_request("not_found", "There is no such planned asset among yours.")
    return found


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise of_request("not_found", "There is no such asset among yours.") from None
