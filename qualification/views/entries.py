"""The provider's pages of entries."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.calendar_file import calendar_of_many
from competitions.domain.queries import competitions_visible_to, listed
from competitions.models import Competition
from marketplace import clock
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown
from qualification import rules
from qualification.domain import queries
from qualification.domain.cover import competitions_that_concern
from qualification.domain.entries import entering as actions
from qualification.forms.entries import AnswerForm
from qualification.presenters.assets import entry_rows
from qualification.tables import Entries

MOST_IN_CALENDAR = 500


@require_GET
@member("fsp")
def entries(request: MemberRequest) -> HttpResponse:
    """The live competitions, what the company could offer in each, and its entries."""
    now = clock.now()
    can_manage, zone = rules.can_manage_assets(request.member), request.member.organisation.zone
    listing = Entries(
        listed(queries.competitions_to_answer(request.member, now)),
        request=request,
        rows=lambda shown: entry_rows(request.member, shown, now),
        zone=zone,
        count=queries.live_count(request.member, now),
        exclude=() if can_manage else ("select", "answer"),
    )
    return list_page(request, "qualification/entries.html", listing, {"can_manage": can_manage, "zone": zone})


@require_GET
@member()
def own_calendar(request: MemberRequest) -> HttpResponse:
    """The deadlines that concern the organisation as one calendar file: an operator's own competitions, those
    that a provider has entered or could enter."""

    def address(competition: Competition) -> str:
        return request.build_absolute_uri(reverse("competitions:competition", args=[competition.ref]))

    found = competitions_that_concern(request.member, clock.now())[:MOST_IN_CALENDAR]
    text = calendar_of_many(found, "Flexibility marketplace", address)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="deadlines.ics"'
    return response


@require_POST
@member("fsp", Role.PROCUREMENT)
def enter(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Enter one competition."""
    return _answer(request, competition_id, actions.enter, "You have entered {}.")


@require_POST
@member("fsp", Role.PROCUREMENT)
def withdraw(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Withdraw from one competition."""
    return _answer(request, competition_id, actions.withdraw, "You do not take part in {}.")


def _answer(request: MemberRequest, competition_id: uuid.UUID, action: Any, told: str) -> HttpResponse:
    now = clock.now()
    competition = get_object_or_404(competitions_visible_to(request.member, now), pk=competition_id)
    with refusal_shown(request):
        action(by=request.member, competition=competition, now=now)
        messages.success(request, told.format(competition.ref))
    return redirect("qualification:entries")


@require_POST
@member("fsp", Role.PROCUREMENT)
def answer_many(request: MemberRequest) -> HttpResponse:
    """Enter, or withdraw from, several competitions; each succeeds or fails by itself."""
    now = clock.now()
    offered = queries.competitions_to_answer(request.member, now)
    open_ones = list(offered.values_list("pk", flat=True))
    asked = request.POST.copy()
    ticked, known = asked.getlist("competitions"), {str(each) for each in open_ones}
    asked.setlist("competitions", [key for key in ticked if key in known])
    form = AnswerForm(asked, offered=open_ones)
    if not form.is_valid():
        messages.error(request, "Choose at least one competition in which qualification is open to you.")
        return redirect("qualification:entries")
    chosen = offered.filter(pk__in=form.cleaned_data["competitions"])
    act = actions.enter_many if form.cleaned_data["answer"] == "enter" else actions.withdraw_many
    outcomes = act(by=request.member, competitions=chosen, now=now)
    done = [each.competition.ref for each in outcomes if not each.refusal]
    if done:
        messages.success(request, f"Done for {len(done)}: {', '.join(done)}.")
    if left := len(ticked) - len(asked.getlist("competitions")):
        messages.info(
            request, f"{counted(left, 'competition')} left as before: qualification is not open there."
        )
    for each in outcomes:
        if each.refusal:
            messages.error(request, each.refusal)
    return redirect("qualification:entries")
