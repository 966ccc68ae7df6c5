"""Results: what became of a provider's bids, and for an operator the competitions that are decided."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.decisions.policy import policy_of
from bidding.domain.queries import (
    bids_for_operator,
    competitions_told,
    competitions_with_results,
    own_bids,
)
from bidding.domain.results.clearing import Clearings, clearing_for_bidder
from bidding.domain.results.outcomes import is_told, outcome_lines
from bidding.enums import Decision
from bidding.models import Bid
from bidding.presenters.competition_part import results_by_window
from bidding.presenters.results import (
    TOLD_VIEWS,
    confirmed_rows,
    operator_sums,
    own_sums,
    result_rows,
    told_counts,
    told_listed,
    told_rows,
    told_views,
    window_result,
)
from bidding.tables import CompetitionsTold, ConfirmedCompetitions, ResultBids, ToldBids, price_columns
from bidding.views.common import bidding_page_context, entered_competition
from competitions.models import Competition, ServiceWindow
from marketplace import clock
from marketplace.units import power_unit
from marketplace.web.access import member
from marketplace.web.lists import Chip, List, list_page


@require_GET
@member("fsp")
def results(request: MemberRequest) -> HttpResponse:
    """The competitions in which the company has bid and bidding has closed, the latest first."""
    now, zone = clock.now(), request.member.organisation.zone
    views = told_views(now)
    shown = request.GET.get("show", "")
    shown = shown if shown in views else ""
    numbers = told_counts(request.member, now)
    listing = CompetitionsTold(
        told_listed(competitions_told(request.member, now)).filter(views[shown]),
        request=request,
        rows=lambda part: told_rows(request.member, part, now),
        zone=zone,
        chips=[Chip(name, title, numbers[name]) for name, title in TOLD_VIEWS.items()],
        count=numbers[shown],
    )
    return list_page(request, "bidding/results.html", listing, {"zone": zone})


@require_GET
@member("fsp")
def outcome(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """What the confirmed results mean for the company: each bid, the decision, why, its place and what
    cleared."""
    now = clock.now()
    competition = entered_competition(request, competition_id)
    own = own_bids(request.member).filter(ballot__competition=competition)
    if not is_told(competition, now) or not own.exists():
        messages.info(request, f"There is no outcome of {competition.ref} for your company yet.")
        return redirect("competitions:competition", competition.ref)
    listing = ToldBids(
        _decided(own, request.GET.get("show", "")),
        request=request,
        rows=lambda shown: outcome_lines(request.member, competition, shown, now),
        zone=request.member.organisation.zone,
        **_counted(_chips(own), request),
        **_with_prices(competition, "window"),
    )
    window = _window_of(own, request.GET.get("window", ""))
    cleared = clearing_for_bidder(request.member, competition, now, {window.pk})[window.pk]
    context = bidding_page_context(request, competition) | {
        "sums": own_sums(request.member, competition),
        "shown": window_result(cleared, competition, request.member),
        "policy": policy_of(competition.operator),
        "letter": {"competition": str(competition.pk)},
        "currency": competition.operator.currency,
        "unit": power_unit(competition.power_type),
        "kept": _kept(listing),
    }
    return list_page(request, "bidding/outcome.html", listing, context)


@require_GET
@member("fsp")
def outcome_moved(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Where a competition's outcome was: mails that were sent lead here."""
    return redirect("bidding:outcome", competition_id, permanent=True)


@require_GET
@member("so", Role.BIDS)
def confirmed(request: MemberRequest) -> HttpResponse:
    """The operator's competitions with results, the latest first."""
    now, zone = clock.now(), request.member.organisation.zone
    listing = ConfirmedCompetitions(
        competitions_with_results(request.member, now),
        request=request,
        rows=lambda shown: confirmed_rows(request.member, shown, now),
        zone=zone,
    )
    return list_page(
        request,
        "bidding/confirmed.html",
        listing,
        {"zone": zone, "currency": request.member.organisation.currency},
    )


@require_GET
@member("so", Role.BIDS)
def result(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The results of one competition: every bid, each window's cover and merit order, what it comes to."""
    now = clock.now()
    found = competitions_with_results(request.member, now).filter(confirmed_at__isnull=False)
    competition = get_object_or_404(found, pk=competition_id)
    bids = bids_for_operator(request.member, now).filter(ballot__competition=competition)
    zone, clearings = request.member.organisation.zone, Clearings(request.member, competition, now)
    unit = power_unit(competition.power_type)
    listing = ResultBids(
        _decided(bids, request.GET.get("show", "")).select_related(None).select_related("ballot__provider"),
        request=request,
        rows=lambda shown: result_rows(clearings, shown, unit),
        zone=zone,
        **_counted(_chips(bids), request),
        **_with_prices(competition, "bidder", "window"),
    )
    windows = results_by_window(bids, competition)
    window = _asked([each.window for each in windows], request.GET.get("window", ""))
    cleared = clearings.of({window.pk} if window else ())
    context = {
        "competition": competition,
        "sums": operator_sums(request.member, [competition], now)[competition.pk],
        "windows": windows,
        "covered": sum(each.accepted_mw >= each.window.capacity_required_mw for each in windows),
        "window": window,
        "shown": window_result(cleared[window.pk], competition) if window and window.pk in cleared else None,
        "zone": zone,
        "currency": competition.operator.currency,
        "unit": unit,
        "kept": _kept(listing),
    }
    return list_page(request, "bidding/result.html", listing, context)


def _with_prices(competition: Competition, *first: str) -> dict[str, Any]:
    """The columns of a list of bids: after these and the capacity a column for each price."""
    prices = price_columns(competition.price_fields, competition.operator.currency)
    return {
        "extra_columns": prices,
        "sequence": (*first, "capacity", *(name for name, _ in prices), "..."),
    }


def _decided(bids: QuerySet[Bid], asked: str) -> QuerySet[Bid]:
    return bids.filter(decision=asked) if asked in (Decision.ACCEPTED, Decision.REJECTED) else bids


def _chips(bids: QuerySet[Bid]) -> list[Chip]:
    told = bids.select_related(None).order_by().values_list("decision").annotate(Count("pk"))
    counts = dict(told)
    kinds = [(each.value, each.taken, counts.get(each, 0)) for each in (Decision.ACCEPTED, Decision.REJECTED)]
    return [Chip(*kind) for kind in [("", "All", sum(counts.values())), *kinds]]


def _counted(chips: list[Chip], request: MemberRequest) -> dict[str, Any]:
    """The views of a list, and how many rows the one has that is shown; anything but a view shows all."""
    numbers = {chip.value: chip.number for chip in chips}
    return {"chips": chips, "count": numbers.get(request.GET.get("show", ""), numbers[""])}


def _window_of(own: QuerySet[Bid], asked: str) -> ServiceWindow:
    """The window asked for among those that were bid in; else that of the first bid that was rejected, or of
    the first."""
    keys = {str(key): key for key in own.order_by().values_list("window", flat=True)}
    if asked in keys:
        return own.filter(window=keys[asked])[0].window
    first = own.filter(decision=Decision.REJECTED).first() or own[0]
    return first.window


def _asked(windows: Sequence[ServiceWindow], asked: str) -> ServiceWindow | None:
    """The window asked for, or the first; None where there is none."""
    return next((each for each in windows if str(each.pk) == asked), windows[0] if windows else None)


def _kept(listing: List) -> str:
    """How the list is shown, for links that change the window alone."""
    asked = listing.request.GET.copy()
    asked.pop("window", None)
    return f"&{asked.urlencode()}" if asked else ""
