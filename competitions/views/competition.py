"""The pages of one competition: a head that all share, and a tab each for its parts."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.requests import VisitorRequest
from competitions import rules
from competitions.domain.calendar_file import calendar_of
from competitions.domain.history import history_of
from competitions.domain.kept_windows import kept_windows
from competitions.domain.places.maps import collection, competition_features
from competitions.domain.queries import competitions_visible_to
from competitions.domain.questions import questions_seen_by
from competitions.exports.published_file import write_published
from competitions.forms.questions import QuestionForm
from competitions.models import Competition, ServiceWindow
from competitions.presenters import competition_page as shown
from competitions.presenters.facts import facts_of
from competitions.presenters.on_maps import shape_properties
from competitions.presenters.phases import step_of
from competitions.presenters.required import (
    calendar_heats,
    highest_text,
    month_heat,
    pattern_of,
    week_heat,
)
from competitions.presenters.settlement_terms import settlement_of
from competitions.presenters.stepper import stepper_of
from competitions.presenters.tabs import ASSETS, BIDS, parts_for, quantities_for
from marketplace import attachments, clock
from marketplace.units import power_unit
from marketplace.web.access import public
from marketplace.web.rate_limits import heavy_public
from marketplace.web.visitors import kept_for_visitors
from marketplace.web.zones import zone_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@public
@kept_for_visitors
def overview(request: VisitorRequest, ref: str) -> HttpResponse:
    """What is needed when, what there is against it, on which terms, where, and what this visitor can do next."""
    competition, now = _visible(request, ref)
    windows = kept_windows(competition)
    pattern = pattern_of(competition, windows)
    quantities = quantities_for(request.member, competition, now)
    boundaries = list(competition.boundaries.select_related("area"))
    unit = power_unit(competition.power_type)
    context = {
        "heat": week_heat(pattern, competition) if windows else None,
        "highest": highest_text(pattern.highest, competition),
        "quantities": quantities,
        "bullets": shown.bullet_lines(windows, quantities, unit) if quantities else [],
        "is_tightest": len(windows) > shown.MOST_BULLETS,
        "unit": unit,
        "sealed": shown.sealed_words(competition, zone_of(request), now),
        "facts": facts_of(competition),
        "settlement": settlement_of(competition, now),
        "boundaries": boundaries,
        "by_postcode": any(part.value for part in boundaries),
        "todo": shown.todo_of(request.member, competition, now),
    }
    return _page(request, competition, "competition", now, windows, context)


@require_GET
@public
@kept_for_visitors
def windows(request: VisitorRequest, ref: str) -> HttpResponse:
    """The service windows by period, when they are, and how far the need is covered in each."""
    competition, now = _visible(request, ref)
    found = kept_windows(competition)
    pattern = pattern_of(competition, found)
    opened = request.GET.get("period", "")
    context = {
        "folds": shown.folds_of(found, opened),
        "opened": opened,
        "is_folded": len(found) > shown.OPEN_AT_ONCE,
        "minutes": sum(window.available_minutes for window in found),
        "month_heat": month_heat(pattern, competition) if found else None,
        "calendars": calendar_heats(pattern, competition),
        "chart": shown.capacity_chart(found, quantities_for(request.member, competition, now), competition),
        "operator_zone": competition.operator.zone,
    }
    return _page(request, competition, "competition_windows", now, found, context)


@require_GET
@public
@kept_for_visitors
def period_windows(request: VisitorRequest, ref: str, period_id: UUID) -> HttpResponse:
    """The windows of one service period, for the fold that is opened."""
    competition, _ = _visible(request, ref)
    found = [window for window in kept_windows(competition) if window.period_id == period_id]
    if not found:
        raise Http404
    return render(request, "competitions/_windows.html", {"competition": competition, "windows": found})


@require_GET
@public
def assets(request: VisitorRequest, ref: str) -> HttpResponse:
    """Which assets are eligible and who has entered, as far as this visitor may know."""
    return _parts(request, ref, ASSETS, "competition_assets")


@require_GET
@public
def bids(request: VisitorRequest, ref: str) -> HttpResponse:
    """Bids once they are opened, and results once they are confirmed."""
    return _parts(request, ref, BIDS, "competition_bids")


def _parts(request: VisitorRequest, ref: str, tab: str, name: str) -> HttpResponse:
    competition, now = _visible(request, ref)
    found = parts_for(tab, request.member, competition, now)
    if not found:
        raise Http404
    query = shown.query_of(request.GET)
    made = [part.make(request.member, competition, now, query) for part in found]
    parts = [each for each in made if each is not None]
    merged: dict[str, Any] = {"parts": [each.template for each in parts]}
    for each in parts:
        merged |= each.context
    merged["sealed"] = shown.sealed_words(competition, zone_of(request), now) if tab == BIDS else ""
    return _page(request, competition, name, now, kept_windows(competition), merged)


@require_GET
@public
def questions(request: VisitorRequest, ref: str) -> HttpResponse:
    """What was asked and answered; a provider asks here."""
    competition, now = _visible(request, ref)
    context = {
        "questions": questions_seen_by(request.member, competition),
        "question_form": QuestionForm() if rules.can_ask(request.member, competition, now) else None,
        "may_answer": _is_own(request, competition) and rules.can_procure(request.member),
    }
    return _page(request, competition, "competition_questions", now, kept_windows(competition), context)


@require_GET
@public
def history(request: VisitorRequest, ref: str) -> HttpResponse:
    """What changed when: for its operator all of it, for others what was published."""
    competition, now = _visible(request, ref)
    context = {"amendments": history_of(competition, is_own=_is_own(request, competition), now=now)}
    return _page(request, competition, "competition_history", now, kept_windows(competition), context)


@require_GET
@public
def calendar(request: VisitorRequest, ref: str) -> HttpResponse:
    """The deadlines of one competition as a calendar file."""
    competition, _ = _visible(request, ref)
    address = request.build_absolute_uri(reverse("competitions:competition", args=[competition.ref]))
    response = HttpResponse(calendar_of(competition, address), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{competition.ref}.ics"'
    return response


@require_GET
@public
@kept_for_visitors
@heavy_public
def workbook(request: VisitorRequest, ref: str) -> HttpResponse:
    """The published terms, boundary and windows of one competition as a workbook."""
    competition, now = _visible(request, ref)
    target = BytesIO()
    write_published(competition, target, now)
    return attachments.response(target.getvalue(), f"{competition.ref}.xlsx", XLSX)


@require_GET
@public
@heavy_public
def shape(request: VisitorRequest, ref: str) -> HttpResponse:
    """The boundary of one competition as GeoJSON."""
    competition, now = _visible(request, ref)
    properties = shape_properties(competition, now)
    return JsonResponse(
        collection(competition_features(competition, **properties)), content_type="application/geo+json"
    )


def _page(
    request: VisitorRequest,
    competition: Competition,
    name: str,
    now: datetime,
    found: Sequence[ServiceWindow],
    context: dict[str, Any],
) -> HttpResponse:
    """A tab of the page under its head."""
    zone = zone_of(request)
    is_own = _is_own(request, competition)
    may_set_up = is_own and rules.can_procure(request.member)
    phase = competition.phase(now)
    head = {
        "competition": competition,
        "phase": phase,
        "step": step_of(phase, visibility_only=competition.is_visibility_only),
        "steps": stepper_of(competition, [window.period for window in found], zone, now),
        "tabs": shown.tabs_of(request.member, competition, name, now, windows=len(found)),
        "tab": name,
        "verbs": rules.verbs_for(competition, now) if may_set_up else (),
        "may_set_up": may_set_up,
        "is_own": is_own,
        "zone": zone,
    }
    return render(request, f"competitions/{name}.html", head | context)


def _is_own(request: VisitorRequest, competition: Competition) -> bool:
    return request.member is not None and request.member.organisation_id == competition.operator_id


def _visible(request: VisitorRequest, ref: str) -> tuple[Competition, datetime]:
    """The competition as far as this visitor may see it, and the instant by which that is judged."""
    now = clock.now()
    return get_object_or_404(competitions_visible_to(request.member, now), ref__iexact=ref), now
