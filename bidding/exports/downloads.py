"""Writing the workbooks of bidding: whose bids, which rows, in which order."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from django.db.models import Count, QuerySet

from accounts.models import Member
from bidding import rules
from bidding.domain.ballots.bidding_context import bidding_context_of, groups_in, windows_of
from bidding.domain.ballots.limits import BidTerms
from bidding.domain.ballots.named_assets import AssetNames, NamedAssets
from bidding.domain.ballots.offers import BiddingContext, PresentBallot
from bidding.domain.gate.closing import close_due_of
from bidding.domain.queries import (
    bids_for_operator,
    competitions_to_bid_in,
    competitions_to_decide,
    own_bids,
)
from bidding.domain.recommendation.advice import recommendation_for
from bidding.domain.recommendation.costs import cost_of, expected_cost
from bidding.enums import Decision
from bidding.models import Bid
from bidding.workbooks.specs import ASSET_SHEET, BIDS, DECISIONS, HISTORY, MOST_IN_A_CELL, RESULTS, SHEET
from competitions.enums import PricingType
from competitions.models import Competition, ServiceWindow
from marketplace import clock
from marketplace.jobs.kinds import Report, counted, unreported
from marketplace.numbers import hours_of
from marketplace.workbooks.declare import WorkbookSpec
from marketplace.workbooks.write import write_bulk
from qualification.domain.verdicts.freeze import ensure_frozen

Values = Mapping[str, Any]


def write_bids(
    member: Member, target: BinaryIO, *, now: datetime | None = None, report: Report = unreported
) -> None:
    """The bids file: every window that the member's company may bid in now, with its current bids."""
    now = now or clock.now()
    listed: list[Values] = []  # filled while the sheet before it is written
    sheets = {SHEET: bids_rows(member, now, report, listed), ASSET_SHEET: listed}
    write_bulk(BIDS, sheets, target, zone=member.organisation.zone)


def bids_rows(
    member: Member, now: datetime, report: Report = unreported, listed: list[Values] | None = None
) -> Iterator[Values]:
    """The bids file's rows: for each competition its ballots' bids, then the windows without any.

    The rows of the sheet of assets are put into ``listed`` on the way. The report is told of windows, which
    is how many rows there are at least.
    """
    competitions = competitions_to_bid_in(member, now).annotate(window_count=Count("windows"))
    total = sum(each.window_count for each in competitions)
    for competition in counted(competitions, total, report, lambda each: each.window_count):
        ensure_frozen(competition, now)
        bidding = bidding_context_of(competition, member.organisation, now)
        names = AssetNames.of(bidding.assets, groups_in(competition, member.organisation))
        windows = {
            window.pk: window
            for window in windows_of(competition)
            if bidding.qualified_mw > 0 and bidding.qualified_mw >= window.minimum_aggregate_mw
        }
        yield from _rows_of_competition(
            competition, bidding, names, windows, listed if listed is not None else []
        )


def _rows_of_competition(
    competition: Competition,
    bidding: BiddingContext,
    names: AssetNames,
    windows: Mapping[Any, ServiceWindow],
    listed: list[Values],
) -> Iterator[Values]:
    live = [ballot for ballot in bidding.ballots.values() if ballot.is_live]
    order = {key: number for number, key in enumerate(windows)}
    cells = {ballot.label: _cell_of(ballot, bidding, names) for ballot in live}
    for ballot in live:
        if cells[ballot.label] is None:
            listed += _asset_rows(competition, ballot, bidding)
        shared = {"ballot": ballot.label, "assets": cells[ballot.label]}
        for bid in sorted(
            ballot.bids, key=lambda bid: order.get(bid.terms.window_id, -1)
        ):  # stable: splits in order
            window = windows.get(bid.terms.window_id)
            if window is not None:
                yield _about_window(competition, window, bidding) | shared | _offered(bid.terms, window)
    bid_for = {bid.terms.window_id for ballot in live for bid in ballot.bids}
    label = live[0].label if live else "1"
    for key, window in windows.items():
        if key not in bid_for:
            yield _about_window(competition, window, bidding) | {"ballot": label, "assets": cells.get(label)}


def _offered(terms: BidTerms, window: ServiceWindow) -> dict[str, Any]:
    return {
        "capacity": terms.capacity_mw,
        "run_time": terms.maximum_run_time,
        "availability_price": terms.availability_price,
        "utilisation_price": terms.utilisation_price,
        "service_fee": terms.service_fee,
        "revenue": expected_cost(terms, window),
    }


def _refs_of(ballot: PresentBallot, bidding: BiddingContext) -> list[str]:
    return sorted(asset.ref for asset in bidding.among(ballot.assets))


def _cell_of(ballot: PresentBallot, bidding: BiddingContext, names: AssetNames) -> tuple[str, ...] | None:
    """The ballot's asset refs; None where they are many, or would be read otherwise than they are meant."""
    if len(ballot.assets) > MOST_IN_A_CELL:
        return None
    refs = tuple(_refs_of(ballot, bidding))
    read = names.read(", ".join(refs).split(","))
    return refs if read == NamedAssets(ballot.assets) else None


def _asset_rows(competition: Competition, ballot: PresentBallot, bidding: BiddingContext) -> Iterator[Values]:
    for ref in _refs_of(ballot, bidding):
        yield {"ref": competition.ref, "ballot": ballot.label, "asset": ref}


def _about_window(competition: Competition, window: ServiceWindow, bidding: BiddingContext) -> dict[str, Any]:
    is_fixed = competition.pricing_type == PricingType.FIXED
    return {
        "ref": competition.ref,
        "period": window.period.name,
        "window": window.name,
        **{
            name if is_fixed else f"guide_{name}": getattr(competition, name)
            for name in competition.price_fields
        },
        "competition_name": competition.name,
        "bidding_close": competition.bidding_close,
        "first_day": window.period.first_day,
        "last_day": window.period.last_day,
        "weekdays": frozenset(window.weekdays),
        "start": window.start,
        "end": window.end,
        "available_hours": hours_of(window.available_minutes),
        "required_mw": window.capacity_required_mw,
        "qualified_mw": bidding.qualified_mw,
        "dispatch_estimate": window.dispatch_estimate,
        "dispatch_duration": window.dispatch_duration,
    }


def write_unconfirmed_bids(
    member: Member,
    target: BinaryIO,
    competitions: Collection[Competition] | None = None,
    *,
    now: datetime | None = None,
    report: Report = unreported,
) -> None:
    """The decisions file: the bids in the operator's competitions whose results are not confirmed, with
    advice.

    ``competitions`` narrows it down; without it the file has all.
    """
    now = now or clock.now()
    close_due_of(member, now)
    chosen: QuerySet[Any] = competitions_to_decide(member, now).filter(confirmed_at=None, cancelled_at=None)
    chosen = chosen.filter(gate_close__bid_count__gt=0)
    if competitions is not None:
        chosen = chosen.filter(pk__in=[each.pk for each in competitions])
    total = sum(chosen.values_list("bid_count", flat=True))
    rows = counted(_decision_rows(chosen.order_by("ref")), total, report)
    write_bulk(DECISIONS, {SHEET: rows}, target, zone=member.organisation.zone, downloaded_at=now)


def _decision_rows(competitions: Iterable[Competition]) -> Iterator[Values]:
    for competition in competitions:
        advice = recommendation_for(competition)
        for bid in advice.bids:
            recommendation = Decision.ACCEPTED if advice.recommends(bid) else Decision.REJECTED
            yield about_bid(bid) | decision_on(bid) | {"recommendation": recommendation}


def write_results(
    member: Member,
    target: BinaryIO,
    competitions: Collection[Competition] | None = None,
    *,
    now: datetime | None = None,
    report: Report = unreported,
) -> None:
    """The operator's bids in competitions whose results are confirmed, with what became of them."""
    bids = bids_for_operator(member, now or clock.now()).filter(
        ballot__competition__confirmed_at__isnull=False
    )
    if competitions is not None:
        bids = bids.filter(ballot__competition__in=[each.pk for each in competitions])
    _write_results(RESULTS, member, bids, target, report)


def write_history(member: Member, target: BinaryIO, report: Report = unreported) -> None:
    """The company's own bids, with results where they are confirmed; only those to a member who may not
    bid."""
    bids = own_bids(member)
    if not rules.can_bid(member):
        bids = bids.filter(ballot__competition__confirmed_at__isnull=False)
    _write_results(HISTORY, member, bids, target, report)


def _write_results(
    spec: WorkbookSpec, member: Member, bids: QuerySet[Bid], target: BinaryIO, report: Report
) -> None:
    rows = counted(map(result_row, bids.iterator(chunk_size=2000)), bids.count(), report)
    write_bulk(spec, {SHEET: rows}, target, zone=member.organisation.zone)


def result_row(bid: Bid) -> dict[str, Any]:
    """A bid with its result; before the confirmation the result is blank."""
    confirmed_at = bid.ballot.competition.confirmed_at
    row = about_bid(bid)
    if confirmed_at is not None:
        row |= decision_on(bid) | {"decided_at": bid.decided_at, "confirmed_at": confirmed_at}
    return row


def about_bid(bid: Bid) -> dict[str, Any]:
    """The columns that tell what was offered, and its expected cost."""
    competition, window = bid.ballot.competition, bid.window
    dps = competition.purchasing_system
    return {
        "ballot_id": bid.ballot_id,
        "bid_id": bid.pk,
        "competition_id": competition.pk,
        "ref": competition.ref,
        "competition_name": competition.name,
        "dps": dps.reference if dps else None,
        "provider_id": bid.ballot.provider_id,
        "provider": bid.ballot.provider.name,
        "period": window.period.name,
        "window": window.name,
        "required_mw": window.capacity_required_mw,
        "capacity": bid.capacity_mw,
        "run_time": bid.maximum_run_time,
        "availability_price": bid.availability_price,
        "utilisation_price": bid.utilisation_price,
        "service_fee": bid.service_fee,
        "available_hours": hours_of(window.available_minutes),
        "cost": cost_of(bid),
    }


def decision_on(bid: Bid) -> dict[str, Any]:
    """The columns of the decision, blank while undecided."""
    return {
        "decision": None if bid.decision == Decision.UNDECIDED else Decision(bid.decision),
        "reason": bid.rejection_reason or None,
        "comment": bid.rejection_comment or None,
    }
