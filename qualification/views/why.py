"""Why assets qualify or not in a competition: every asset that the member sees, criterion by criterion."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.web.access import member
from marketplace.web.lists import list_page
from qualification.domain import queries
from qualification.domain.verdicts import explanations
from qualification.filters import WhyFilter
from qualification.presenters.assets import window_rows
from qualification.tables import AssetsAndWhy


@require_GET
@member()
def why(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """One competition against a provider's own assets, or against all that an operator sees."""
    now = clock.now()
    competition = get_object_or_404(queries.competitions_explained_to(request.member, now), pk=competition_id)
    assets = queries.assets_visible_to(request.member, now).exclude(status="archived")
    ordered = assets.order_by("provider__name", "ref", "pk")
    chosen = WhyFilter(request.GET, queryset=ordered, competition=competition, member=request.member)
    listing = AssetsAndWhy(
        chosen.qs,
        request=request,
        rows=lambda shown: explanations.lines_for(competition, shown, now),
        exclude=() if request.member.is_so else ("provider",),
    )
    context = {
        "competition": competition,
        "phase": competition.phase(now),
        "filter": chosen,
        "file_params": {"competition": str(competition.pk)},
        "windows": window_rows(request.member, competition),
        "is_filtered": bool(request.GET),
    }
    return list_page(request, "qualification/why.html", listing, context)
