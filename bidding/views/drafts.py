"""What a provider's member types for a ballot, kept until it is placed or discarded."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.ballots.kept_drafts import drop_draft, keep_draft
from bidding.forms.drafts import fields_of
from bidding.views.common import ballot_of, entered_competition
from marketplace import clock
from marketplace.dates import time_of_day
from marketplace.errors import Refused
from marketplace.web.access import member


@require_POST
@member("fsp", Role.BIDS)
def draft(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """Keep the form as it stands, or discard what is kept."""
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if "discard" in request.POST:
        drop_draft(by=request.member, competition=competition, ballot=ballot)
        messages.info(request, "The draft is discarded; nothing was recorded.")
        return redirect("bidding:competition", competition.pk)
    now = clock.now()
    try:
        keep_draft(
            by=request.member, competition=competition, ballot=ballot, fields=fields_of(request.POST), now=now
        )
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=409)
    told = time_of_day(now, request.member.organisation.zone, seconds=True)
    return JsonResponse({"saved": told, "at": now.isoformat()})
