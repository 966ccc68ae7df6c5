"""The lines of a ballot's folded periods, fetched when one is opened."""

import re
import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding import rules
from bidding.domain.ballots.bidding_context import bidding_context_for, kept_windows
from bidding.presenters.ballot_grid import blank_lines, grid_of
from bidding.presenters.ballot_lines_html import drawn
from bidding.views.common import ballot_of, entered_competition
from marketplace import clock
from marketplace.web.access import member

_LATE = re.compile(r"(\d{1,4})\.(\d{1,5})")


@require_GET
@member("fsp", Role.BIDS)
def late_windows(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """Blank lines for the windows of the periods asked for, numbered as the page counts them."""
    now = clock.now()
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    asked = [found for text in request.GET.getlist("late") if (found := _LATE.fullmatch(text))]
    firsts = {int(found[1]): int(found[2]) for found in asked}
    if not rules.is_bidding_open(competition, now):
        return HttpResponse(status=409)
    windows = kept_windows(competition)
    bidding = bidding_context_for(request.member, competition, now, labels=[], windows=windows)
    grid = grid_of(competition, windows, blank_lines(competition, windows, firsts), bidding)
    context = {
        "competition": competition,
        "ballot": ballot,
        "grid": grid,
        "periods": drawn(
            [period for period in grid.periods if period.number in firsts],
            grid.width,
            competition,
            ballot,
        ),
    }
    return render(request, "bidding/_ballot_periods.html", context)
