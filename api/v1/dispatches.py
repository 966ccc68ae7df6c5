"""Dispatches: issued, amended, stopped, cancelled by the operator; acknowledged and declined by the provider."""

import uuid
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Line, Lines, Number, Shown, Told
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.units import power_unit
from operations.domain import dispatching, issuing
from operations.domain.dispatch_queries import dispatches_of, with_news_since
from operations.domain.dispatch_words import standing_of
from operations.domain.preview import preview_of
from operations.domain.profiles import Response
from operations.domain.recording import lock_dispatch
from operations.domain.standing import Phase, Standing
from operations.enums import DispatchKind, DispatchState, EventKind
from operations.models import Dispatch

router = Router(tags=["Dispatches"])
SO, FSP = OrganisationKind.SYSTEM_OPERATOR, OrganisationKind.FLEX_SERVICE_PROVIDER
READ = Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS)
CALL = Declared(Scope.DISPATCH_WRITE, SO, Role.OPERATIONS)
ANSWER = Declared(Scope.DISPATCH_WRITE, FSP, Role.OPERATIONS)
Reason = Annotated[Lines, Field(max_length=1000)]


class PieceShape(Shown):
    """MW asked for from a start to an end."""

    start: Instant
    end: Instant
    mw: Number


class DispatchShape(Shown):
    """A dispatch as it stands now: its answer, and the profile that follows from its events."""

    id: str
    ref: str
    contract_id: str
    competition: str
    operator: str
    provider: str
    kind: DispatchKind
    state: DispatchState
    response: Response | None = Field(description="Null while an answer may still come in time.")
    phase: Phase
    start: Instant
    end: Instant
    mw: Number
    unit: str
    profile: list[PieceShape]
    answer_due: Instant | None = Field(
        description="By when the next answer counts; null where none is waited for."
    )
    amendments_waiting: list[int]
    reason: str
    incident_reference: str
    issued_at: Instant


class IssuedShape(DispatchShape):
    """A dispatch that was issued, with what the operator should know of it though nothing forbids it."""

    warnings: list[str]


class EventShape(Shown):
    """Something that happened to a dispatch, in the order in which it was recorded."""

    place: int
    kind: EventKind
    at: Instant
    start: Instant | None
    end: Instant | None
    mw: Number | None
    amendment: int | None
    reason: str


class DispatchTold(Told):
    """A dispatch to issue. The same ref with the same content is the same dispatch."""

    contract_id: uuid.UUID
    mw: Number
    start: Instant
    end: Instant
    kind: Literal["operational", "scheduled", "test"] = "operational"
    ref: Annotated[Line, Field(max_length=60)] = ""
    reason: Reason = ""
    incident_reference: Annotated[Line, Field(max_length=60)] = ""
    anyway: bool = Field(
        False, description="Issue it whatever the warnings say; without it nothing is issued that has any."
    )


class AmendmentTold(Told):
    """Other MW, or another end, from an instant on."""

    mw: Number
    since: Instant
    end: Instant


class AcknowledgementTold(Told):
    """Which amendment is acknowledged; null: the dispatch."""

    amendment: int | None = Field(None, ge=1, le=30_000)


class DeclineTold(Told):
    """Why it is declined."""

    reason: Reason


class StopTold(Told):
    """Why, and whether it is an emergency."""

    is_emergency: bool = False
    reason: Reason = ""


class CancelTold(Told):
    """Why."""

    reason: Reason = ""


class DispatchFilter(Page):
    """Which dispatches."""

    contract_id: uuid.UUID | None = None
    state: DispatchState | None = None
    kind: DispatchKind | None = None
    since: Instant | None = Field(None, description="Those that end at or after it.")
    until: Instant | None = Field(None, description="Those that start before it.")
    updated_since: Instant | None = Field(None, description="Those to which something happened since.")


@reads(router, "/dispatches", READ, returns=Listed[DispatchShape])
def dispatches(request: ProgramRequest, asked: Query[DispatchFilter]) -> Listed[DispatchShape]:
    """The dispatches of one's organisation's contracts, the last start first."""
    now = clock.now()
    rows: QuerySet[Dispatch] = dispatches_of(request.member)
    if asked.contract_id:
        rows = rows.filter(contract=asked.contract_id)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.since:
        rows = rows.filter(end__gte=asked.since)
    if asked.until:
        rows = rows.filter(start__lt=asked.until)
    if asked.updated_since:
        rows = with_news_since(rows, asked.updated_since)
    return listed(rows, asked, ("-start", "pk"), lambda shown: [dispatch_shape(each, now) for each in shown])


@reads(router, "/dispatches/{uuid:dispatch_id}", READ, returns=DispatchShape)
def dispatch(request: ProgramRequest, dispatch_id: uuid.UUID) -> DispatchShape:
    """One dispatch."""
    return dispatch_shape(_one(request, dispatch_id), clock.now())


@reads(router, "/dispatches/{uuid:dispatch_id}/timeline", READ, returns=Listed[EventShape])
def dispatch_timeline(request: ProgramRequest, dispatch_id: uuid.UUID) -> Listed[EventShape]:
    """What happened to a dispatch, in order."""
    shown = [
        EventShape(
            place=each.place,
            kind=EventKind(each.kind),
            at=each.at,
            start=each.start,
            end=each.end,
            mw=each.mw,
            amendment=each.amendment,
            reason=each.reason,
        )
        for each in _one(request, dispatch_id).events.all()
    ]
    return Listed(items=shown, next=None)


@writes(router, "POST", "/dispatches", CALL, returns=IssuedShape, made=True)
def post_dispatch(request: ProgramRequest, body: DispatchTold) -> Answer:
    """Issue a dispatch. Every limit that it breaks is in the answer.

    Where there are warnings they come back as `warnings` and nothing is issued, until `anyway` says that they are read.
    """
    now = clock.now()
    contract = _contract(request, body.contract_id)
    known = bool(body.ref) and dispatches_of(request.member).filter(contract=contract, ref=body.ref).exists()
    warnings = [] if known else preview_of(contract, body.mw, body.start, body.end, now).warnings
    if warnings and not body.anyway:
        raise of_request(
            "confirmation_missing",
            f"Nothing was issued. {' '.join(warnings)}",
            more={"warnings": list(warnings)},
        )
    made = issuing.issue_dispatch(
        by=request.member,
        contract_id=contract.pk,
        mw=body.mw,
        start=body.start,
        end=body.end,
        kind=DispatchKind(body.kind),
        ref=body.ref,
        reason=body.reason,
        incident_reference=body.incident_reference,
        warnings=warnings,
        now=now,
    )
    shape = dispatch_shape(_one(request, made.pk), clock.now())
    issued = IssuedShape(**vars(shape), warnings=list(warnings))
    return Answer(issued, 200 if known else 201, read_as=shape)


def _lock(request: ProgramRequest, dispatch_id: uuid.UUID) -> None:
    lock_dispatch(_one(request, dispatch_id))


@writes(
    router,
    "POST",
    "/dispatches/{uuid:dispatch_id}/acknowledge",
    ANSWER,
    returns=DispatchShape,
    locks=_lock,
)
def acknowledge_dispatch(
    request: ProgramRequest, dispatch_id: uuid.UUID, body: AcknowledgementTold
) -> DispatchShape:
    """Confirm a dispatch, or an amendment of it. Said twice, it is recorded once."""
    _one(request, dispatch_id)
    dispatching.acknowledge_dispatch(
        by=request.member, dispatch_id=dispatch_id, amendment=body.amendment, now=clock.now()
    )
    return dispatch_shape(_one(request, dispatch_id), clock.now())


@writes(router, "POST", "/dispatches/{uuid:dispatch_id}/decline", ANSWER, returns=DispatchShape, locks=_lock)
def decline_dispatch(request: ProgramRequest, dispatch_id: uuid.UUID, body: DeclineTold) -> DispatchShape:
    """Refuse a dispatch before its start, with the reason that the operator reads."""
    _one(request, dispatch_id)
    dispatching.decline_dispatch(
        by=request.member, dispatch_id=dispatch_id, reason=body.reason, now=clock.now()
    )
    return dispatch_shape(_one(request, dispatch_id), clock.now())


@writes(router, "POST", "/dispatches/{uuid:dispatch_id}/amend", CALL, returns=DispatchShape, locks=_lock)
def amend_dispatch(request: ProgramRequest, dispatch_id: uuid.UUID, body: AmendmentTold) -> DispatchShape:
    """Ask for other MW or another end. More, or longer, binds once it is acknowledged."""
    _one(request, dispatch_id)
    dispatching.amend_dispatch(
        by=request.member,
        dispatch_id=dispatch_id,
        mw=body.mw,
        since=body.since,
        end=body.end,
        now=clock.now(),
    )
    return dispatch_shape(_one(request, dispatch_id), clock.now())


@writes(router, "POST", "/dispatches/{uuid:dispatch_id}/stop", CALL, returns=DispatchShape, locks=_lock)
def stop_dispatch(request: ProgramRequest, dispatch_id: uuid.UUID, body: StopTold) -> DispatchShape:
    """End a dispatch that runs, now."""
    _one(request, dispatch_id)
    dispatching.stop_dispatch(
        by=request.member,
        dispatch_id=dispatch_id,
        is_emergency=body.is_emergency,
        reason=body.reason,
        now=clock.now(),
    )
    return dispatch_shape(_one(request, dispatch_id), clock.now())


@writes(router, "POST", "/dispatches/{uuid:dispatch_id}/cancel", CALL, returns=DispatchShape, locks=_lock)
def cancel_dispatch(request: ProgramRequest, dispatch_id: uuid.UUID, body: CancelTold) -> DispatchShape:
    """Take a dispatch back before its start."""
    _one(request, dispatch_id)
    dispatching.cancel_dispatch(
        by=request.member, dispatch_id=dispatch_id, reason=body.reason, now=clock.now()
    )
    return dispatch_shape(_one(request, dispatch_id), clock.now())


def _one(request: ProgramRequest, dispatch_id: uuid.UUID) -> Dispatch:
    found = dispatches_of(request.member).filter(pk=dispatch_id).first()
    if found is None:
        raise of_request("not_found", "There is no such dispatch among yours.")
    return found


def _contract(request: ProgramRequest, contract_id: uuid.UUID) -> Contract:
    found = contracts_of(request.member).filter(pk=contract_id).first()
    if found is None:
        raise of_request("not_found", "There is no such contract among yours.")
    return found


def dispatch_shape(of: Dispatch, now: datetime) -> DispatchShape:
    """A dispatch as it stands at an instant."""
    standing = standing_of(of, now)
    contract = of.contract
    return DispatchShape(
        id=str(of.pk),
        ref=of.ref,
        contract_id=str(contract.pk),
        competition=contract.competition.ref,
        operator=contract.buyer.name,
        provider=contract.seller.name,
        kind=DispatchKind(of.kind),
        state=DispatchState(of.state),
        response=standing.response,
        phase=standing.phase,
        start=of.start,
        end=of.end,
        mw=of.mw,
        unit=power_unit(contract.competition.power_type),
        profile=_profile(standing),
        answer_due=standing.answer_due,
        amendments_waiting=[each.amendment for each in standing.waiting if each.amendment is not None],
        reason=of.reason,
        incident_reference=of.incident_reference,
        issued_at=of.issued_at,
    )


def _profile(standing: Standing) -> list[PieceShape]:
    return [PieceShape(start=each.start, end=each.end, mw=_exact(each.mw)) for each in standing.pieces]


def _exact(mw: Fraction) -> Decimal:
    """MW are told with six decimals at most, so nothing is lost."""
    return Decimal(mw.numerator) / Decimal(mw.denominator)
