"""The pages of competitions: for everyone what is published, for the operator the means to set them up."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from accounts.enums import Role
from competitions import rules
from competitions.domain.maps import collection, competition_features
from competitions.domain.queries import competitions_visible_to, live_competitions, operator_competitions
from competitions.domain.timeline import timeline_of
from competitions.domain.working_copies import working_copies_of
from competitions.filters import CompetitionFilter
from competitions.links import links_for
from competitions.models import Competition
from competitions.tables import CompetitionTable
from marketplace import clock
from marketplace.web.access import member, public
from marketplace.web.zones import zone_of

PHASE_COLOURS = {
    "announced": "#0d4f63",
    "qualification_open": "#124a8c",
    "bidding_open": "#125c2c",
    "decision": "#7a4100",
}
MAP_SECONDS = 60


@require_GET
@public
def competition_list(request: HttpRequest) -> HttpResponse:
    """All competitions that the visitor may see, filtered and sorted; those live are on the map beside it."""
    now, zone = clock.now(), zone_of(request)
    found = CompetitionFilter(request.GET, queryset=competitions_visible_to(request.member, now), now=now)
    table = CompetitionTable(found.qs, now=now, zone=zone, order_by="-qualification_close")
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(
        request,
        "competitions/list.html",
        {
            "table": table,
            "filter": found,
            "may_set_up": rules.can_procure(request.member),
            "begun": working_copies_of(request.member) if rules.can_procure(request.member) else [],
            "zone": zone,
        },
    )


@require_GET
@public
def competition_page(request: HttpRequest, ref: str) -> HttpResponse:
    """One competition: where, when, how much, in which phase, and what the visitor can do next."""
    competition = _visible(request, ref)
    now = clock.now()
    is_own = request.member is not None and request.member.organisation_id == competition.operator_id
    return render(
        request,
        "competitions/competition.html",
        {
            "competition": competition,
            "phase": competition.phase(now),
            "steps": timeline_of(competition, now),
            "windows": competition.windows.select_related("period"),
            "boundaries": competition.boundaries.select_related("area"),
            "zone": zone_of(request),
            "operator_zone": competition.operator.zone,
            "is_own": is_own,
            "verbs": rules.verbs_for(competition, now) if is_own and rules.can_procure(request.member) else (),
            "links": links_for(request.member, competition, now),
        },
    )


@require_GET
@public
def competition_shape(request: HttpRequest, ref: str) -> HttpResponse:
    """The boundary of one competition as GeoJSON."""
    competition = _visible(request, ref)
    return JsonResponse(collection(competition_features(competition)), content_type="application/geo+json")


@require_GET
@public
def live_map(request: HttpRequest) -> HttpResponse:
    """The boundaries of all live competitions as GeoJSON, coloured by phase; the same for every visitor."""
    features = cache.get("competitions.live_map")
    if features is None:
        now = clock.now()
        features = []
        for competition in live_competitions(now).select_related("boundary_shape").prefetch_related("boundaries"):
            phase = competition.phase(now)
            features += [
                each
                for each in competition_features(
                    competition,
                    text=f"{competition.operator}, {phase.label}",
                    url=f"/competitions/{competition.ref}/",
                    colour=PHASE_COLOURS.get(phase.value, "#4d5b6b"),
                )
                if each["properties"]["look"] == "area"
            ]
        cache.set("competitions.live_map", features, MAP_SECONDS)
    return JsonResponse(collection(features), content_type="application/geo+json")


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def competition_file(request: HttpRequest) -> HttpResponse:
    """Where the competition file comes from and goes to: template, existing competitions, upload."""
    return render(request, "competitions/file.html", {"any": operator_competitions(request.member).exists()})


def _visible(request: HttpRequest, ref: str) -> Competition:
    return get_object_or_404(competitions_visible_to(request.member, clock.now()), ref__iexact=ref)
