"""The operator's pages around the advice: the merit order as a file, what if, and what changed meanwhile."""

import uuid
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.ballots.bidding_context import windows_of
from bidding.domain.decisions.tally import tallied_bids, tally_digest
from bidding.domain.recommendation.what_if import what_if
from bidding.forms.what_if import WhatIfForm
from bidding.presenters.decisions import PAGE_SECONDS, advice_for, bid_rows, offers_for
from bidding.presenters.merit_order_file import merit_order_csv
from bidding.presenters.what_if import tried
from bidding.views.common import closed_competition
from marketplace import attachments
from marketplace.units import power_unit
from marketplace.web.access import member

SLIDING_SECONDS = 1.5
"""While a slider moves an answer is wanted soon; the button gives it time to be proven."""


@require_GET
@member("so", Role.BIDS)
def charts(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Where the charts were: the desk shows them beside the bids."""
    competition = closed_competition(request, competition_id)
    window = request.GET.get("window", "")
    at = f"?{urlencode({'window': window})}" if window else ""
    return redirect(reverse("bidding:desk", args=[competition.pk]) + at)


@require_GET
@member("so", Role.BIDS)
def merit_order_file(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The bids of all windows in merit order, with cost, advice and decision."""
    competition = closed_competition(request, competition_id)
    text = merit_order_csv(bid_rows(advice_for(competition)), competition.operator.currency)
    return attachments.response(
        text.encode("utf-8-sig"), f"{competition.ref}-merit-order.csv", "text/csv; charset=utf-8"
    )


@require_GET
@member("so", Role.BIDS)
def what_if_page(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The recommendation under other MW and another budget; nothing is saved."""
    competition = closed_competition(request, competition_id)
    advice, windows = offers_for(competition), windows_of(competition)
    asked = request.GET.get("window", "")
    shown = next((each for each in windows if str(each.pk) == asked), windows[0] if windows else None)
    form = WhatIfForm(
        request.GET if set(request.GET) - {"window"} else None,
        competition=competition,
        windows=windows,
        shown=shown,
        most=sum((bid.cost for bid in advice.offered), Decimal(0)),
    )
    found = None
    if form.is_bound and form.is_valid():
        found = what_if(
            competition,
            advice,
            required_mw=form.required_mw,
            maximum_budget=form.cleaned_data["maximum_budget"],
            seconds=SLIDING_SECONDS if request.headers.get("HX-Request") else PAGE_SECONDS,
        )
    kept = request.GET.copy()
    kept.pop("window", None)
    context = {
        "competition": competition,
        "form": form,
        "found": found,
        "advice": advice,
        "tried": tried(competition, windows, shown, advice, found),
        "shown": shown,
        "kept": f"&{kept.urlencode()}" if kept else "",
        "currency": competition.operator.currency,
        "unit": power_unit(competition.power_type),
    }
    return render(request, "bidding/what_if.html", context)


@require_GET
@member("so", Role.BIDS)
def changes(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Whether somebody decided something since the desk was loaded; the desk asks every few seconds."""
    competition = closed_competition(request, competition_id)
    digest = tally_digest(tallied_bids(competition))
    changed = request.GET.get("seen") != digest or (
        competition.confirmed_at is not None and "open" in request.GET
    )
    return render(
        request, "bidding/_changes.html", {"changed": changed, "competition": competition, "seen": digest}
    )
