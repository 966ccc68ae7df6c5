"""The list of competitions and its map, for everyone; for the operator where competitions by file come
from."""

import hashlib
import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest, VisitorRequest
from competitions import rules
from competitions.domain.places.live_map import level_of, map_text
from competitions.domain.queries import (
    by_next_deadline,
    competitions_visible_to,
    listed,
    operator_competitions,
)
from competitions.domain.setting_up.working_copies import working_copies_of
from competitions.filters import BEHIND, CompetitionFilter
from competitions.presenters.columns import bulk_for
from competitions.presenters.listing import chips, competition_rows, count_of, list_columns
from competitions.presenters.on_maps import legend, shape_properties
from competitions.tables import CompetitionList
from marketplace import clock
from marketplace.web.access import member, public
from marketplace.web.lists import list_page
from marketplace.web.rate_limits import heavy_public
from marketplace.web.visitors import kept_for_all, kept_for_visitors
from marketplace.web.zones import zone_of


@require_GET
@public
@kept_for_visitors
def competition_list(request: VisitorRequest) -> HttpResponse:
    """All competitions that the visitor may see, filtered and sorted; those live are on the map beside it."""
    now, zone = clock.now(), zone_of(request)
    found = CompetitionFilter(
        request.GET,
        queryset=by_next_deadline(competitions_visible_to(request.member, now), now),
        now=now,
        member=request.member,
    )
    may_set_up = rules.can_procure(request.member)
    bulk = bulk_for(request.member)
    views = chips(found, request.GET)
    listing = CompetitionList(
        listed(found.qs),
        request=request,
        count=count_of(views, found),
        rows=lambda shown: competition_rows(request.member, shown, now),
        zone=zone,
        extra_columns=list_columns(request.member),
        exclude=() if bulk else ("select",),
    )
    return list_page(
        request,
        "competitions/list.html",
        listing,
        {
            "filter": found,
            "may_set_up": may_set_up,
            "legend": legend(),
            "chips": views,
            "behind": _behind(found),
            "bulk": bulk,
            "begun": working_copies_of(request.member).select_related(None)
            if request.member is not None and may_set_up
            else [],
            "zone": zone,
        },
    )


def _behind(found: CompetitionFilter) -> str:
    """The less common filters as they are drawn; where nothing is chosen in them, the same for all who have them."""
    names = [name for name in BEHIND if name in found.form.fields]

    def drawn() -> str:
        fields = [found.form[name] for name in names]
        return render_to_string("competitions/_behind.html", {"behind": fields})

    if any(found.data.get(name) for name in names):
        return drawn()
    return kept_for_all(f"competitions.behind {names}", drawn, found.now)


@gzip_page
@require_GET
@public
@heavy_public
def live_map(request: VisitorRequest) -> HttpResponse:
    """The boundaries of the listed competitions that are live, by the list's own filter, in the detail of a
    zoom."""
    now = clock.now()
    found = CompetitionFilter(
        request.GET, queryset=competitions_visible_to(request.member, now), now=now, member=request.member
    )
    shown = found.live.select_related("operator", "boundary_shape").defer(
        "boundary_shape__inside_wkb", "boundary_shape__buffered_wkb", "description"
    )
    level = level_of(_number(request.GET.get("zoom"), 0))
    text = map_text(shown, level, _bounds(request), lambda one: shape_properties(one, now))
    etag = quote_etag(hashlib.sha256(text.encode()).hexdigest())
    response = HttpResponse(text, content_type="application/geo+json")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    answer = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(answer, HttpResponse)
    return answer


def _bounds(request: HttpRequest) -> tuple[float, float, float, float] | None:
    """West, south, east and north of what the map shows; None for everything."""
    edges = [_number(part, math.nan) for part in request.GET.get("bounds", "").split(",")]
    if len(edges) != 4 or any(math.isnan(edge) for edge in edges):
        return None
    west, south, east, north = edges
    return west, south, east, north


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text is not None else otherwise
    except ValueError:
        return otherwise


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def competition_file(request: MemberRequest) -> HttpResponse:
    """Where the competition file comes from and goes to: template, existing competitions, upload."""
    return render(request, "competitions/file.html", {"any": operator_competitions(request.member).exists()})
