"""The operator's answer desk: declared availability accepted, stretch by stretch or all at once, and released."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import named_day
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown
from operations import rules
from operations.domain.accepting import (
    Accepted,
    Answer,
    answer,
    answer_waiting,
    digest_of,
    planned,
    waiting_for,
)
from operations.domain.told import contracts_with_availability, promises_of, serving
from operations.forms.availability import monday_of, typed_cells
from operations.presenters import answers as shown
from operations.presenters.availability import WEEK, week_of

WINDOWS_A_PAGE = 12


@require_GET
@member("so", Role.OPERATIONS)
def desk(request: MemberRequest) -> HttpResponse:
    """What is required, declared and accepted in a week, to answer in."""
    return _desk(request, {})


@require_POST
@member("so", Role.OPERATIONS)
def save(request: MemberRequest) -> HttpResponse:
    """Give the answers that were typed."""
    try:
        done = answer(by=request.member, stretches=_typed(request.POST.dict()), now=clock.now())
    except ValidationError as fault:
        messages.error(request, f"Nothing was answered. {fault.messages[0]}")
        return _desk(request, request.POST.dict(), 422)
    except Refused as refusal:
        messages.error(request, f"Nothing was answered. {refusal.sentence}")
        return _desk(request, request.POST.dict(), 422)
    if done:
        messages.success(
            request, f"{counted(done, 'stretch', 'stretches')} answered; the providers are told."
        )
    else:
        messages.info(request, "Nothing changed.")
    return _to_desk(request)


@member("so", Role.OPERATIONS)
def confirm(request: MemberRequest, what: str) -> HttpResponse:
    """Show what an answer to everything would freeze, and give it."""
    if what not in set(Answer):
        raise Http404
    asked = Answer(what)
    if request.method == "POST":
        with refusal_shown(request):
            done = answer_waiting(
                by=request.member, what=asked, seen=request.POST.get("seen", ""), now=clock.now()
            )
            messages.success(
                request, f"{counted(done, 'stretch', 'stretches')} answered; the providers are told."
            )
        return redirect("operations:answer_desk")
    now = clock.now()
    waiting = waiting_for(request.member, now)
    answers = planned(request.member, asked, now)
    context = {
        "plan": shown.plan_of(asked, answers, waiting),
        "stake": shown.stake_of(waiting),
        "seen": digest_of(answers),
        "what": what,
        "zone": request.member.organisation.zone,
    }
    return render(request, "operations/answer_all.html", context)


def _desk(request: MemberRequest, typed: Mapping[str, str], status: int = 200) -> HttpResponse:
    now = clock.now()
    zone = request.member.organisation.zone
    today = now.astimezone(zone).date()
    waiting = waiting_for(request.member, now)
    week = week_of(monday_of(request.GET.get("week"), shown.first_day_of(waiting) or today + WEEK))
    contracts = serving(contracts_with_availability(request.member), week.first, week.days[-1][0])
    contracts = contracts.filter(status__in=rules.CAN_RUN)
    windows = contracts.order_by("competition__ref", "period_name", "window_name", "bid__window").values_list(
        "competition__ref", "period_name", "window_name", "bid__window"
    )
    page = Paginator(windows.distinct(), WINDOWS_A_PAGE).get_page(request.GET.get("page"))
    own = contracts.filter(bid__window__in=[each[-1] for each in page.object_list])
    groups = shown.groups_of(promises_of(own, week.first, week.days[-1][0]), week, now, typed)
    context = {
        "week": week,
        "this_week": (today - timedelta(days=today.weekday())).isoformat(),
        "groups": groups,
        "page": page,
        "stake": shown.stake_of(waiting),
        "can_answer": any(row.name for group in groups for row in group.rows),
        "has_any": bool(groups) or contracts_with_availability(request.member).exists(),
        "zone": zone,
    }
    return render(request, "operations/answer_desk.html", context, status=status)


def _typed(data: Mapping[str, str]) -> list[Accepted]:
    return [Accepted(key, *_span(place), mw) for (key, place), mw in typed_cells(data).items()]


def _span(place: str) -> tuple[datetime, datetime]:
    start, _, end = place.partition("~")
    try:
        found = datetime.fromisoformat(start), datetime.fromisoformat(end)
        for each in found:
            named_day(each.date().isoformat())
    except ValueError:
        raise ValidationError("The page is not one of ours; open it again.") from None
    if any(each.tzinfo is None for each in found):
        raise ValidationError("The page is not one of ours; open it again.")
    return found


def _to_desk(request: MemberRequest) -> HttpResponseRedirect:
    asked = {name: request.GET[name] for name in ("week", "page") if name in request.GET}
    return redirect(f"{reverse('operations:answer_desk')}?{urlencode(asked)}")
