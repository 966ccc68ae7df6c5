"""The operator's pages of its DPSs: list, new, change, open, close. Who applies to them is qualification's
part."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain import purchasing_systems as actions
from competitions.domain.queries import purchasing_systems_of
from competitions.forms.purchasing_systems import PurchasingSystemForm
from competitions.tables import PurchasingSystems
from marketplace import clock
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def dps_list(request: MemberRequest) -> HttpResponse:
    """The operator's DPSs, open and closed."""
    listing = PurchasingSystems(purchasing_systems_of(request.member), request=request)
    return list_page(request, "competitions/dps_list.html", listing, {})


@member(kind="so", role=Role.PROCUREMENT)
def dps_new(request: MemberRequest) -> HttpResponse:
    """Make a DPS; companies can apply to it at once."""
    form = PurchasingSystemForm(request.POST or None, is_new=True)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_purchasing_system(by=request.member, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{made.reference} is open: providers can apply to it.")
            return redirect("competitions:dps_list")
    return render(request, "competitions/dps_form.html", {"form": form}, status=422 if form.errors else 200)


@member(kind="so", role=Role.PROCUREMENT)
def dps_edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Change a DPS's name and description."""
    system = get_object_or_404(purchasing_systems_of(request.member), pk=pk)
    form = PurchasingSystemForm(request.POST or None, initial=actions.described(system), is_new=False)
    context: dict[str, Any] = {"form": form, "system": system, "changed": None}
    if request.method == "POST" and form.is_valid():
        try:
            actions.describe_purchasing_system(
                by=request.member,
                system=system,
                now=clock.now(),
                seen=request.POST.get("seen", ""),
                **form.cleaned_data,
            )
        except ChangedMeanwhile as refusal:
            context["changed"] = refusal
            system.refresh_from_db()
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{system.reference} is saved.")
            return redirect("competitions:dps_list")
    context["seen"] = mark_of(actions.described(system))
    status = 409 if context["changed"] else 422 if form.errors else 200
    return render(request, "competitions/dps_form.html", context, status=status)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def dps_open(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Let companies apply."""
    return _switched(request, pk, actions.open_purchasing_system, "is open: providers can apply to it.")


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def dps_close(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take no more applications."""
    return _switched(request, pk, actions.close_purchasing_system, "is closed. Approvals stay as they are.")


def _switched(request: MemberRequest, pk: UUID, act: Callable[..., None], told: str) -> HttpResponse:
    system = get_object_or_404(purchasing_systems_of(request.member), pk=pk)
    with refusal_shown(request):
        act(by=request.member, system=system, now=clock.now())
        messages.success(request, f"{system.reference} {told}")
    return redirect("competitions:dps_list")
