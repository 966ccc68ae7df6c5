"""Why assets qualify or not in a competition: how many fail what, and every asset that the member sees."""

import uuid
from collections.abc import Sequence

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from competitions.models import Competition
from competitions.presenters.phases import step_of
from marketplace import clock
from marketplace.web.access import member
from marketplace.web.lists import list_page
from qualification.domain import queries
from qualification.domain.criteria.location import Location
from qualification.domain.verdicts import explanations, funnel
from qualification.filters import WhyFilter
from qualification.presenters import funnel as shown
from qualification.presenters.assets import window_rows
from qualification.presenters.why_map import why_points
from qualification.tables import AssetsAndWhy


@require_GET
@member()
def why(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """One competition against a provider's own assets, or against all that an operator sees."""
    now = clock.now()
    competition = _competition(request, competition_id)
    found = funnel.funnel_of(request.member, competition, now)
    opened = request.GET.get("open", "")
    groups = funnel.reason_groups(request.member, competition, opened, now) if opened else ()
    chosen_group = next((each for each in groups if each.key == request.GET.get("group")), None)
    assets = queries.assets_visible_to(request.member, now).exclude(status="archived")
    if chosen_group is not None:
        assets = assets.filter(pk__in=chosen_group.asset_ids)
    ordered = assets.order_by("provider__name", "ref", "pk")
    chosen = WhyFilter(request.GET, queryset=ordered, competition=competition, member=request.member)
    listing = AssetsAndWhy(
        chosen.qs,
        request=request,
        rows=lambda part: shown.with_distances(
            competition, explanations.lines_for(competition, part, now), part
        ),
        exclude=() if request.member.is_so else ("provider",),
    )
    unit, by_mw = shown.unit_of(competition), request.GET.get("by") == "mw"
    context = {
        "competition": competition,
        "step": step_of(competition.phase(now), visibility_only=competition.is_visibility_only),
        "title": shown.title_of(found, request.member),
        "funnel": found,
        "by_mw": by_mw,
        "eligible_percent": shown.eligible_percent(found, by_mw=by_mw),
        "bars": shown.bars_of(found, by_mw=by_mw, opened=opened, unit=unit),
        "unit": unit,
        "groups": groups,
        "chosen_group": chosen_group,
        "opened": opened,
        "ways": _ways(request, competition, found, groups if opened == Location.code else (), unit),
        "filter": chosen,
        "file_params": {"competition": str(competition.pk)},
        "windows": window_rows(request.member, competition),
        "is_filtered": bool(request.GET),
        "closes": shown.closes(competition, now),
        "can_enter": competition.qualification_open <= now and shown.closes(competition, now),
    }
    return list_page(request, "qualification/why.html", listing, context)


@gzip_page
@require_GET
@member()
def why_map(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The boundary and the assets in and around it."""
    competition = _competition(request, competition_id)
    points = why_points(request.member, competition, clock.now())
    return JsonResponse(points, content_type="application/geo+json")


def _competition(request: MemberRequest, competition_id: uuid.UUID) -> Competition:
    seen = queries.competitions_explained_to(request.member, clock.now())
    found: Competition = get_object_or_404(seen, pk=competition_id)
    return found


def _ways(
    request: MemberRequest,
    competition: Competition,
    found: funnel.Funnel,
    by_distance: Sequence[funnel.ReasonGroup],
    unit: str,
) -> list[shown.Way]:
    """What a provider can still do; nothing for an operator, and once verdicts are frozen."""
    if not request.member.is_fsp or found.is_frozen:
        return []
    rough = next((each for each in by_distance if each.key == "0p"), None)
    return shown.ways_of(funnel.quickest(request.member, competition, clock.now()), rough, unit)
