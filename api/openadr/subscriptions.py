"""Subscriptions: which changes a program is told of, by a post to its address."""

from datetime import datetime

from django.db.models import Q
from ninja import Router

from accounts.enums import Role, Scope
from api.auth import Declared
from api.doors import Told
from api.models import AdrSubscription
from api.openadr import kept
from api.openadr.door import DOOR, id_of, listed_in, missing, page_of
from api.openadr.programs import is_program, metadata
from api.openadr.shapes import SubscriptionTold
from api.problems import of_request
from api.requests import ProgramRequest
from marketplace import clock

router = Router(tags=["subscriptions"])
READ = Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS)
OBJECTS = ("PROGRAM", "EVENT", "REPORT", "SUBSCRIPTION", "VEN", "RESOURCE")
OPERATIONS = ("CREATE", "READ", "UPDATE", "DELETE")
UNKNOWN_OBJECT = f"objects are among {', '.join(OBJECTS)}."
UNKNOWN_OPERATION = f"operations are among {', '.join(OPERATIONS)}."


@DOOR.reads(router, "/subscriptions", READ)
def adr_subscriptions(request: ProgramRequest) -> list[Told]:
    """The subscriptions of the program that holds the token, the first one first."""
    page, rows = page_of(request), kept.subscriptions_of(request.client)
    program, name = request.GET.get("programID"), request.GET.get("clientName")
    if program:
        rows = rows.filter(program_id=id_of(program)) if id_of(program) else rows.none()
    rows = rows.filter(client_name=name) if name else rows
    of = [Q(wanted__contains=[{"objects": [each]}]) for each in listed_in(request, "objects")]
    any_of = Q()
    for each in of:
        any_of |= each
    return [_subscription(each) for each in rows.filter(any_of)[page.part]]


@DOOR.reads(router, "/subscriptions/{subscription_id}", READ)
def adr_subscription(request: ProgramRequest, subscription_id: str) -> Told:
    """One subscription."""
    return _subscription(_one(request, subscription_id))


@DOOR.writes(router, "POST", "/subscriptions", READ)
def adr_post_subscription(request: ProgramRequest, body: SubscriptionTold) -> Told:
    """Be told of changes. The addresses are checked now and at each post."""
    _check(request, body)
    made = kept.add_subscription(
        by=request.member, client=request.client, told=_fields(body), now=clock.now()
    )
    return _subscription(made)


@DOOR.writes(router, "PUT", "/subscriptions/{subscription_id}", READ)
def adr_put_subscription(request: ProgramRequest, subscription_id: str, body: SubscriptionTold) -> Told:
    """Be told of other changes, or elsewhere."""
    found = _one(request, subscription_id)
    _check(request, body)
    now: datetime = clock.now()
    changed = kept.change_subscription(by=request.member, subscription=found, told=_fields(body), now=now)
    return _subscription(changed)


@DOOR.writes(router, "DELETE", "/subscriptions/{subscription_id}", READ)
def adr_delete_subscription(request: ProgramRequest, subscription_id: str) -> Told:
    """Be told no more; what still waits is not sent."""
    found = _one(request, subscription_id)
    told = _subscription(found)
    kept.remove_subscription(by=request.member, subscription=found, now=clock.now())
    return told


def _one(request: ProgramRequest, subscription_id: str) -> AdrSubscription:
    wanted = id_of(subscription_id)
    found = kept.subscriptions_of(request.client).filter(pk=wanted).first() if wanted is not None else None
    if found is None:
        raise missing("subscription")
    return found


def _check(request: ProgramRequest, body: SubscriptionTold) -> None:
    for each in body.object_operations:
        if not set(each.objects) <= set(OBJECTS):
            raise of_request("body_invalid", UNKNOWN_OBJECT)
        if not set(each.operations) <= set(OPERATIONS):
            raise of_request("body_invalid", UNKNOWN_OPERATION)
    if body.program_id is None:
        return
    wanted = id_of(body.program_id)
    if wanted is None or not is_program(request, wanted):
        raise missing("program")


def _fields(body: SubscriptionTold) -> Told:
    told = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        "client_name": body.client_name,
        "program_id": id_of(body.program_id) if body.program_id else None,
        "wanted": told["objectOperations"],
        "targets": body.targets,
    }


def _subscription(of: AdrSubscription) -> Told:
    told: Told = {
        "clientName": of.client_name,
        "clientID": of.client_id,
        "objectOperations": of.wanted,
    }
    if of.program_id is not None:
        told["programID"] = str(of.program_id)
    if of.targets is not None:
        told["targets"] = of.targets
    return metadata(of.pk, "SUBSCRIPTION", of.made_at, of.changed_at) | told
