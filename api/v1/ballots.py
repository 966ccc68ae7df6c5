"""One's own ballots: placed, changed and withdrawn by their labels, with the receipts that prove it.

Until bidding closes nobody but the bidding company learns anything of them, not even that there are some.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, listed
from api.problems import Fault, Problem, of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Length, LengthTold, Line, Number, Shown, Told
from bidding.domain.ballots.limits import BidTerms, Breach
from bidding.domain.ballots.offers import NONE, BallotOffer
from bidding.domain.ballots.submitting import BallotRefused, enter_gate, submit_ballots, withdraw_ballot
from bidding.domain.queries import ballots_of, bids_in, receipts_of, refs_in_ballots
from bidding.domain.results.outcomes import outcome_for
from bidding.enums import BallotState, Decision, RejectionReason
from bidding.models import Ballot, Bid, Receipt
from competitions.domain.queries import competitions_visible_to
from competitions.models import Competition
from marketplace import clock
from marketplace.keys import key_form
from marketplace.text import text_fault
from qualification.domain.queries import assets_visible_to, planned_assets_of

router = Router(tags=["Bids"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER
READ = Declared(Scope.BIDS_READ, FSP, Role.BIDS)
WRITE = Declared(Scope.BIDS_WRITE, FSP, Role.BIDS)
MOST_BIDS = 2_000
MOST_ASSETS = 20_000


class BidTold(Told):
    """What is offered in one window, with the prices that the competition asks for."""

    window_id: uuid.UUID
    capacity_mw: Number
    maximum_run_time: LengthTold
    availability_price: Number | None = None
    utilisation_price: Number | None = None
    service_fee: Number | None = None


class BallotTold(Told):
    """A ballot as it is to be."""

    bids: list[BidTold] = Field(max_length=MOST_BIDS)
    assets: list[Line] | None = Field(
        None,
        max_length=MOST_ASSETS,
        description="Refs of the assets and planned assets that it holds. Left out: those that it holds already; of a "
        "new ballot all that are qualified and in no other.",
    )


class BidShape(Shown):
    """A bid of one's own."""

    id: str
    window_id: str
    period: str
    window: str
    capacity_mw: Number
    maximum_run_time: Length
    availability_price: Number | None
    utilisation_price: Number | None
    service_fee: Number | None
    submitted_at: Instant
    digest: str


class BallotShape(Shown):
    """A ballot of one's own."""

    id: str
    competition: str
    label: str
    state: BallotState
    version: int
    submitted_at: Instant
    changed_at: Instant
    withdrawn_at: Instant | None
    asset_count: int
    assets_mw: Number
    assets: list[str]
    bids: list[BidShape]


class ReceiptShape(Shown):
    """Proof that a bid was recorded: the digest is of content and nonce."""

    id: str
    bid_id: str | None
    action: str
    digest: str
    nonce: str
    content: dict[str, Any]
    recorded_at: Instant
    audit_position: int


class ClosedSet(Shown):
    """The set of bids that bidding closed with, told by its digest."""

    competition: str
    closed_at: Instant
    digest: str


class ResultShape(Shown):
    """What became of a bid of one's own, once the results are confirmed."""

    bid_id: str
    period: str
    window: str
    capacity_mw: Number
    decision: Decision
    rejection_reason: RejectionReason | None
    rejection_comment: str
    cost: Number
    place: int
    of: int


@reads(router, "/competitions/{ref}/ballots", READ, returns=Listed[BallotShape])
def ballots(request: ProgramRequest, ref: str, asked: Query[Page]) -> Listed[BallotShape]:
    """The ballots of one's company in the competition, withdrawn ones too, in the order of their labels."""
    of = seen(request, ref)
    rows = ballots_of(request.member, of)
    return listed(rows, asked, ("label", "pk"), lambda shown: ballot_shapes(request, of, shown))


@reads(router, "/competitions/{ref}/ballots/{label}", READ, returns=BallotShape)
def ballot(request: ProgramRequest, ref: str, label: str) -> BallotShape:
    """One ballot."""
    of = seen(request, ref)
    return ballot_shapes(request, of, [_own(request, of, label)])[0]


def _lock(request: ProgramRequest, ref: str, label: str) -> None:
    enter_gate(request.member, seen(request, ref))


@writes(
    router,
    "PUT",
    "/competitions/{ref}/ballots/{label}",
    WRITE,
    returns=BallotShape,
    made=True,
    locks=_lock,
)
def put_ballot(request: ProgramRequest, ref: str, label: str, body: BallotTold) -> Answer:
    """Place the ballot of this label, or make it what is sent, while bidding is open.

    What is refused names every limit that is broken. A bid that stays as it is keeps its time and its receipt.
    """
    of = seen(request, ref)
    was_there = ballots_of(request.member, of).filter(label__key_form=key_form(label)).exists()
    offer = BallotOffer(
        checked_label(label),
        _keys(request, of, body.assets) if body.assets is not None else NONE,
        tuple(_terms(each) for each in body.bids),
        keeps=body.assets is None,
    )
    try:
        placed = submit_ballots(by=request.member, competition=of, offers=[offer], now=clock.now())[0]
    except BallotRefused as refused:
        raise _of_breaches(refused) from refused
    return Answer(ballot_shapes(request, of, [placed.ballot])[0], 200 if was_there else 201)


@writes(router, "DELETE", "/competitions/{ref}/ballots/{label}", WRITE, returns=BallotShape, locks=_lock)
def delete_ballot(request: ProgramRequest, ref: str, label: str) -> BallotShape:
    """Withdraw the ballot, while bidding is open; its assets are free for others."""
    of = seen(request, ref)
    stored = _own(request, of, label)
    withdraw_ballot(by=request.member, competition=of, label=stored.label, now=clock.now())
    return ballot_shapes(request, of, [_own(request, of, label)])[0]


@reads(router, "/competitions/{ref}/receipts", READ, returns=Listed[ReceiptShape])
def receipts(request: ProgramRequest, ref: str, asked: Query[Page]) -> Listed[ReceiptShape]:
    """The receipts that one's company holds in the competition, in the order in which they were recorded."""
    rows = receipts_of(request.member, seen(request, ref))
    return listed(rows, asked, ("recorded_at", "pk"), lambda shown: [_receipt(each) for each in shown])


@reads(router, "/closed-sets/{ref}", Declared(Scope.COMPETITIONS_READ), returns=ClosedSet)
def closed_set(request: ProgramRequest, ref: str) -> ClosedSet:
    """The digest of the set of bids that the competition closed with; before that there is none (404)."""
    now = clock.now()
    of = (
        competitions_visible_to(request.member, now)
        .filter(ref__iexact=ref)
        .select_related("gate_close")
        .first()
    )
    gate = getattr(of, "gate_close", None)
    if of is None or gate is None or of.bidding_close is None or of.bidding_close > now:
        raise of_request("not_found", "Bidding there has not closed, or there is no such competition.")
    return ClosedSet(competition=of.ref, closed_at=of.bidding_close, digest=gate.digest)


@reads(router, "/competitions/{ref}/results", Declared(Scope.BIDS_READ, FSP), returns=Listed[ResultShape])
def results(request: ProgramRequest, ref: str) -> Listed[ResultShape]:
    """What became of one's own bids, once the operator has confirmed the results; before that there is none (404)."""
    told = outcome_for(request.member, seen(request, ref), clock.now())
    if told is None:
        raise of_request("not_found", "The results are not confirmed yet, or your company did not bid there.")
    return Listed(items=[_result(each) for each in told.lines], next=None)


def seen(request: ProgramRequest, ref: str) -> Competition:
    """The published competition of this ref. Raises :class:`Problem` (404)."""
    found = competitions_visible_to(request.member, clock.now()).filter(ref__iexact=ref).first()
    if found is None:
        raise of_request("not_found", "There is no such competition, or it is not published.")
    return found


def checked_label(label: str) -> str:
    """The label as it may be kept. Raises :class:`Problem`."""
    fault = text_fault(label, field="label")
    if fault is not None:
        raise of_request("body_invalid", fault)
    return label


def _own(request: ProgramRequest, of: Competition, label: str) -> Ballot:
    found = ballots_of(request.member, of).filter(label__key_form=key_form(label)).first()
    if found is None:
        raise of_request("not_found", f"Your company has no ballot of this label in {of.ref}.")
    return found


def _terms(told: BidTold) -> BidTerms:
    return BidTerms(
        told.window_id,
        told.capacity_mw,
        told.maximum_run_time,
        told.availability_price,
        told.utilisation_price,
        told.service_fee,
    )


def _keys(request: ProgramRequest, of: Competition, refs: Sequence[str]) -> frozenset[uuid.UUID]:
    """The assets and planned assets that are named. Raises :class:`Problem` with each that is not one's own."""
    wanted = {key_form(ref): ref for ref in refs}
    found: dict[str, uuid.UUID] = {}
    own: list[Any] = [assets_visible_to(request.member, clock.now()), planned_assets_of(request.member)]
    for rows in own:
        for pk, ref in rows.filter(ref__key_form__in=list(wanted)).order_by().values_list("pk", "ref"):
            found[key_form(ref)] = pk
    missing = [
        Fault(f"/assets/{place}", "asset_unknown", "There is no such asset among yours.", ref)
        for place, ref in enumerate(refs)
        if key_form(ref) not in found
    ]
    if missing:
        raise Problem(422, "asset_unknown", "Assets are named that are not among yours.", errors=missing)
    return frozenset(found.values())


def _of_breaches(refused: BallotRefused) -> Problem:
    faults = [
        Fault(
            _pointer(each),
            f"bid_{each.field}" if each.bid is not None else f"ballot_{each.field}",
            each.sentence,
        )
        for assessment in refused.assessments
        for each in assessment.breaches
    ]
    return Problem(422, "ballot_breaks_limits", refused.sentence, errors=faults)


def _pointer(breach: Breach) -> str:
    return f"/{breach.field}" if breach.bid is None else f"/bids/{breach.bid}/{breach.field}"


def ballot_shapes(request: ProgramRequest, of: Competition, shown: Sequence[Ballot]) -> list[BallotShape]:
    """These ballots with their bids and assets, in a few queries however many there are."""
    ids = [each.pk for each in shown]
    bids: dict[uuid.UUID, list[Bid]] = {each: [] for each in ids}
    for bid in bids_in(request.member, of).filter(ballot__in=ids):
        bids[bid.ballot_id].append(bid)
    refs: dict[uuid.UUID, list[str]] = {each: [] for each in ids}
    for ballot_id, ref in refs_in_ballots(request.member, ids):
        refs[ballot_id].append(ref)
    return [
        BallotShape(
            id=str(each.pk),
            competition=of.ref,
            label=each.label,
            state=BallotState(each.state),
            version=each.version,
            submitted_at=each.submitted_at,
            changed_at=each.changed_at,
            withdrawn_at=each.withdrawn_at,
            asset_count=each.asset_count,
            assets_mw=each.assets_mw,
            assets=sorted(refs[each.pk]),
            bids=[_bid(one) for one in bids[each.pk]],
        )
        for each in shown
    ]


def _bid(of: Bid) -> BidShape:
    return BidShape(
        id=str(of.pk),
        window_id=str(of.window_id),
        period=of.window.period.name,
        window=of.window.name,
        capacity_mw=of.capacity_mw,
        maximum_run_time=of.maximum_run_time,
        availability_price=of.availability_price,
        utilisation_price=of.utilisation_price,
        service_fee=of.service_fee,
        submitted_at=of.submitted_at,
        digest=of.digest,
    )


def _receipt(of: Receipt) -> ReceiptShape:
    return ReceiptShape(
        id=str(of.pk),
        bid_id=str(of.bid_id) if of.bid_id else None,
        action=of.action,
        digest=of.digest,
        nonce=of.nonce,
        content=of.content,
        recorded_at=of.recorded_at,
        audit_position=of.audit_position,
    )


def _result(line: Any) -> ResultShape:
    bid: Bid = line.bid
    return ResultShape(
        bid_id=str(bid.pk),
        period=bid.window.period.name,
        window=bid.window.name,
        capacity_mw=bid.capacity_mw,
        decision=Decision(bid.decision),
        rejection_reason=RejectionReason(bid.rejection_reason) if bid.rejection_reason else None,
        rejection_comment=bid.rejection_comment,
        cost=line.cost,
        place=line.place,
        of=line.of,
    )
