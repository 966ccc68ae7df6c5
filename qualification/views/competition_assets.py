"""The operator's page of a competition's assets."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from competitions.domain.queries import competitions_visible_to
from marketplace import clock
from marketplace.web.access import member
from qualification.views.common import competition_assets_page


@require_GET
@member("so")
def competition_assets(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Which assets qualify in one of the operator's competitions, why others do not, and who has entered."""
    now = clock.now()
    competition = get_object_or_404(
        competitions_visible_to(request.member, now).filter(publish_on__lte=now), pk=competition_id
    )
    return competition_assets_page(request, competition)
