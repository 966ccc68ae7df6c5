"""Vens: the program itself. Resources: the assets under one's contracts. Both are read only."""

from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Min, Q, QuerySet
from ninja import Router

from accounts.enums import Role, Scope
from api.auth import Declared
from api.doors import Told
from api.openadr.door import DOOR, id_of, listed_in, missing, page_of
from api.openadr.programs import metadata
from api.problems import of_request
from api.requests import ProgramRequest
from contracts.domain.queries import contracted_assets_of
from contracts.models import ContractedAsset

router = Router(tags=["vens", "resources"])
READ = Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS)
VENS_READ_ONLY = "The ven is the program that holds the token: it is made and changed on the Team page."
RESOURCES_READ_ONLY = "Resources are the assets under contract: they change with the contract, not here."


@DOOR.reads(router, "/vens", READ)
def adr_vens(request: ProgramRequest) -> list[Told]:
    """The program that holds the token."""
    page, ven = page_of(request), _ven(request)
    wanted = request.GET.get("venName")
    is_wanted = wanted in (None, "", ven["venName"]) and not set(listed_in(request, "targets"))
    return ([ven] if is_wanted else [])[page.part]


@DOOR.reads(router, "/vens/{ven_id}", READ)
def adr_ven(request: ProgramRequest, ven_id: str) -> Told:
    """The program that holds the token, by its ID."""
    ven = _ven(request)
    if ven["id"] != ven_id:
        raise missing("ven")
    return ven


@DOOR.writes(router, "POST", "/vens", READ)
def adr_post_ven(request: ProgramRequest) -> Told:
    """Refused: programs are made on a page."""
    raise of_request("role_missing", VENS_READ_ONLY)


@DOOR.writes(router, "PUT", "/vens/{ven_id}", READ)
def adr_put_ven(request: ProgramRequest, ven_id: str) -> Told:
    """Refused: programs are changed on a page."""
    raise of_request("role_missing", VENS_READ_ONLY)


@DOOR.writes(router, "DELETE", "/vens/{ven_id}", READ)
def adr_delete_ven(request: ProgramRequest, ven_id: str) -> Told:
    """Refused: programs are revoked on a page."""
    raise of_request("role_missing", VENS_READ_ONLY)


@DOOR.reads(router, "/resources", READ)
def adr_resources(request: ProgramRequest) -> list[Told]:
    """The assets under one's contracts, in the order of their refs; targets name programs."""
    page, rows = page_of(request), contracted_assets_of(request.member)
    ven = request.GET.get("venID")
    if ven and ven != str(request.client.pk):
        return []
    name = request.GET.get("resourceName")
    if name:
        rows = rows.filter(asset_ref=name)
    for target in listed_in(request, "targets"):
        named = Q(contract=id_of(target)) if id_of(target) else Q()
        rows = rows.filter(named | Q(contract__competition__ref__iexact=target) | Q(asset_ref=target))
    return [_resource(request, each) for each in _grouped(rows)[page.part]]


@DOOR.reads(router, "/resources/{resource_id}", READ)
def adr_resource(request: ProgramRequest, resource_id: str) -> Told:
    """One asset under contract."""
    wanted = id_of(resource_id)
    found = _one(request, wanted) if wanted is not None else None
    if found is None:
        raise missing("resource")
    return _resource(request, found)


@DOOR.writes(router, "POST", "/resources", READ)
def adr_post_resource(request: ProgramRequest) -> Told:
    """Refused: resources are not made here."""
    raise of_request("role_missing", RESOURCES_READ_ONLY)


@DOOR.writes(router, "PUT", "/resources/{resource_id}", READ)
def adr_put_resource(request: ProgramRequest, resource_id: str) -> Told:
    """Refused: resources are not changed here."""
    raise of_request("role_missing", RESOURCES_READ_ONLY)


@DOOR.writes(router, "DELETE", "/resources/{resource_id}", READ)
def adr_delete_resource(request: ProgramRequest, resource_id: str) -> Told:
    """Refused: resources are not deleted here."""
    raise of_request("role_missing", RESOURCES_READ_ONLY)


def _ven(request: ProgramRequest) -> Told:
    client = request.client
    return metadata(client.pk, "VEN", client.created_at, client.created_at) | {
        "clientID": str(client.pk),
        "venName": client.name,
    }


def _grouped(rows: QuerySet[ContractedAsset]) -> QuerySet[ContractedAsset, Any]:
    """One row an asset, with the contracts that it stands in."""
    return (
        rows.order_by()
        .values("asset_id")
        .annotate(
            name=Min("asset_ref"),
            since=Min("contract__awarded_at"),
            contracts=ArrayAgg("contract", distinct=True),
        )
        .order_by("name", "asset_id")
    )


def _one(request: ProgramRequest, asset_id: UUID) -> dict[str, Any] | None:
    return _grouped(contracted_assets_of(request.member).filter(asset_id=asset_id)).first()


def _resource(request: ProgramRequest, of: dict[str, Any]) -> Told:
    return metadata(of["asset_id"], "RESOURCE", of["since"], of["since"]) | {
        "clientID": str(request.client.pk),
        "resourceName": of["name"],
        "venID": str(request.client.pk),
        "targets": [str(each) for each in of["contracts"]],
    }
