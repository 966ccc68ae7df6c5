"""Competitions: what is bought, when and where, and how one's own assets stand there."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from accounts.enums import OrganisationKind, Scope
from api.auth import Declared
from api.operations import raw_json, reads, writes
from api.paging import Listed, Page, at_or_after, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Length, Line, Number, Shown, Told
from api.v1.competition_shapes import (
    CompetitionShape,
    VerdictShape,
    WindowShape,
    competition_shape,
    verdict_shape,
    window_shape,
)
from bidding.domain.ballots.bidding_context import bidding_context_for
from bidding.domain.queries import competitions_to_bid_in
from competitions.domain.places.maps import collection, competition_features
from competitions.domain.queries import competitions_visible_to
from competitions.enums import AssetStatus, Phase
from competitions.models import Competition, ServiceWindow
from marketplace import clock
from marketplace.units import power_unit
from qualification.domain import queries
from qualification.domain.entries.entering import applicability, enter, lock_for_entering, withdraw
from qualification.domain.verdicts import explanations
from qualification.domain.verdicts.freeze import ensure_frozen
from qualification.enums import EntryState

router = Router(tags=["Competitions"])
READ = Declared(Scope.COMPETITIONS_READ)
OWN = Declared(Scope.ASSETS_READ, OrganisationKind.FLEX_SERVICE_PROVIDER)


class WindowApplicability(Shown):
    """Whether one's eligible assets reach a window's minimum aggregate size."""

    window_id: str
    is_applicable: bool


class EntryShape(Shown):
    """What one said of a competition."""

    competition: str
    state: EntryState
    changed_at: Instant | None
    windows: list[WindowApplicability]


class EntryTold(Told):
    """``entered`` or ``withdrawn``."""

    state: EntryState


class OpportunityWindow(Shown):
    """What one may bid in a window."""

    window_id: str
    period: str
    name: str
    unit: str
    most_mw: Number
    least_mw: Number
    minimum_run_time: Length | None


class OpportunityShape(Shown):
    """What one may bid in a competition whose bidding is open and that one has entered."""

    competition: str
    bidding_close: Instant
    seconds_left: int
    qualified_mw: Number
    unit: str
    prices: list[str]
    fixed_prices: dict[str, Number]
    assets: list[str]
    windows: list[OpportunityWindow]


class CompetitionFilter(Page):
    """Which competitions."""

    phase: Phase | None = None
    operator: Line | None = None
    round: Line | None = None
    updated_since: Instant | None = None


def changed_since(instant: datetime) -> Q:
    """Competitions that were changed, published, confirmed or cancelled since."""
    return at_or_after(instant, "changed_at", "publish_on", "confirmed_at", "cancelled_at")


def competition_list(rows: QuerySet[Competition], asked: CompetitionFilter) -> Listed[CompetitionShape]:
    """Those of the competitions that the filter asks for, in the order of their refs."""
    now = clock.now()
    if asked.operator:
        rows = rows.filter(operator__code__iexact=asked.operator)
    if asked.round:
        rows = rows.filter(round_name__iexact=asked.round)
    if asked.updated_since:
        rows = rows.filter(changed_since(asked.updated_since))

    def shapes(shown: list[Competition]) -> list[CompetitionShape]:
        told = [competition_shape(each, now) for each in shown]
        return [each for each in told if asked.phase in (None, each.phase)]

    return listed(rows, asked, ("ref", "pk"), shapes)


def found(request: ProgramRequest, ref: str) -> Competition:
    """The competition of this ref, however it is spelt. Raises :class:`Problem` (404)."""
    seen = competitions_visible_to(request.member, clock.now()).filter(ref__iexact=ref).first()
    if seen is None:
        raise of_request("not_found", "There is no such competition, or it is not published.")
    return seen


@reads(router, "/competitions", READ, returns=Listed[CompetitionShape])
def competitions(request: ProgramRequest, asked: Query[CompetitionFilter]) -> Listed[CompetitionShape]:
    """The published competitions; for an operator all of its own.

    In the order of their refs. A filter by phase may leave a part of the list shorter than asked for.
    """
    return competition_list(competitions_visible_to(request.member, clock.now()), asked)


@reads(router, "/competitions/{ref}", READ, returns=CompetitionShape)
def competition(request: ProgramRequest, ref: str) -> CompetitionShape:
    """One competition."""
    return competition_shape(found(request, ref), clock.now())


@reads(router, "/competitions/{ref}/boundary", READ, returns=dict[str, Any])
def competition_boundary(request: ProgramRequest, ref: str) -> HttpResponse:
    """Where assets qualify: a GeoJSON collection of the boundary and its buffer."""
    return raw_json(request, collection(competition_features(found(request, ref))), "application/geo+json")


@reads(router, "/competitions/{ref}/windows", READ, returns=Listed[WindowShape])
def competition_windows(request: ProgramRequest, ref: str, asked: Query[Page]) -> Listed[WindowShape]:
    """The service windows, in the order of their periods."""
    rows: QuerySet[ServiceWindow] = queries.windows_of(found(request, ref))
    keys = ("period__first_day", "period__name", "position", "name", "pk")
    return listed(rows, asked, keys, lambda shown: [window_shape(each) for each in shown])


@reads(router, "/competitions/{ref}/verdicts", OWN, returns=Listed[VerdictShape])
def verdicts(request: ProgramRequest, ref: str, asked: Query[Page]) -> Listed[VerdictShape]:
    """How one's own assets stand in the competition, with the reasons, in the order of their refs."""
    now = clock.now()
    published = _published(request, ref)
    own = queries.assets_visible_to(request.member, now).exclude(status=AssetStatus.ARCHIVED)
    return listed(
        own,
        asked,
        ("ref", "pk"),
        lambda shown: [verdict_shape(each) for each in explanations.lines_for(published, shown, now)],
    )


@reads(router, "/competitions/{ref}/entry", OWN, returns=EntryShape)
def entry(request: ProgramRequest, ref: str) -> EntryShape:
    """What one's company said of the competition, and in which windows it could take part."""
    return entry_shape(request, _published(request, ref))


def _lock_entry(request: ProgramRequest, ref: str) -> None:
    lock_for_entering(_published(request, ref))


@writes(
    router,
    "PUT",
    "/competitions/{ref}/entry",
    Declared(Scope.ENTRIES_WRITE, OrganisationKind.FLEX_SERVICE_PROVIDER),
    returns=EntryShape,
    locks=_lock_entry,
)
def put_entry(request: ProgramRequest, ref: str, body: EntryTold) -> EntryShape:
    """Enter the competition, or withdraw from it, until qualification closes."""
    published = _published(request, ref)
    if body.state == EntryState.UNDECIDED:
        raise of_request("body_invalid", "The state is entered or withdrawn.")
    act = enter if body.state == EntryState.ENTERED else withdraw
    act(by=request.member, competition=published, now=clock.now())
    return entry_shape(request, published)


@reads(
    router,
    "/competitions/{ref}/opportunity",
    Declared(Scope.BIDS_READ, OrganisationKind.FLEX_SERVICE_PROVIDER, "bids"),
    returns=OpportunityShape,
)
def opportunity(request: ProgramRequest, ref: str) -> OpportunityShape:
    """What one may bid now: windows, qualified capacity, limits, prices, time left.

    There is none (404) where bidding is not open or the company has not entered.
    """
    now = clock.now()
    to_bid_in = competitions_to_bid_in(request.member, now).filter(ref__iexact=ref).first()
    if to_bid_in is None or to_bid_in.bidding_close is None:
        raise of_request(
            "not_found", "Your company can't bid there now: bidding is not open, or it has not entered."
        )
    ensure_frozen(to_bid_in, now)
    bidding = bidding_context_for(request.member, to_bid_in, now, labels=())
    return OpportunityShape(
        competition=to_bid_in.ref,
        bidding_close=to_bid_in.bidding_close,
        seconds_left=int((to_bid_in.bidding_close - now).total_seconds()),
        qualified_mw=bidding.qualified_mw,
        unit=power_unit(to_bid_in.power_type),
        prices=list(bidding.pricing.fields),
        fixed_prices={name: price for name, price in bidding.pricing.fixed.items() if price is not None},
        assets=sorted(each.ref for each in bidding.assets.values()),
        windows=[
            OpportunityWindow(
                window_id=str(key),
                period=window.period,
                name=window.name,
                unit=window.unit,
                most_mw=min(window.capacity_required_mw, bidding.qualified_mw),
                least_mw=window.minimum_aggregate_mw,
                minimum_run_time=window.minimum_run_time,
            )
            for key, window in bidding.windows.items()
        ],
    )


def _published(request: ProgramRequest, ref: str) -> Competition:
    seen = queries.competitions_explained_to(request.member, clock.now()).filter(ref__iexact=ref).first()
    if seen is None:
        raise of_request("not_found", "There is no such competition, or it is not published.")
    return seen


def entry_shape(request: ProgramRequest, of: Competition) -> EntryShape:
    """The entry of the member's company, undecided where there is none yet."""
    stored = queries.entries_visible_to(request.member, clock.now()).filter(competition=of).first()
    return EntryShape(
        competition=of.ref,
        state=EntryState(stored.state) if stored is not None else EntryState.UNDECIDED,
        changed_at=stored.changed_at if stored is not None else None,
        windows=[
            WindowApplicability(window_id=str(key), is_applicable=holds)
            for key, holds in applicability(of, request.member.organisation).items()
        ],
    )
