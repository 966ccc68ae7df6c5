"""Planning help: from a demand series to proposed service windows, and on to a competition that is begun."""

import uuid
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.demand_reading import Series
from competitions.domain.demand_series import keep_series, series_of, series_visible_to
from competitions.domain.planning import ProposedPeriod, day_curve, load_curve, propose
from competitions.domain.setting_up.working_copies import MOST_ROWS, start_copy
from competitions.domain.simplifying import simplify
from competitions.domain.suspicions import Suspicion, left_out_by, suspicions_of
from competitions.forms.planning import PlanForm, SeriesForm, cells_of, month_after, rows_sent
from competitions.presenters.charts import load_chart, year_chart
from competitions.workbooks.specs import WINDOWS
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused

SHOWN_ODDITIES = 5
SHOWN_SUSPICIONS = 50


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def planning(request: MemberRequest) -> HttpResponse:
    """First step: the demand series."""
    form = SeriesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            kept = keep_series(by=request.member, filename=sent.name, data=sent.read(), now=clock.now())
        except Refused as refusal:
            form.add_error("file", refusal.sentence)
        else:
            return redirect("competitions:plan", kept.pk)
    status = 422 if form.errors else 200
    return render(request, "competitions/planning.html", {"form": form}, status=status)


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def plan(request: MemberRequest, file_id: uuid.UUID) -> HttpResponse:
    """Second step: the firm capacity, and what follows from it. The address holds the whole plan."""
    file = get_object_or_404(series_visible_to(request.member), pk=file_id)
    try:
        series = series_of(file, request.member)
    except Refused as refusal:
        return redirect_refused(request, refusal, "competitions:planning")
    zone = request.member.organisation.zone
    next_month = month_after(clock.now().astimezone(zone).date())
    form = PlanForm(request.GET if "firm_mw" in request.GET else None, initial={"first_month": next_month})
    found = suspicions_of(series)
    context: dict[str, Any] = {
        "form": form,
        "file": file,
        "series": series,
        "oddities": _oddities(series),
        "suspicions": found[:SHOWN_SUSPICIONS],
        "suspicion_counts": Counter(each.kind for each in found).most_common(),
        "more_suspicions": max(0, len(found) - SHOWN_SUSPICIONS),
        "zone": zone,
        "highest": max(series.readings),
    }
    if form.is_bound and form.is_valid():
        context |= _proposal(request, series, found, form.cleaned_data)
    return render(request, "competitions/plan.html", context)


def _oddities(series: Series) -> dict[str, Any]:
    """The first few of each kind of oddity, and how many there are."""
    kinds: dict[str, Any] = {"repeats": series.repeats}
    kinds |= {"lines": series.unreadable}
    differing = sum(len(set(repeat.readings)) > 1 for repeat in series.repeats)
    return {name: {"count": len(found), "first": found[:SHOWN_ODDITIES]} for name, found in kinds.items()} | {
        "differing": differing
    }


def _proposal(
    request: MemberRequest, series: Series, found: list[Suspicion], told: dict[str, Any]
) -> dict[str, Any]:
    zone = request.member.organisation.zone
    left_out = frozenset() if told["with_suspicious"] else left_out_by(series, found)
    whole = propose(
        series,
        told["firm_mw"],
        zone=zone,
        first_month=told["first_month"],
        merged=not told["apart"],
        left_out=left_out,
    )
    made = simplify(
        whole,
        most_gap_minutes=told["gap"],
        least_times=told["least_times"] or 1,
        least_mw=told["least_mw"] or Decimal(0),
    )
    periods = list(made.periods)
    month = told["month"] or _month_of_most(periods)
    curve = load_curve(series, told["firm_mw"], zone=zone, month=month, left_out=left_out) if month else []
    rows = [window for period in periods for window in period.windows]
    return {
        "is_planned": True,
        "periods": periods,
        "month": month,
        "month_name": f"{date(2000, month, 1):%B}" if month else "",
        "chart": load_chart(curve, told["firm_mw"], f"{date(2000, month, 1):%B}")
        if curve and month
        else None,
        "year": year_chart(day_curve(series, zone=zone, left_out=left_out), told["firm_mw"]),
        "whole_count": sum(len(period.windows) for period in whole),
        "made": made,
        "rows": list(zip(cells_of(periods), rows, strict=True)),
        "energy_mwh": sum((period.energy_mwh for period in periods), 0),
        "most_mw": max((window.need_mw for window in rows), default=0),
        "address": request.GET.copy(),
    }


def _month_of_most(periods: list[ProposedPeriod]) -> int | None:
    most = max(periods, key=lambda period: period.energy_mwh, default=None)
    return most.first_day.month if most is not None else None


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def plan_draft(request: MemberRequest, file_id: uuid.UUID) -> HttpResponse:
    """Begin a competition with the rows that were kept."""
    file = get_object_or_404(series_visible_to(request.member), pk=file_id)
    rows = rows_sent(request.POST)
    if not rows or len(rows) > MOST_ROWS:
        messages.error(request, "Keep at least one window." if not rows else f"At most {MOST_ROWS} windows.")
        return redirect("competitions:plan", file.pk)
    try:
        copy = start_copy(by=request.member, sheets={WINDOWS.name: rows}, now=clock.now())
    except Refused as refusal:
        return redirect_refused(request, refusal, "competitions:plan", file.pk)
    messages.success(
        request, f"A competition with {len(rows)} windows is begun. Say what else it needs, and save it."
    )
    return redirect("competitions:typed_header", copy.pk)
