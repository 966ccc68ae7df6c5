"""Several dispatches at once: an emergency stop of what runs, and a plan filled from many contracts."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts.models import Contract
from marketplace import clock
from marketplace.errors import NotAllowed, Refused
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused, refusal_shown
from operations.domain.dispatch_plan import Filled, issue_plan, plan_of
from operations.domain.dispatch_queries import contracts_to_call
from operations.domain.dispatch_warnings import warnings_of
from operations.domain.dispatching import stop_dispatch
from operations.domain.recording import make_ref
from operations.enums import DispatchKind
from operations.forms.dispatches import PlanForm
from operations.presenters.emergency import running_of
from operations.presenters.plan import among_of, choices_of

SALT = "operations.plan"


@member("so", Role.OPERATIONS)
def emergency_stop(request: MemberRequest) -> HttpResponse:
    """Name what runs, and stop what is ticked at once."""
    running = running_of(request.member, clock.now())
    if request.method == "POST":
        wanted = set(request.POST.getlist("dispatch"))
        chosen = [each for each in running if str(each.dispatch.pk) in wanted]
        _stop_all(request, [each.dispatch.pk for each in chosen])
        return redirect("operations:dispatch_home")
    only = request.GET.get("dispatch", "")
    context = {"running": running, "only": only}
    return render(request, "operations/emergency_stop.html", context)


def _stop_all(request: MemberRequest, dispatch_ids: Sequence[UUID]) -> None:
    """Stop each by itself: one that can't be stopped any more keeps none of the others running."""
    reason, stopped = request.POST.get("reason", "")[:1000], 0
    for pk in dispatch_ids:
        with refusal_shown(request):
            stop_dispatch(
                by=request.member, dispatch_id=pk, is_emergency=True, reason=reason, now=clock.now()
            )
            stopped += 1
    if stopped:
        messages.success(
            request, f"{counted(stopped, 'dispatch', 'dispatches')} stopped; the providers are told."
        )
    elif not dispatch_ids:
        messages.error(request, "Nothing was chosen, so nothing was stopped.")


@require_GET
@member("so", Role.OPERATIONS)
def plan(request: MemberRequest) -> HttpResponse:
    """Say how many MW are needed where and when, and see how they would be filled."""
    now, zone = clock.now(), request.member.organisation.zone
    contracts = list(contracts_to_call(request.member))
    form = _plan_form(request, contracts, now)
    shown: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        filled = _filled(form, contracts, now)
        warnings = _warned(filled, form, now)
        signed = _signed(request, filled, form, warnings)
        shown = {"filled": filled, "warnings": warnings, "signed": signed}
    context = {"form": form, "zone": zone, "any": bool(contracts), **shown}
    return render(request, "operations/plan.html", context)


def _plan_form(request: MemberRequest, contracts: Sequence[Contract], now: datetime) -> PlanForm:
    zone = request.member.organisation.zone
    data = request.GET if "mw" in request.GET else None
    first = {"day": now.astimezone(zone).date()}
    return PlanForm(data, choices=choices_of(contracts), zone=zone, initial=first)


def _filled(form: PlanForm, contracts: Sequence[Contract], now: datetime) -> Filled:
    told = form.cleaned_data
    return plan_of(among_of(contracts, told["among"]), told["mw"], told["from"], told["until"], now)


def _warned(filled: Filled, form: PlanForm, now: datetime) -> list[tuple[Contract, str]]:
    told = form.cleaned_data
    return [
        (each.contract, sentence)
        for each in filled.calls
        for sentence in warnings_of(each.contract, each.mw, told["from"], told["until"], now)
    ]


def _signed(
    request: MemberRequest, filled: Filled, form: PlanForm, warnings: Sequence[tuple[Contract, str]]
) -> str:
    """The plan exactly as it is shown, so that nothing else can be sent."""
    told = form.cleaned_data
    warned: dict[str, list[str]] = {}
    for contract, sentence in warnings:
        warned.setdefault(str(contract.pk), []).append(sentence)
    content = {
        "by": str(request.member.organisation_id),
        "calls": [[str(each.contract.pk), str(each.mw)] for each in filled.calls],
        "from": told["from"].isoformat(),
        "until": told["until"].isoformat(),
        "kind": told["kind"],
        "reason": told["reason"],
        "incident": told["incident_reference"],
        "ref": make_ref(request.member.organisation, clock.now()),
        "warned": warned,
    }
    return signing.dumps(content, salt=SALT, compress=True)


@require_POST
@member("so", Role.OPERATIONS)
def send_plan(request: MemberRequest) -> HttpResponse:
    """Send the plan that was shown: all of it, or none."""
    try:
        told = signing.loads(request.POST.get("plan", ""), salt=SALT)
        if told["by"] != str(request.member.organisation_id):
            raise NotAllowed("This plan is of another organisation.")
        calls = [(UUID(pk), Decimal(mw)) for pk, mw in told["calls"]]
    except (signing.BadSignature, InvalidOperation, json.JSONDecodeError, KeyError):
        messages.error(request, "The plan did not arrive whole, so nothing was sent. Make it again.")
        return redirect("operations:plan")
    if told["warned"] and request.POST.get("anyway") != "on":
        messages.error(request, "Say that the warnings are read; nothing was sent.")
        return redirect("operations:plan")
    try:
        made = issue_plan(
            by=request.member,
            calls=calls,
            start=datetime.fromisoformat(told["from"]),
            end=datetime.fromisoformat(told["until"]),
            kind=DispatchKind(told["kind"]),
            ref=told["ref"],
            reason=told["reason"],
            incident_reference=told["incident"],
            warnings={UUID(pk): sentences for pk, sentences in told["warned"].items()},
            now=clock.now(),
        )
    except Refused as refusal:
        return redirect_refused(request, refusal, "operations:plan")
    messages.success(request, f"{counted(len(made), 'dispatch is', 'dispatches are')} sent.")
    return redirect(f"{reverse('operations:dispatches')}?search={told['ref']}")
