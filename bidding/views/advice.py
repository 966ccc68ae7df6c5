"""The operator's pages around the advice: the charts of the desk, what if, and what changed meanwhile."""

import uuid
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.ballots.standings import windows_of
from bidding.domain.decisions.seen import decisions_digest
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.what_if import what_if
from bidding.forms.decisions import WhatIfForm
from bidding.presenters.charts import coverage_chart, merit_order_chart
from bidding.presenters.decisions import advice_for, bid_rows, window_lines
from bidding.views.common import closed_competition, decision_page_context
from marketplace.units import power_unit
from marketplace.web.access import member


@require_GET
@member("so", Role.BIDS)
def charts(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Coverage of all windows, and the merit order of one of them."""
    competition = closed_competition(request, competition_id)
    advice = advice_for(competition)
    windows = windows_of(competition)
    chosen = next((each for each in windows if str(each.pk) == request.GET.get("window")), None)
    if chosen is None:
        with_bids = {bid.window_id for bid in advice.bids}
        chosen = next((each for each in windows if each.pk in with_bids), windows[0])
    rows = [row for row in bid_rows(advice) if row.bid.window_id == chosen.pk]
    unit = power_unit(competition.power_type)
    lines = window_lines(advice)
    context = decision_page_context(request, competition, advice) | {
        "windows": windows,
        "chosen": chosen,
        "rows": rows,
        "lines": lines,
        "merit_order": merit_order_chart(
            rows, chosen.capacity_required_mw, unit, competition.operator.currency
        ),
        "coverage_chart": coverage_chart(lines, unit),
        "greedy": advice.merit_order,
        "advice": advice,
        "saved": advice.merit_order.cost - advice.recommendation.cost,
        "short": advice.merit_order.missing_mw - advice.recommendation.total_uncovered_mw,
    }
    return render(request, "bidding/charts.html", context)


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
    digest = decisions_digest(list(bids_of_competition(competition)))
    changed = request.GET.get("seen") != digest or (
        competition.confirmed_at is not None and "open" in request.GET
    )
    return render(
        request, "bidding/_changes.html", {"changed": changed, "competition": competition, "seen": digest}
    )
