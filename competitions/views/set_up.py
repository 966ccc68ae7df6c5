"""What an operator does with a stored competition: publish, duplicate, move its dates, archive, cancel."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions import rules
from competitions.domain.queries import operator_competitions
from competitions.domain.setting_up.date_shift import moved
from competitions.domain.setting_up.going_live import Visibility, going_live
from competitions.domain.setting_up.saving import cancel_competition
from competitions.domain.setting_up.terms import Terms, terms_of
from competitions.domain.setting_up.working_copies import start_copy
from competitions.forms.set_up import CancelForm
from competitions.forms.typed import DuplicateForm, OffsetForm
from competitions.models import Competition
from competitions.workbooks import bulk, typed
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def publish(request: MemberRequest, ref: str) -> HttpResponse:
    """Publish a draft at once: what providers will see is said by GET, done by POST."""
    competition, now = _own(request, ref), clock.now()
    with refusal_shown(request):
        rules.check_may_publish(competition, now)
        if request.method == "GET":
            sentences = going_live([Visibility(competition.publish_on, now)], now, competition.operator.zone)
            [planned] = bulk.plan_publishing([competition], now)
            return render(
                request,
                "competitions/publish.html",
                {"competition": competition, "sentences": sentences, "fields": planned.fields},
            )
        typed.publish(by=request.member, competition=competition, now=now)
        messages.success(request, f"{competition.ref} is published: providers see it from now on.")
    return redirect("competitions:competition", competition.ref)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def archive(request: MemberRequest, ref: str) -> HttpResponse:
    """Take a competition that is over out of the lists."""
    competition = _own(request, ref)
    with refusal_shown(request):
        typed.archive(by=request.member, competition=competition, now=clock.now())
        messages.success(request, f"{competition.ref} is archived: it is in no list unless asked for.")
    return redirect("competitions:competition", competition.ref)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def duplicate(request: MemberRequest, ref: str) -> HttpResponse:
    """Begin a new competition like a stored one, its dates moved."""
    competition = _own(request, ref)
    form = DuplicateForm(request.POST or None, initial={"name": competition.name, "days": 364})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            terms = _moved(terms_of(competition), competition, asked["days"])
            terms = replace(terms, ref=asked["ref"], header={**terms.header, "name": asked["name"]})
            copy = start_copy(
                by=request.member, sheets=typed.sheets_of(terms, competition.operator.zone), now=clock.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("competitions:typed_review", copy.pk)
    status = 422 if form.errors else 200
    return render(
        request, "competitions/duplicate.html", {"competition": competition, "form": form}, status=status
    )


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def move(request: MemberRequest, ref: str) -> HttpResponse:
    """Move the dates that lie ahead by a number of days: asked and previewed by GET, done by POST as
    previewed."""
    competition, now = _own(request, ref), clock.now()
    try:
        rules.check_may_move(competition, now)
    except Refused as refusal:
        return _back(request, competition, refusal)
    form = OffsetForm(
        request.POST or (request.GET if "days" in request.GET else None), initial={"periods": True}
    )
    context: dict[str, Any] = {"competition": competition, "form": form}
    if form.is_bound and form.is_valid():
        try:
            asked = form.cleaned_data
            sheets, context["stays"] = typed.sheets_moved(
                competition=competition, days=asked["days"], with_periods=asked["periods"], now=now
            )
            if request.method == "POST":
                seen = request.POST.get("fingerprint", "")
                is_confirmed = "confirmed" in request.POST
                typed.save_typed(
                    by=request.member, sheets=sheets, seen=seen, now=now, is_confirmed=is_confirmed
                )
                messages.success(request, f"The dates of {competition.ref} are moved.")
                return redirect("competitions:competition", competition.ref)
            plan = typed.plan_typed(by=request.member, sheets=sheets, now=now)
            context |= {"plan": plan, "is_refused": typed.is_refused(plan), "fingerprint": plan.fingerprint()}
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return render(request, "competitions/move.html", context, status=422 if form.errors else 200)


def _moved(terms: Terms, competition: Competition, days: int) -> Terms:
    try:
        return moved(terms, days, competition.operator.zone)
    except (OverflowError, ValueError):
        raise Refused(typed.TOO_FAR) from None


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def cancel(request: MemberRequest, ref: str) -> HttpResponse:
    """Cancel a competition, after saying why."""
    competition = _own(request, ref)
    try:
        rules.check_may_cancel(competition, clock.now())
    except Refused as refusal:
        return _back(request, competition, refusal)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_competition(
                by=request.member,
                competition=competition,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{competition.ref} is cancelled.")
            return redirect("competitions:competition", competition.ref)
    [planned] = bulk.plan_cancelling([competition], clock.now())
    return render(
        request,
        "competitions/cancel.html",
        {"competition": competition, "form": form, "fields": planned.fields},
        status=422 if form.errors else 200,
    )


def _back(request: MemberRequest, competition: Competition, refusal: Refused) -> HttpResponse:
    """The competition's page, saying why a form that is asked for could do nothing."""
    messages.error(request, refusal.sentence)
    return redirect("competitions:competition", competition.ref)


def _own(request: MemberRequest, ref: str) -> Competition:
    return get_object_or_404(operator_competitions(request.member), ref__iexact=ref)
