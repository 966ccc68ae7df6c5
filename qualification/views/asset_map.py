"""The map of assets, and the list of those in view beside it."""

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.web.access import member
from marketplace.web.lists import page_of
from qualification.domain import queries
from qualification.filters import AssetFilter
from qualification.models import Asset
from qualification.presenters import map_points

LIST_ROWS = 15


def _chosen(request: MemberRequest) -> AssetFilter:
    seen, groups = queries.assets_visible_to(request.member, clock.now()), queries.groups_of(request.member)
    return AssetFilter(request.GET, queryset=seen, groups=groups)


def _in_view(
    request: MemberRequest, assets: "QuerySet[Asset]", number: int | None = None
) -> dict[str, object]:
    """The page of those in view; ``number`` is how many there are in all, where that is known."""
    view = map_points.view_asked(request.GET)
    shown = map_points.within(assets, view).order_by("ref", "pk")
    counted = number if view == map_points.View() else None
    return {"page": page_of(shown, request.GET.get("page"), LIST_ROWS, counted)}


@require_GET
@member()
def assets_map(request: MemberRequest) -> HttpResponse:
    """The assets that the member sees on a map: a provider's own, or those that concern an operator."""
    chosen = _chosen(request)
    reach = map_points.reach(chosen.qs)
    context = _in_view(request, chosen.qs, reach.number) | {
        "filter": chosen,
        "extent": reach.extent if reach.number else "",
        "outside": reach.outside,
    }
    return render(request, "qualification/assets_map.html", context)


@require_GET
@member()
def assets_in_view(request: MemberRequest) -> HttpResponse:
    """The list alone, for the map to refresh as it is moved."""
    return render(request, "qualification/_assets_in_view.html", _in_view(request, _chosen(request).qs))


@gzip_page
@require_GET
@member()
def assets_geojson(request: MemberRequest) -> HttpResponse:
    """The points or clusters of the map's view."""
    shown = map_points.points(_chosen(request).qs, map_points.view_asked(request.GET))
    return JsonResponse(shown, content_type="application/geo+json")
