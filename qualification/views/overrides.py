"""What the operator decides about a competition's assets and entries by page: overrides and reopened
entries."""

import uuid
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.queries import operator_competitions
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.lists import page_of
from qualification.domain import queries
from qualification.domain.entries.reopening import reopen_entry
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.verdicts.standing import providers_in
from qualification.forms.overrides import OverrideForm, ReasonForm
from qualification.views.common import competition_assets_page

PAGE_ROWS = 50


def _own(request: MemberRequest, competition_id: uuid.UUID) -> Competition:
    published = operator_competitions(request.member).filter(publish_on__lte=clock.now())
    return get_object_or_404(published, pk=competition_id)


def _seen_at(request: MemberRequest) -> datetime:
    """When the page was made that the form stood on; a form that doesn't say so has seen nothing yet."""
    try:
        told = parse_datetime(request.POST.get("seen_at", ""))
    except ValueError:
        told = None
    return told if told is not None and told.tzinfo is not None else datetime.min.replace(tzinfo=UTC)


def _back(competition: Competition, query: str = "") -> HttpResponse:
    """The list again, as it was narrowed down."""
    address = reverse("qualification:competition_assets", args=[competition.pk])
    return redirect(f"{address}?{query}" if query else address)


@require_http_methods(["GET", "POST"])
@member("so", Role.PROCUREMENT)
def override(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Qualify or disqualify the chosen assets, or take their overrides back: all or none.

    What can't be done is shown on the list again, with what was chosen and typed; paging from there leads to
    the list.
    """
    competition = _own(request, competition_id)
    if request.method == "GET":
        return _back(competition, request.GET.urlencode())
    form = OverrideForm(request.POST)
    if not form.is_valid():
        for sentences in form.errors.values():
            for sentence in sentences:
                messages.error(request, str(sentence))
        return competition_assets_page(request, competition, overriding=request.POST, status=422)
    decision, reason = form.cleaned_data["decision"], form.cleaned_data["reason"]
    decided = [Decided(each, decision, reason if decision else "") for each in form.chosen]
    try:
        count = override_assets(
            by=request.member,
            competition=competition,
            decided=decided,
            now=clock.now(),
            seen_at=_seen_at(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return competition_assets_page(request, competition, overriding=request.POST, status=422)
    else:
        told = f"{count} asset{'' if count == 1 else 's'} overridden." if count else "Nothing was changed."
        messages.success(request, told)
    return _back(competition, request.GET.urlencode())


@require_GET
@member("so")
def overrides(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Every decision about the competition's assets, newest first."""
    competition = _own(request, competition_id)
    decisions = queries.overrides_visible_to(request.member).filter(competition=competition)
    context = {
        "competition": competition,
        "page": page_of(decisions, request.GET.get("page"), PAGE_ROWS),
        "zone": request.member.organisation.zone,
    }
    return render(request, "qualification/overrides.html", context)


@require_http_methods(["GET", "POST"])
@member("so", Role.PROCUREMENT)
def reopen(request: MemberRequest, competition_id: uuid.UUID, provider_id: uuid.UUID) -> HttpResponse:
    """Give a provider leave to enter after qualification close."""
    competition = _own(request, competition_id)
    provider = get_object_or_404(providers_in(competition), pk=provider_id)
    if request.method == "GET":
        return _back(competition, request.GET.urlencode())
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Reopening an entry needs a reason: the provider reads it.")
        return competition_assets_page(request, competition, status=422)
    try:
        reopen_entry(
            by=request.member,
            competition=competition,
            provider=provider,
            reason=form.cleaned_data["reason"],
            now=clock.now(),
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        typed = {str(provider.pk): form.cleaned_data["reason"]}
        return competition_assets_page(request, competition, reopening=typed, status=422)
    else:
        messages.success(request, f"{provider} may enter until bidding opens, and has been told.")
    return _back(competition)
