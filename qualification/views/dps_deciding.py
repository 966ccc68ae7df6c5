"""Company qualification for operators: the applications to their DPSs, and deciding them."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.lists import list_page
from qualification.domain.dps import decisions as decisions
from qualification.domain.dps import queries as queries
from qualification.forms.dps import ApplicationFilter, ApproveForm, ReasonForm
from qualification.presenters.dps import (
    told_state,
)
from qualification.tables import Applications
from qualification.views.common import application_to_show


@require_GET
@member("so", Role.PROCUREMENT)
def applications(request: MemberRequest) -> HttpResponse:
    """The applications to the operator's DPSs, with filters."""
    now = clock.now()
    found = queries.applications_with_counts(request.member)
    chosen = ApplicationFilter(request.GET, queryset=found, member=request.member)
    listing = Applications(
        chosen.qs, request=request, rows=lambda shown: [(each, *told_state(each, now)) for each in shown]
    )
    context = {
        "filter": chosen,
        "any": bool(request.GET) or bool(listing.records),
        "zone": request.member.organisation.zone,
    }
    return list_page(request, "qualification/dps_applications.html", listing, context)


@member("so", Role.PROCUREMENT)
def approve(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Approve the company, for good or until a day."""
    form = ApproveForm(request.POST if request.method == "POST" else None)
    words = {"title": "Approve", "button": "Approve the company", "style": "primary", "told": "is approved"}
    return _decided(request, pk, form, decisions.approve_application, words)


@member("so", Role.PROCUREMENT)
def reject(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Reject the application, with a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    words = {"title": "Reject", "button": "Reject the application", "style": "danger", "told": "is rejected"}
    return _decided(request, pk, form, decisions.reject_application, words)


@member("so", Role.PROCUREMENT)
def revoke(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Revoke an approval, with a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    words = {
        "title": "Revoke",
        "button": "Revoke the approval",
        "style": "danger",
        "told": "is no longer approved",
    }
    return _decided(request, pk, form, decisions.revoke_approval, words)


def _decided(
    request: MemberRequest, pk: uuid.UUID, form: Any, act: Callable[..., None], words: dict[str, str]
) -> HttpResponse:
    shown = application_to_show(request, pk)
    seen = request.POST.get("seen", "") if request.method == "POST" else request.GET.get("seen", "")
    if request.method == "POST" and form.is_valid():
        try:
            act(by=request.member, application=shown, seen=seen, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            told = f"{shown.provider} {words['told']} on {shown.purchasing_system.reference}."
            messages.success(request, f"{told} Competitions that name it are checked again.")
            return redirect(reverse("qualification:dps_application", args=[pk]))
    context = {"application": shown, "form": form, "words": words, "seen": seen}
    return render(request, "qualification/dps_decide.html", context, status=422 if form.errors else 200)
