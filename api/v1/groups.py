"""Asset groups: named parts of one's fleet."""

from typing import Annotated

from django.db.models import Count, QuerySet
from ninja import Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.problems import Fault, of_request
from api.requests import ProgramRequest
from api.shapes import Line, Shown, Told
from api.v1.asset_shapes import GroupShape, group_shape
from marketplace import clock
from marketplace.keys import key_form
from qualification.domain.assets.groups import make_group, put_into_group, remove_group, rename_group
from qualification.domain.assets.locks import lock_for_write
from qualification.domain.queries import assets_visible_to, groups_of
from qualification.models import AssetGroup

router = Router(tags=["Assets"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER
READ = Declared(Scope.ASSETS_READ, FSP)
WRITE = Declared(Scope.ASSETS_WRITE, FSP, Role.PROCUREMENT)
MOST_ASSETS = 1_000


class GroupTold(Told):
    """What the group is called; blank: its ref."""

    name: Annotated[Line, Field(max_length=100)] = ""


class MembersTold(Told):
    """Refs of assets that join the group; those of another one leave it."""

    assets: list[Line] = Field(min_length=1, max_length=MOST_ASSETS)


class MovedShape(Shown):
    """How many assets moved; those that were there already are passed over."""

    moved: int


@reads(router, "/asset-groups/{ref}", READ, returns=GroupShape)
def asset_group(request: ProgramRequest, ref: str) -> GroupShape:
    """One group."""
    return group_shape(_own(request, ref))


def _lock(request: ProgramRequest, ref: str) -> None:
    lock_for_write(_own(request, ref))


@writes(router, "PUT", "/asset-groups/{ref}", WRITE, returns=GroupShape, made=True, locks=_lock)
def put_asset_group(request: ProgramRequest, ref: str, body: GroupTold) -> Answer:
    """Make a group of this ref, or give it this name."""
    known = _groups(request).filter(ref_key=key_form(ref)).first()
    if known is None:
        make_group(by=request.member, ref=ref, name=body.name, now=clock.now())
    else:
        rename_group(by=request.member, group=known, name=body.name, now=clock.now())
    return Answer(group_shape(_own(request, ref)), 201 if known is None else 200)


@writes(router, "POST", "/asset-groups/{ref}/assets", WRITE, returns=MovedShape, locks=_lock)
def put_assets_into_group(request: ProgramRequest, ref: str, body: MembersTold) -> MovedShape:
    """Put assets into the group. Every ref that is none of one's own is in the answer, and nothing is done."""
    group = _own(request, ref)
    wanted = {key_form(each): place for place, each in enumerate(body.assets)}
    own = assets_visible_to(request.member, clock.now()).filter(ref__key_form__in=list(wanted))
    found = {key_form(name): pk for pk, name in own.values_list("pk", "ref")}
    missing = [
        Fault(f"/assets/{place}", "not_found", "There is no such asset among yours.", body.assets[place])
        for key, place in wanted.items()
        if key not in found
    ]
    if missing:
        raise of_request("body_invalid", "Some of the assets are none of yours.", errors=missing)
    moved = put_into_group(by=request.member, asset_ids=list(found.values()), ref=group.ref, now=clock.now())
    return MovedShape(moved=moved)


@writes(router, "DELETE", "/asset-groups/{ref}", WRITE, returns=GroupShape, locks=_lock)
def delete_asset_group(request: ProgramRequest, ref: str) -> GroupShape:
    """Remove a group that holds no assets; the answer is what it was."""
    group = _own(request, ref)
    told = group_shape(group)
    remove_group(by=request.member, group=group, now=clock.now())
    return told


def _groups(request: ProgramRequest) -> QuerySet[AssetGroup]:
    return groups_of(request.member).annotate(number=Count("assets"))


def _own(request: ProgramRequest, ref: str) -> AssetGroup:
    found = _groups(request).filter(ref_key=key_form(ref)).first()
    if found is None:
        raise of_request("not_found", "There is no such group among yours.")
    return found
