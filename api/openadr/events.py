"""Events: dispatches. The operator's control system issues, amends, stops and cancels by them; the provider reads them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from ninja import Router

from accounts.enums import OrganisationKind, Role, Scope
from accounts.models import Member
from api.auth import Declared
from api.doors import Told
from api.openadr.door import DOOR, flag_in, id_of, listed_in, missing, page_of
from api.openadr.programs import (
    EMERGENCY,
    SETPOINT,
    STATE,
    USAGE,
    metadata,
    setpoint_descriptor,
    unit_of,
)
from api.openadr.shapes import EventTold, duration_text, plain
from api.openadr.steps import KW, MINUTE, exact_mw, sign_of, steps_of, steps_that_differ
from api.problems import of_request
from api.requests import ProgramRequest
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.dates import instant_text
from operations.domain import dispatching
from operations.domain.dispatch_queries import dispatches_not_over, dispatches_of
from operations.domain.dispatch_warnings import Warned, warned_of
from operations.domain.dispatch_words import standing_of
from operations.domain.preview import preview_of
from operations.domain.standing import Standing
from operations.domain.stepping import Step, amend_in_steps, issue_in_steps
from operations.enums import DispatchState, EventKind
from operations.models import Dispatch, DispatchEvent

router = Router(tags=["events"])
READ = Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS)
CALL = Declared(Scope.DISPATCH_WRITE, role=Role.OPERATIONS)
AMENDMENT = "DISPATCH_AMENDMENT"
ANYWAY = "DISPATCH_ANYWAY"
WARNING = "DISPATCH_WARNING"
STOPS = [EventKind.STOP, EventKind.EMERGENCY_STOP]
ONLY_OPERATORS = "Only system operators dispatch: a provider answers an event by a report on it."
OTHER_PROGRAM = "An event stays in its program: issue another one there."
START_STAYS = "An event that has effect keeps its start: only setpoint and end are changed."


@DOOR.reads(router, "/events", READ)
def adr_events(request: ProgramRequest) -> list[Told]:
    """One's dispatches, the last start first; those that were cancelled are no more."""
    page, now = page_of(request), clock.now()
    rows = _seen(request.member)
    if flag_in(request, "active"):
        stopped = DispatchEvent.objects.filter(dispatch=OuterRef("pk"), kind__in=STOPS)
        current = dispatches_not_over(request.member, now).order_by().values("pk")
        rows = rows.filter(~Exists(stopped), pk__in=current)
    wanted = request.GET.get("programID")
    if wanted:
        rows = rows.filter(contract=id_of(wanted)) if id_of(wanted) else rows.none()
    for target in listed_in(request, "targets"):
        named = Q(contract=id_of(target)) if id_of(target) else Q()
        rows = rows.filter(named | Q(contract__competition__ref__iexact=target))
    return [as_seen(each, request.member, now) for each in rows[page.part]]


@DOOR.reads(router, "/events/{event_id}", READ)
def adr_event(request: ProgramRequest, event_id: str) -> Told:
    """One dispatch."""
    return as_seen(event_seen(request.member, event_id), request.member, clock.now())


@DOOR.writes(router, "POST", "/events", CALL)
def adr_post_event(request: ProgramRequest, body: EventTold) -> Told:
    """Issue a dispatch, in one or more steps. The same name with the same content is the same dispatch.

    What the desk would warn of is in the answer. A warning that an asset can't deliver holds the event up, unless a payload
    ``DISPATCH_ANYWAY`` says that it is meant.
    """
    _check_operator(request.member)
    contract = _contract(request.member, body.program_id)
    steps, now = steps_of(body, contract), clock.now()
    known = (
        bool(body.event_name) and dispatches_of(request.member).filter(ref__iexact=body.event_name).exists()
    )
    warned = [] if known else _warned(contract, steps, now)
    _check_unhindered(warned, body)
    made = issue_in_steps(
        by=request.member,
        contract_id=contract.pk,
        steps=steps,
        ref=body.event_name or "",
        warnings=[each.sentence for each in warned],
        now=now,
    )
    return as_seen(event_seen(request.member, str(made.pk)), request.member, clock.now())


def _warned(contract: Contract, steps: Sequence[Step], now: datetime) -> list[Warned]:
    """What the desk would warn of in each of the steps, each warning once; none of what is refused in any case."""
    first, *later = steps
    whole = preview_of(contract, first.mw, first.start, steps[-1].end, now)
    if whole.refusals:
        return []
    more = [warned_of(contract, each.mw, each.start, each.end, now) for each in later]
    return list(dict.fromkeys(each for own in (whole.warned, *more) for each in own))


def _check_unhindered(warned: Sequence[Warned], body: EventTold) -> None:
    """Raise :class:`Problem` that names each warning of what hinders the delivery, unless the event is meant anyway."""
    hindering = [each.sentence for each in warned if each.hinders]
    if hindering and not _has_payload(body, ANYWAY):
        detail = f"Nothing was issued. {' '.join(hindering)} Add a payload {ANYWAY} to issue it anyway."
        raise of_request("confirmation_missing", detail, more={"warnings": hindering})


@DOOR.writes(router, "PUT", "/events/{event_id}", CALL)
def adr_put_event(request: ProgramRequest, event_id: str, body: EventTold) -> Told:
    """Amend a dispatch to other setpoints or another end; one that says there is an emergency stops it at once."""
    _check_operator(request.member)
    found = event_seen(request.member, event_id)
    if id_of(body.program_id) != found.contract_id:
        raise of_request("body_invalid", OTHER_PROGRAM)
    if _has_payload(body, EMERGENCY):
        dispatching.stop_dispatch(by=request.member, dispatch_id=found.pk, is_emergency=True, now=clock.now())
    else:
        _amend(request.member, found, steps_of(body, found.contract))
    return as_seen(event_seen(request.member, event_id), request.member, clock.now())


@DOOR.writes(router, "DELETE", "/events/{event_id}", CALL)
def adr_delete_event(request: ProgramRequest, event_id: str) -> Told:
    """Cancel a dispatch before its start, or stop one that runs: what was asked for until then stays."""
    _check_operator(request.member)
    found, now = event_seen(request.member, event_id), clock.now()
    if now < found.start:
        dispatching.cancel_dispatch(by=request.member, dispatch_id=found.pk, now=now)
    else:
        dispatching.stop_dispatch(by=request.member, dispatch_id=found.pk, now=now)
    return of_dispatch(dispatches_of(request.member).get(pk=found.pk), clock.now())


def _seen(member: Member) -> QuerySet[Dispatch]:
    return dispatches_of(member).exclude(state=DispatchState.CANCELLED)


def event_seen(member: Member, event_id: str) -> Dispatch:
    """The dispatch of an event. Raises :class:`Problem` where the member has none."""
    wanted = id_of(event_id)
    found = _seen(member).filter(pk=wanted).first() if wanted is not None else None
    if found is None:
        raise missing("event")
    return found


def _check_operator(member: Member) -> None:
    if member.organisation.kind != OrganisationKind.SYSTEM_OPERATOR:
        raise of_request("role_missing", ONLY_OPERATORS)


def _contract(member: Member, program_id: str) -> Contract:
    wanted = id_of(program_id)
    found = contracts_of(member).filter(pk=wanted).first() if wanted is not None else None
    if found is None:
        raise missing("program with a contract")
    return found


def _has_payload(body: EventTold, kind: str) -> bool:
    return any(payload.type == kind for each in body.intervals or [] for payload in each.payloads)


def _amend(by: Member, dispatch: Dispatch, asked: list[Step]) -> None:
    """From where the profile asked for differs from the present one, step by step."""
    now = clock.now()
    present = [Step(each.start, each.end, exact_mw(each.mw)) for each in standing_of(dispatch, now).pieces]
    if not present or asked[0].start != present[0].start:
        raise of_request("body_invalid", START_STAYS)
    rest = steps_that_differ(present, asked, now)
    amend_in_steps(by=by, dispatch_id=dispatch.pk, steps=rest, end=asked[-1].end, now=now)


def as_seen(of: Dispatch, member: Member, now: datetime) -> Told:
    """A dispatch as an event, for one of its parties: the operator has what it was warned of, as a payload."""
    told = of_dispatch(of, now)
    warnings = next(iter(of.events.all())).warnings if member.is_so else []
    if warnings:
        told["intervals"][0]["payloads"].insert(1, {"type": WARNING, "values": warnings})
    return told


def of_dispatch(of: Dispatch, now: datetime) -> Told:
    """A dispatch as an event, as it stands at an instant; without effect it asks for no change."""
    standing, contract = standing_of(of, now), of.contract
    steps = [Step(each.start, each.end, exact_mw(each.mw)) for each in standing.pieces]
    shown = steps or [Step(of.start, max(of.end, of.start + MINUTE), Decimal(0))]
    whole = {
        "start": instant_text(shown[0].start),
        "duration": duration_text(shown[-1].end - shown[0].start),
    }
    intervals = [
        {
            "id": place,
            "intervalPeriod": {
                "start": instant_text(each.start),
                "duration": duration_text(each.end - each.start),
            },
            "payloads": [{"type": SETPOINT, "values": [plain(each.mw * KW * sign_of(contract))]}],
        }
        for place, each in enumerate(shown)
    ]
    _add_private(intervals[-1], standing, contract)
    unit = unit_of(contract.competition.power_type)
    changed = max((each.at for each in of.events.all()), default=of.issued_at)
    return metadata(of.pk, "EVENT", of.issued_at, changed) | {
        "programID": str(of.contract_id),
        "eventName": of.ref,
        "duration": whole["duration"],
        "priority": 0 if standing.is_stopped_in_emergency else 1,
        "targets": [str(of.contract_id), contract.competition.ref],
        "reportDescriptors": [
            {"payloadType": USAGE, "units": f"{unit}H", "aggregate": False},
            {"payloadType": STATE, "aggregate": False},
        ],
        "payloadDescriptors": [setpoint_descriptor(contract.competition.power_type)],
        "intervalPeriod": whole,
        "intervals": intervals,
    }


def _add_private(interval: Told, standing: Standing, contract: Contract) -> None:
    """What has no payload of its own in the standard: an emergency, and amendments that wait to be acknowledged."""
    if standing.is_stopped_in_emergency:
        words = "Stopped in an emergency."
        interval["payloads"].append({"type": EMERGENCY, "values": [words]})
    for each in standing.waiting:
        if each.mw is None or each.start is None or each.end is None:
            continue
        kw = plain(exact_mw(each.mw) * KW * sign_of(contract))
        told = [each.amendment, kw, instant_text(each.start), instant_text(each.end)]
        interval["payloads"].append({"type": AMENDMENT, "values": told})


def contract_of_event(member: Member, event_id: str) -> tuple[Contract, UUID | None]:
    """What a report is on: a dispatch of a contract, or the contract itself, by the ID of its program."""
    wanted = id_of(event_id)
    dispatch = _seen(member).filter(pk=wanted).first() if wanted is not None else None
    if dispatch is not None:
        return dispatch.contract, dispatch.pk
    found = contracts_of(member).filter(pk=wanted).first() if wanted is not None else None
    if found is None:
        raise missing("event")
    return found, None
