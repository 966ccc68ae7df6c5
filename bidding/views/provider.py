"""The provider's pages: where it may bid, its ballots, outcomes and receipts."""

import json
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.ballots import submitting as actions
from bidding.domain.ballots.history import versions_of
from bidding.domain.ballots.totals import offerable
from bidding.domain.gate.proof import receipts_file
from bidding.domain.gate.receipts import lists_named
from bidding.domain.queries import ballots_of, bids_in, has_receipts, receipts_of
from bidding.presenters.ballots import ballot_lines, bid_lines, competition_rows, entered
from bidding.tables import EnteredCompetitions, OwnBallots, OwnBids
from bidding.views.common import ballot_of, bidding_page_context, entered_competition
from marketplace import attachments, clock
from marketplace.web.access import member
from marketplace.web.lists import list_page, page_of
from marketplace.web.refusals import refusal_shown
from qualification.domain.verdicts.freeze import ensure_frozen


@require_GET
@member("fsp", Role.BIDS)
def bid_list(request: MemberRequest) -> HttpResponse:
    """The competitions that the company has entered, those open for bids first."""
    now = clock.now()
    zone = request.member.organisation.zone
    listing = EnteredCompetitions(
        entered(request.member, now),
        request=request,
        rows=lambda shown: competition_rows(request.member, shown, now),
        zone=zone,
    )
    return list_page(request, "bidding/list.html", listing, {"zone": zone})


@require_GET
@member("fsp", Role.BIDS)
def competition_bids(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The company's ballots in one competition, what limits them, and after the confirmation their
    results."""
    now = clock.now()
    competition = entered_competition(request, competition_id, now)
    ensure_frozen(competition, now)
    zone = request.member.organisation.zone
    ballots = OwnBallots(
        ballots_of(request.member, competition),
        request=request,
        rows=lambda shown: ballot_lines(shown, competition),
        zone=zone,
    )
    bids = OwnBids(
        bids_in(request.member, competition),
        request=request,
        rows=lambda shown: bid_lines(shown, competition),
        zone=zone,
        count=None if ballots.count else 0,
    )
    context = bidding_page_context(request, competition, now) | {
        "ballots": ballots,
        "offerable": offerable(request.member, competition, now),
        "has_receipts": has_receipts(request.member, competition),
    }
    return list_page(request, "bidding/competition.html", bids, context)


@require_GET
@member("fsp", Role.BIDS)
def receipts(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The receipts of every accepted change, newest first."""
    competition = entered_competition(request, competition_id)
    page = page_of(receipts_of(request.member, competition), request.GET.get("page"))
    return render(
        request, "bidding/receipts.html", bidding_page_context(request, competition) | {"page": page}
    )


@require_GET
@member("fsp", Role.BIDS)
def receipts_to_keep(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """All receipts in a file that proves them, oldest first."""
    competition = entered_competition(request, competition_id)
    held = list(receipts_of(request.member, competition).order_by("recorded_at", "id"))
    content = json.dumps(receipts_file(held), indent=2, ensure_ascii=False).encode()
    return attachments.response(content, f"receipts_{competition.ref}.json", "application/json")


@require_GET
@member("fsp", Role.BIDS)
def history(request: MemberRequest, ballot_id: uuid.UUID) -> HttpResponse:
    """Every version of a ballot, told from the company's own receipts."""
    ballot = ballot_of(request, ballot_id)
    held = list(receipts_of(request.member, ballot.competition).filter(ballot_id=ballot.pk))
    versions = versions_of(held, lists_named(ballot.provider_id, [each.content for each in held]))
    page = page_of(versions, request.GET.get("page"))
    context = bidding_page_context(request, ballot.competition) | {"ballot": ballot, "page": page}
    return render(request, "bidding/history.html", context)


@member("fsp", Role.BIDS)
def withdraw_ballot(request: MemberRequest, ballot_id: uuid.UUID) -> HttpResponse:
    """Ask, then take a ballot back."""
    ballot = ballot_of(request, ballot_id)
    competition = ballot.competition
    if request.method != "POST":
        return render(
            request, "bidding/withdraw.html", bidding_page_context(request, competition) | {"ballot": ballot}
        )
    with refusal_shown(request, "Nothing was withdrawn. "):
        seen = str(request.POST.get("version", ""))
        actions.withdraw_ballot(
            by=request.member, competition=competition, label=ballot.label, now=clock.now(), seen=seen
        )
        messages.success(request, f"Ballot {ballot.label} is withdrawn; its receipts are kept.")
    return redirect("bidding:competition", competition.pk)
