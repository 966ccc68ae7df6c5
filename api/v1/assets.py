"""Assets, planned assets and groups, written by their references: sending twice is doing once."""

import uuid

from django.db.models import Count
from ninja import Query, Router

from accounts.enums import OrganisationKind, Scope
from accounts.models import Member
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, listed
from api.problems import Problem, of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Line
from api.v1.asset_shapes import (
    AssetBatch,
    AssetShape,
    AssetTold,
    BatchResult,
    BatchShape,
    GroupShape,
    PlannedAssetShape,
    PlannedAssetTold,
    asset_shape,
    cells_of,
    faults_of,
    group_shape,
    planned_shape,
)
from competitions.enums import AssetCategory, AssetStatus
from marketplace import clock
from marketplace.jobs.kinds import JobContext, Plan
from marketplace.keys import key_form
from marketplace.workbooks.reading import read_cells
from qualification import rules
from qualification.domain.assets.locks import lock_for_write
from qualification.domain.queries import assets_visible_to, groups_of, planned_assets_of
from qualification.domain.verdicts import freeze
from qualification.models import Asset, PlannedAsset
from qualification.workbooks import assets_file
from qualification.workbooks.specs import ASSETS

router = Router(tags=["Assets"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER
WRITE = Declared(Scope.ASSETS_WRITE, FSP, "procurement")
OUTCOMES = {"create": "created", "update": "updated", "unchanged": "unchanged", "refuse": "refused"}


class PlannedFilter(Page):
    """Which planned assets."""

    updated_since: Instant | None = None


class AssetFilter(Page):
    """Which assets."""

    status: AssetStatus | None = None
    category: AssetCategory | None = None
    group: Line | None = None
    updated_since: Instant | None = None


@reads(router, "/assets", Declared(Scope.ASSETS_READ), returns=Listed[AssetShape])
def assets(request: ProgramRequest, asked: Query[AssetFilter]) -> Listed[AssetShape]:
    """The assets that one may see, in the order of their refs: a provider its own, an operator those within reach."""
    rows = assets_visible_to(request.member, clock.now())
    if asked.status:
        rows = rows.filter(status=asked.status)
    if asked.category:
        rows = rows.filter(asset_type__category=asked.category)
    if asked.group:
        rows = rows.filter(group__ref_key=key_form(asked.group))
    if asked.updated_since:
        rows = rows.filter(changed_at__gte=asked.updated_since)
    return listed(rows, asked, ("ref", "pk"), lambda shown: [asset_shape(each) for each in shown])


@reads(router, "/assets/{ref}", Declared(Scope.ASSETS_READ, FSP), returns=AssetShape)
def asset(request: ProgramRequest, ref: str) -> AssetShape:
    """One asset of one's own."""
    return asset_shape(_own(request, ref))


def _lock(request: ProgramRequest, ref: str) -> None:
    lock_for_write(_own(request, ref))


@writes(router, "PUT", "/assets/{ref}", WRITE, returns=AssetShape, made=True, locks=_lock)
def put_asset(request: ProgramRequest, ref: str, body: AssetTold) -> Answer:
    """Make the asset of this reference what is sent, new or not."""
    is_new = _apply_one(request, assets_file.SHEET, cells_of(body, ref))
    return Answer(asset_shape(_own(request, ref)), 201 if is_new else 200)


@writes(
    router,
    "PUT",
    "/assets",
    Declared(Scope.ASSETS_WRITE, FSP, "procurement", is_heavy=True),
    returns=BatchShape,
)
def put_assets(request: ProgramRequest, body: AssetBatch) -> BatchShape:
    """Up to 1,000 assets at once, each with its own result."""
    rows = [cells_of(each, each.ref) for each in body.items]
    plan = _planned(request, {assets_file.SHEET: rows})
    by_row = {row: [each for each in plan.problems if each.row == row] for row in range(2, len(rows) + 2)}
    outcomes = {key_form(change.unit): change.action for change in plan.changes}
    results = []
    for row, told in enumerate(body.items, start=2):
        errors = faults_of(by_row[row], assets_file.SHEET, f"/items/{row - 2}")
        action = "refuse" if errors else outcomes.get(key_form(told.ref), "refuse")
        results.append(
            BatchResult(
                ref=told.ref,
                outcome=OUTCOMES[action],
                errors=[
                    {"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in errors
                ],
                warnings=[each.message for each in by_row[row] if each.level == "warning"],
            )
        )
    assets_file.apply(_context(request), plan)
    return BatchShape(results=results)


@reads(router, "/planned-assets", Declared(Scope.ASSETS_READ, FSP), returns=Listed[PlannedAssetShape])
def planned_assets(request: ProgramRequest, asked: Query[PlannedFilter]) -> Listed[PlannedAssetShape]:
    """The planned assets of one's company, in the order of their refs."""
    rows = planned_assets_of(request.member)
    if asked.updated_since:
        rows = rows.filter(changed_at__gte=asked.updated_since)
    return listed(rows, asked, ("ref", "pk"), lambda shown: [planned_shape(each) for each in shown])


@reads(router, "/planned-assets/{ref}", Declared(Scope.ASSETS_READ, FSP), returns=PlannedAssetShape)
def planned_asset(request: ProgramRequest, ref: str) -> PlannedAssetShape:
    """One planned asset."""
    return planned_shape(_own_planned(request, ref))


def _lock_planned(request: ProgramRequest, ref: str) -> None:
    lock_for_write(_own_planned(request, ref))


@writes(
    router,
    "PUT",
    "/planned-assets/{ref}",
    WRITE,
    returns=PlannedAssetShape,
    made=True,
    locks=_lock_planned,
)
def put_planned_asset(request: ProgramRequest, ref: str, body: PlannedAssetTold) -> Answer:
    """Make the planned asset of this reference what is sent, new or not."""
    is_new = _apply_one(request, assets_file.PLANNED_SHEET, cells_of(body, ref))
    return Answer(planned_shape(_own_planned(request, ref)), 201 if is_new else 200)


@reads(router, "/asset-groups", Declared(Scope.ASSETS_READ, FSP), returns=Listed[GroupShape])
def asset_groups(request: ProgramRequest, asked: Query[Page]) -> Listed[GroupShape]:
    """The asset groups of one's company. An asset names its group; a new one is made with it."""
    rows = groups_of(request.member).annotate(number=Count("assets"))
    return listed(rows, asked, ("ref", "pk"), lambda shown: [group_shape(each) for each in shown])


def _own(request: ProgramRequest, ref: str) -> Asset:
    found = assets_visible_to(request.member, clock.now()).filter(ref__key_form=key_form(ref)).first()
    if found is not None:
        return found
    raise of_request("not_found", "There is no such asset among yours.")


def _own_planned(request: ProgramRequest, ref: str) -> PlannedAsset:
    found = planned_assets_of(request.member).filter(ref__key_form=key_form(ref)).first()
    if found is not None:
        return found
    raise of_request("not_found", "There is no such planned asset among yours.")


def _apply_one(request: ProgramRequest, sheet: str, cells: dict[str, str]) -> bool:
    """Store one row by the code of the assets file; whether it is new. Raises :class:`Problem` with every error."""
    plan = _planned(request, {sheet: [cells]})
    errors = faults_of(plan.problems, sheet)
    if errors:
        raise Problem(
            422, errors[0].code, " ".join(dict.fromkeys(each.detail for each in errors)), errors=errors
        )
    assets_file.apply(_context(request), plan)
    return any(change.action == "create" for change in plan.changes)


def _planned(request: ProgramRequest, sheets: dict[str, list[dict[str, str]]]) -> Plan:
    rules.check_may_manage_assets(request.member)
    freeze.ready_for_asset_writes()
    reading = read_cells(sheets, ASSETS, zone=request.member.organisation.zone)
    return assets_file.plan_of(_context(request), reading)


def _context(request: ProgramRequest) -> JobContext[Member]:
    return JobContext(job_id=uuid.UUID(int=0), member=request.member, params={}, now=clock.now())
