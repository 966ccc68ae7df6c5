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
from bidding.forms.decisions import WhatIfForm
from bidding.presenters.decisions import advice_for, bid_rows
from bidding.presenters.merit_order_file import merit_order_csv
from bidding.views.common import closed_competition, decision_page_context
from marketplace import attachments
from marketplace.web.access import member


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
    advice = advice_for(competition)
    windows = windows_of(competition)
    form = WhatIfForm(request.GET or None, competition=competition, windows=windows)
    found = None
    if form.is_bound and form.is_valid():
        found = what_if(
            competition,
            advice,
            required_mw=form.required_mw,
            maximum_budget=form.cleaned_data["maximum_budget"],
        )
    context = decision_page_context(request, competition, advice) | {
        "form": form,
        "found": found,
        "advice": advice,
    }
    if found is not None:
        context["windows"] = list(zip(found.coverage.windows, advice.recommended.windows, strict=True))
        context["changes"] = [("Comes in", bid) for bid in found.added] + [
            ("Drops out", bid) for bid in found.dropped
        ]
        context["no_change"] = not found.added and not found.dropped
        context["cheaper"] = found.cost_change < Decimal(0)
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
