"""The page of one dispatch, and what its parties do to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.payment import rounded
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import exact_text
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown
from operations.domain.dispatch_queries import dispatch_messages, dispatches_of
from operations.domain.dispatching import (
    acknowledge_dispatch,
    amend_dispatch,
    cancel_dispatch,
    decline_dispatch,
    stop_dispatch,
)
from operations.domain.messages import note_shown
from operations.domain.watching import acknowledge_stop
from operations.forms.dispatches import AmendForm, DeclineForm, EndForm
from operations.models import Dispatch
from operations.presenters.dispatch_page import DispatchPage, page_of

UNCHANGED = 204


@require_GET
@member(role=Role.OPERATIONS)
def page(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One dispatch: what it asks for, how it stands, its trail, and how the provider was told."""
    return render(request, "operations/dispatch.html", _context(request, _dispatch(request, pk)))


@require_GET
@member(role=Role.OPERATIONS)
def live(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The parts of the page that are asked for again and again; nothing while nothing changed."""
    context = _context(request, _dispatch(request, pk))
    if request.GET.get("seen") == context["page"].digest:
        return HttpResponse(status=UNCHANGED)
    return render(request, "operations/_dispatch_live.html", context)


@require_POST
@member("fsp", Role.OPERATIONS)
def acknowledge(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Confirm the dispatch, or the amendment that is named."""
    dispatch = _dispatch(request, pk)
    number = request.POST.get("amendment", "")
    amendment = int(number) if number.isdecimal() and len(number) < 5 else None
    with refusal_shown(request):
        acknowledge_dispatch(by=request.member, dispatch_id=dispatch.pk, amendment=amendment, now=clock.now())
        messages.success(request, f"{dispatch.ref} is acknowledged.")
    return _back(request, dispatch)


@require_POST
@member("fsp", Role.OPERATIONS)
def acknowledge_stopped(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Confirm that the emergency stop of the dispatch was read."""
    dispatch = _dispatch(request, pk)
    stops = dispatch_messages(request.member, dispatch).filter(kind="dispatch_emergency_stopped")
    for each in stops:
        acknowledge_stop(by=request.member, message_id=each.pk, now=clock.now())
        messages.success(request, f"The stop of {dispatch.ref} is acknowledged.")
    return _back(request, dispatch)


def _back(request: MemberRequest, dispatch: Dispatch) -> HttpResponse:
    """To the provider's first page where the button stood there, else to the dispatch."""
    if request.POST.get("from") == "desk":
        return redirect("operations:dispatch_home")
    return redirect("operations:dispatch", dispatch.pk)


@member("fsp", Role.OPERATIONS)
def decline(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask why, then decline the dispatch."""
    dispatch = _dispatch(request, pk)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            decline_dispatch(
                by=request.member,
                dispatch_id=dispatch.pk,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            told = "" if dispatch.is_own_test else "; the operator is told"
            messages.success(request, f"{dispatch.ref} is declined{told}.")
            return redirect("operations:dispatch", pk)
    return _form_page(request, "operations/dispatch_decline.html", dispatch, form)


@member("so", Role.OPERATIONS)
def amend(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for other MW or another end, from an instant on."""
    dispatch = _dispatch(request, pk)
    zone, now = dispatch.contract.buyer.zone, clock.now()
    form = AmendForm(
        request.POST if request.method == "POST" else None,
        zone=zone,
        now=now,
        initial=_as_it_is(page_of(request.member, dispatch, now), now),
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            amend_dispatch(
                by=request.member,
                dispatch_id=dispatch.pk,
                mw=told["mw"],
                since=told["from"],
                end=told["until"],
                now=now,
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{dispatch.ref} is amended; the provider is told.")
            return redirect("operations:dispatch", pk)
    return _form_page(request, "operations/dispatch_amend.html", dispatch, form)


def _as_it_is(shown: DispatchPage, now: datetime) -> dict[str, Any]:
    """The profile as it stands, for the form to start from."""
    if not shown.standing.pieces:
        return {}
    last, zone = shown.standing.pieces[-1], shown.zone
    return {
        "mw": exact_text(rounded(last.mw, 6)),
        "since": max(last.start, now).astimezone(zone).time(),
        "end": last.end.astimezone(zone).time(),
    }


@member("so", Role.OPERATIONS)
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask first, then take the dispatch back before its start."""
    return _end(request, pk, cancel_dispatch, "cancelled", "operations/dispatch_cancel.html")


@member("so", Role.OPERATIONS)
def stop(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask first, then end the dispatch that runs."""
    return _end(request, pk, stop_dispatch, "stopped", "operations/dispatch_stop.html")


def _end(request: MemberRequest, pk: UUID, action: Any, done: str, template: str) -> HttpResponse:
    dispatch = _dispatch(request, pk)
    form = EndForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].required = False
    if request.method == "POST" and form.is_valid():
        try:
            action(
                by=request.member,
                dispatch_id=dispatch.pk,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{dispatch.ref} is {done}; the provider is told.")
            return redirect("operations:dispatch", pk)
    return _form_page(request, template, dispatch, form)


def _form_page(request: MemberRequest, template: str, dispatch: Dispatch, form: Any) -> HttpResponse:
    shown = page_of(request.member, dispatch, clock.now())
    context = {"dispatch": dispatch, "contract": dispatch.contract, "page": shown, "form": form}
    return render(request, template, context, status=422 if form.errors else 200)


def _dispatch(request: MemberRequest, pk: UUID) -> Dispatch:
    dispatch: Dispatch = get_object_or_404(dispatches_of(request.member), pk=pk)
    return dispatch


def _context(request: MemberRequest, dispatch: Dispatch) -> dict[str, Any]:
    now = clock.now()
    if not request.viewing_as:  # type: ignore[attr-defined]
        note_shown(request.member, _unseen(request, dispatch), now)
    shown = page_of(request.member, dispatch, now)
    return {
        "page": shown,
        "dispatch": dispatch,
        "contract": dispatch.contract,
        "now": now,
        "zone": shown.zone,
    }


def _unseen(request: MemberRequest, dispatch: Dispatch) -> list[Any]:
    if request.member.organisation_id != dispatch.contract.seller_id:
        return []
    return [
        each
        for each in dispatch_messages(request.member, dispatch)
        if not any(receipt.kind == "page" for receipt in each.receipts.all())
    ]
