"""Availability: what is declared, accepted and missing; declared by the provider, answered by the operator."""

import uuid
from datetime import timedelta
from fractions import Fraction
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, at_or_after, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Day, DayTold, Instant, Number, Shown, Told
from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import AvailabilityMode
from marketplace import clock
from operations.domain import accepting, missing, promising
from operations.domain.declaring import AvailabilityState
from operations.domain.told import contracts_with_availability, promises_of, serving
from operations.enums import UnavailabilityReason
from operations.models import Unavailability

router = Router(tags=["Availability"])
SO, FSP = OrganisationKind.SYSTEM_OPERATOR, OrganisationKind.FLEX_SERVICE_PROVIDER
READ = Declared(Scope.CONTRACTS_READ, role=Role.OPERATIONS)
MOST_DAYS = 31
MOST_STRETCHES = 2_000
Mw = Annotated[Number, Field(max_digits=14, decimal_places=6)]


class AvailabilityPiece(Shown):
    """Time in one stretch of service in which nothing changes."""

    start: Instant
    end: Instant
    declared_mw: Number
    accepted_mw: Number
    available_mw: Number
    state: AvailabilityState


class AvailabilityShape(Shown):
    """One stretch of service of a contract, with its deadlines where availability is declared."""

    contract_id: str
    day: Day
    start: Instant
    end: Instant
    mode: AvailabilityMode
    lock: Instant | None
    answer_due: Instant | None
    pieces: list[AvailabilityPiece]


class AvailabilityAsked(Told):
    """Which days, in the buyer's time zone, and which contract."""

    first: DayTold
    last: DayTold
    contract_id: uuid.UUID | None = None


class StretchTold(Told):
    """MW of a contract from a start to an end, in whole minutes."""

    contract_id: uuid.UUID
    start: Instant
    end: Instant
    mw: Mw


class StretchesTold(Told):
    """Stretches; all are taken, or none."""

    stretches: list[StretchTold] = Field(min_length=1, max_length=MOST_STRETCHES)


class ChangedShape(Shown):
    """How many stretches changed something."""

    changed: int


class NoticeTold(Told):
    """From start to end only these MW are there."""

    contract_id: uuid.UUID
    start: Instant
    end: Instant
    available_mw: Mw
    reason: UnavailabilityReason


class ShorterTold(Told):
    """When the notice ends after all."""

    end: Instant


class NoticeFilter(Page):
    """Which notices."""

    contract_id: uuid.UUID | None = None
    since: Instant | None = Field(None, description="Those that end after it.")
    until: Instant | None = Field(None, description="Those that start before it.")
    updated_since: Instant | None = Field(None, description="Notified or shortened since.")


class NoticeShape(Shown):
    """A notice of unavailability. ``end`` is the one that counts."""

    id: str
    contract_id: str
    start: Instant
    end: Instant
    notified_end: Instant
    available_mw: Number
    reason: UnavailabilityReason
    notified_at: Instant
    shortened_at: Instant | None


@reads(router, "/availability", READ, returns=Listed[AvailabilityShape])
def availability(request: ProgramRequest, asked: Query[AvailabilityAsked]) -> Listed[AvailabilityShape]:
    """What is declared, accepted and available of one's contracts, by stretch of service, for up to 31 days."""
    if not timedelta(0) <= asked.last - asked.first < timedelta(days=MOST_DAYS):
        raise of_request("body_invalid", f"Ask for 1 to {MOST_DAYS} days: last is not before first.")
    contracts = contracts_with_availability(request.member)
    if asked.contract_id:
        contracts = contracts.filter(pk=asked.contract_id)
    now = clock.now()
    found = [
        AvailabilityShape(
            contract_id=str(promise.contract.pk),
            day=occurrence.day,
            start=occurrence.start,
            end=occurrence.end,
            mode=promise.rules.mode,
            lock=promise.deadlines(occurrence).lock if promise.is_declared else None,
            answer_due=promise.deadlines(occurrence).answer if promise.is_declared else None,
            pieces=[
                AvailabilityPiece(
                    start=each.start,
                    end=each.end,
                    declared_mw=_mw(each.declared),
                    accepted_mw=_mw(each.accepted),
                    available_mw=_mw(each.available),
                    state=each.state,
                )
                for each in pieces
            ],
        )
        for promise in promises_of(serving(contracts, asked.first, asked.last), asked.first, asked.last)
        for occurrence, pieces in promise.pieces(now)
    ]
    return Listed(items=found, next=None)


@writes(
    router,
    "PUT",
    "/availability",
    Declared(Scope.AVAILABILITY_WRITE, FSP, Role.OPERATIONS),
    returns=ChangedShape,
)
def put_availability(request: ProgramRequest, body: StretchesTold) -> ChangedShape:
    """Declare MW; later ones replace earlier ones for the minutes they cover. All or none."""
    stretches = [
        promising.Declared(each.contract_id, each.start, each.end, each.mw) for each in body.stretches
    ]
    return ChangedShape(changed=promising.declare(by=request.member, stretches=stretches, now=clock.now()))


@writes(
    router,
    "PUT",
    "/availability/answers",
    Declared(Scope.AVAILABILITY_WRITE, SO, Role.OPERATIONS),
    returns=ChangedShape,
)
def put_availability_answers(request: ProgramRequest, body: StretchesTold) -> ChangedShape:
    """Take MW of what is declared, once it is locked; 0 releases. All or none."""
    stretches = [
        accepting.Accepted(each.contract_id, each.start, each.end, each.mw) for each in body.stretches
    ]
    return ChangedShape(changed=accepting.answer(by=request.member, stretches=stretches, now=clock.now()))


@reads(router, "/unavailability", READ, returns=Listed[NoticeShape])
def unavailability(request: ProgramRequest, asked: Query[NoticeFilter]) -> Listed[NoticeShape]:
    """The notices of unavailability under one's contracts, the last start first."""
    rows = missing.notices_seen_by(request.member)
    if asked.contract_id:
        rows = rows.filter(contract=asked.contract_id)
    if asked.since:
        rows = rows.filter(end__gt=asked.since)
    if asked.until:
        rows = rows.filter(start__lt=asked.until)
    if asked.updated_since:
        rows = rows.filter(at_or_after(asked.updated_since, "notified_at", "shortened_at"))
    return listed(rows, asked, ("-start", "pk"), lambda shown: [_notice(each) for each in shown])


@writes(
    router,
    "POST",
    "/unavailability",
    Declared(Scope.AVAILABILITY_WRITE, FSP, Role.OPERATIONS),
    returns=NoticeShape,
    made=True,
)
def post_unavailability(request: ProgramRequest, body: NoticeTold) -> Answer:
    """Say that only some MW are there, also for the past. It undoes no dispatch that was issued before."""
    made = missing.notify_unavailability(
        by=request.member,
        contract_id=body.contract_id,
        start=body.start,
        end=body.end,
        mw=body.available_mw,
        reason=body.reason,
        now=clock.now(),
    )
    return Answer(_notice(made), 201)


@writes(
    router,
    "POST",
    "/unavailability/{uuid:notice_id}/shorten",
    Declared(Scope.AVAILABILITY_WRITE, FSP, Role.OPERATIONS),
    returns=NoticeShape,
)
def shorten_unavailability(request: ProgramRequest, notice_id: uuid.UUID, body: ShorterTold) -> NoticeShape:
    """Let a notice end earlier, not before now; at its start, it is taken back whole."""
    if not missing.notices_seen_by(request.member).filter(pk=notice_id).exists():
        raise of_request("not_found", "There is no such notice among yours.")
    return _notice(
        missing.shorten_unavailability(by=request.member, notice_id=notice_id, end=body.end, now=clock.now())
    )


def _mw(mw: Fraction) -> Number:
    return rounded(mw, 6)


def _notice(of: Unavailability) -> NoticeShape:
    return NoticeShape(
        id=str(of.pk),
        contract_id=str(of.contract_id),
        start=of.start,
        end=of.end,
        notified_end=of.notified_end,
        available_mw=of.mw,
        reason=UnavailabilityReason(of.reason),
        notified_at=of.notified_at,
        shortened_at=of.shortened_at,
    )
