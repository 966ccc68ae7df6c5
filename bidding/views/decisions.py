"""The operator's pages: which competitions to decide, and the desk of one."""

import uuid
from hashlib import sha256

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding import rules
from bidding.domain.decisions import deciding as actions
from bidding.domain.decisions.deciding import BidDecision
from bidding.domain.decisions.rounds import rounds_to_confirm
from bidding.domain.decisions.seen import ChangedSince, decisions_digest
from bidding.domain.gate.closing import close_due_of
from bidding.domain.queries import closed_competitions
from bidding.domain.recommendation.advice import Advice, coverage_with
from bidding.enums import Decision, RejectionReason
from bidding.forms.decisions import DecideForm, RejectForm
from bidding.presenters.decisions import advice_for, bid_rows, competition_rows, seen_decisions, window_lines
from bidding.tables import ClosedCompetitions, CompetitionsWithoutBids, DeskBids
from bidding.views.common import closed_competition, decision_page_context
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.lists import list_page


@require_GET
@member("so", Role.BIDS)
def decision_list(request: MemberRequest) -> HttpResponse:
    """The competitions whose bidding has closed: those with bids, and apart those without."""
    now = clock.now()
    close_due_of(request.member, now)
    closed = closed_competitions(request.member, now).filter(cancelled_at=None)
    zone = request.member.organisation.zone
    listing = ClosedCompetitions(
        closed.filter(gate_close__bid_count__gt=0),
        request=request,
        rows=lambda shown: competition_rows(request.member, shown, now),
        zone=zone,
    )
    context = {
        "empty": CompetitionsWithoutBids(closed.filter(gate_close__bid_count=0), request=request, zone=zone),
        "can_change_policy": rules.can_change_policy(request.member),
        "rounds": rounds_to_confirm(request.member, now),
        "zone": zone,
    }
    return list_page(request, "bidding/decisions.html", listing, context)


@require_GET
@member("so", Role.BIDS)
def desk(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The bids of one competition in merit order, with advice, coverage, cost and the decisions so far."""
    return _desk_page(request, closed_competition(request, competition_id))


@require_POST
@member("so", Role.BIDS)
def accept(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Accept bids; beyond what is required or the budget only after asking."""
    competition = closed_competition(request, competition_id)
    advice = advice_for(competition)
    form = DecideForm(request.POST, offered=[bid.pk for bid in advice.bids])
    if not form.is_valid():
        return _not_understood(request, competition, form)
    beyond = _beyond(competition, advice, set(form.bid_ids))
    asked = sha256("\n".join(beyond).encode()).hexdigest()
    if beyond and form.cleaned_data["sure"] != asked:  # also when it goes further beyond than what was asked
        context = {"competition": competition, "warnings": beyond, "bids": form.bid_ids, "asked": asked}
        return render(request, "bidding/accept_anyway.html", context | {"seen": request.POST.getlist("seen")})
    return _decide(request, competition, form, Decision.ACCEPTED)


@require_POST
@member("so", Role.BIDS)
def reject(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Reject bids, with a reason."""
    competition = closed_competition(request, competition_id)
    form = RejectForm(request.POST, offered=_offered(competition))
    if not form.is_valid():
        return _not_understood(request, competition, form)
    return _decide(request, competition, form, Decision.REJECTED)


@require_POST
@member("so", Role.BIDS)
def reopen(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Make bids undecided again."""
    competition = closed_competition(request, competition_id)
    form = DecideForm(request.POST, offered=_offered(competition))
    if not form.is_valid():
        return _not_understood(request, competition, form)
    return _decide(request, competition, form, Decision.UNDECIDED)


@require_POST
@member("so", Role.BIDS)
def follow(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Decide every bid as recommended."""
    competition = closed_competition(request, competition_id)
    shown = advice_for(competition)
    seen, _, followed = request.POST.get("seen", "").partition(".")
    if followed != shown.fingerprint:
        messages.error(
            request, "The recommendation is another one by now, so nothing was decided. Look at it again."
        )
        return redirect("bidding:desk", competition.pk)
    try:
        advice = actions.decide_as_recommended(
            by=request.member,
            competition=competition,
            now=clock.now(),
            known=shown.recommendation,
            all_seen=seen,
        )
    except ChangedSince as refusal:
        return _desk_page(request, competition, refusal)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        count = len(advice.recommendation.accepted)
        messages.success(request, f"As recommended: {count} accepted, {len(advice.bids) - count} rejected.")
    return redirect("bidding:desk", competition.pk)


def _desk_page(
    request: MemberRequest, competition: Competition, refusal: ChangedSince | None = None
) -> HttpResponse:
    """The desk; after a decision that was refused, with what was chosen and typed."""
    advice = advice_for(competition)
    told = decision_page_context(request, competition, advice)
    hidden = () if told["can_decide"] else ("select",)
    listing = DeskBids(bid_rows(advice), request=request, chosen=request.POST.getlist("bids"), exclude=hidden)
    number = listing.page.number
    context = told | {
        "listing": listing,
        "at_page": f"?page={number}" if number > 1 else "",
        "typed": request.POST,
        "lines": window_lines(advice),
        "advice": advice,
        "reasons": RejectionReason.choices,
        "seen": decisions_digest(advice.bids),
        "refusal": refusal,
        "lacks_estimates": any(not row.is_estimated for row in listing.records),
    }
    return render(request, "bidding/desk.html", context)


def _offered(competition: Competition) -> list[uuid.UUID]:
    return [bid.pk for bid in advice_for(competition).bids]


def _beyond(competition: Competition, advice: Advice, wanted: set[uuid.UUID]) -> list[str]:
    """What accepting these bids too would exceed, that is not exceeded yet."""
    accepted = [bid for bid in advice.bids if bid.pk in wanted or bid.decision == Decision.ACCEPTED]
    already = set(advice.decided.warnings)
    return [
        each for each in coverage_with(competition, advice.bids, accepted).warnings if each not in already
    ]


def _decide(
    request: MemberRequest, competition: Competition, form: DecideForm, decision: Decision
) -> HttpResponse:
    seen = seen_decisions(request.POST.getlist("seen"))
    if not seen.keys() >= set(form.bid_ids):
        messages.error(request, "Nothing was decided, since the page did not tell what you saw. Try again.")
        return _desk_page(request, competition)
    reason, comment = form.cleaned_data.get("reason", ""), form.cleaned_data.get("comment", "")
    wanted = [BidDecision(each, decision, reason, comment, seen.get(each)) for each in form.bid_ids]
    try:
        changed = actions.decide_bids(
            by=request.member, competition=competition, decisions=wanted, now=clock.now()
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _desk_page(request, competition)
    told = {Decision.ACCEPTED: "accepted", Decision.REJECTED: "rejected"}.get(decision, "undecided again")
    messages.success(request, f"{len(changed)} bid{'' if len(changed) == 1 else 's'} {told}.")
    return _back_to_desk(request, competition, form.bid_ids)


def _back_to_desk(request: MemberRequest, competition: Competition, decided: list[uuid.UUID]) -> HttpResponse:
    """The page of the desk that the decision came from, at the bid when it was a single one."""
    number = request.GET.get("page", "")
    query = f"?page={number}" if number.isdecimal() else ""
    place = f"#bid-{decided[0]}" if len(decided) == 1 else ""
    return redirect(reverse("bidding:desk", args=[competition.pk]) + query + place)


def _not_understood(request: MemberRequest, competition: Competition, form: DecideForm) -> HttpResponse:
    messages.error(request, str(next(iter(form.errors.values()))[0]))
    return _desk_page(request, competition)
