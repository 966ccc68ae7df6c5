"""The operator's pages: which competitions to decide, and the desk of one."""

import uuid
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

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
from bidding.domain.decisions.seen import ChangedSince
from bidding.domain.decisions.tally import tallied_bids
from bidding.domain.gate.closing import close_due_of
from bidding.domain.queries import competitions_to_confirm
from bidding.enums import Decision, RejectionReason
from bidding.forms.decisions import DecideForm, RejectForm, RowsForm
from bidding.presenters.decisions import advice_for, competition_rows, seen_decisions
from bidding.presenters.desk import PRICE_HEADS, Desk, desk_of
from bidding.presenters.desk_rows_html import rows_html
from bidding.tables import ClosedCompetitions, CompetitionsWithoutBids
from bidding.views.common import closed_competition
from competitions.models import Competition
from competitions.presenters.phases import step_of
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.units import power_unit
from marketplace.web.access import member
from marketplace.web.lists import list_page


@require_GET
@member("so", Role.BIDS)
def decision_list(request: MemberRequest) -> HttpResponse:
    """The competitions that wait for decisions or for confirmation: those with bids, and apart those
    without."""
    now = clock.now()
    close_due_of(request.member, now)
    waiting = competitions_to_confirm(request.member, now).select_related("gate_close", "operator")
    zone = request.member.organisation.zone
    listing = ClosedCompetitions(
        waiting.filter(gate_close__bid_count__gt=0),
        request=request,
        rows=lambda shown: competition_rows(request.member, shown, now),
        zone=zone,
    )
    context = {
        "empty": CompetitionsWithoutBids(waiting.filter(gate_close__bid_count=0), request=request, zone=zone),
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
    form = DecideForm(request.POST, offered=_offered(competition))
    if not form.is_valid():
        return _not_understood(request, competition, form)
    changes = dict.fromkeys(form.bid_ids, Decision.ACCEPTED)
    return _ask_first(request, competition, form, changes) or _decide(request, competition, form, changes)


@require_POST
@member("so", Role.BIDS)
def decide_rows(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Decide each bid whose choice in its row differs from what was shown."""
    competition = closed_competition(request, competition_id)
    form = RowsForm(request.POST, offered=_offered(competition))
    if not form.is_valid():
        return _not_understood(request, competition, form)
    return _ask_first(request, competition, form, form.changes) or _decide(
        request, competition, form, form.changes
    )


@require_POST
@member("so", Role.BIDS)
def reject(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Reject bids, with a reason."""
    competition = closed_competition(request, competition_id)
    form = RejectForm(request.POST, offered=_offered(competition))
    if not form.is_valid():
        return _not_understood(request, competition, form)
    return _decide(request, competition, form, dict.fromkeys(form.bid_ids, Decision.REJECTED))


@require_POST
@member("so", Role.BIDS)
def reopen(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Make bids undecided again."""
    competition = closed_competition(request, competition_id)
    form = DecideForm(request.POST, offered=_offered(competition))
    if not form.is_valid():
        return _not_understood(request, competition, form)
    return _decide(request, competition, form, dict.fromkeys(form.bid_ids, Decision.UNDECIDED))


@require_POST
@member("so", Role.BIDS)
def follow(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Decide every bid as recommended."""
    competition = closed_competition(request, competition_id)
    shown = advice_for(competition)
    seen, _, followed = request.POST.get("seen", "").partition(".")
    if followed != shown.fingerprint:
        messages.error(
            request,
            "The recommendation changed since your page was made, so nothing was decided. Look at it again.",
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
    now = clock.now()
    shown = desk_of(
        competition,
        window=request.GET.get("window", ""),
        bid=request.GET.get("bid", ""),
        page=request.GET.get("page", ""),
    )
    can_decide, at = rules.is_decision_open(competition, now), _at(shown)
    chosen = request.POST.getlist("bids")
    context = {
        "competition": competition,
        "step": step_of(competition.phase(now)),
        "can_decide": can_decide,
        "desk": shown,
        "rows": shown and rows_html(shown, competition, can_decide=can_decide, chosen=chosen, at=at),
        "at": at,
        "prices": [(PRICE_HEADS[name], name) for name in competition.price_fields],
        "unit": power_unit(competition.power_type),
        "zone": request.member.organisation.zone,
        "currency": competition.operator.currency,
        "typed": request.POST,
        "reasons": RejectionReason.choices,
        "refusal": refusal,
    }
    return render(request, "bidding/desk.html", context)


def _at(shown: Desk | None) -> str:
    """The window and page of the desk, for the addresses to which its forms are sent."""
    return "" if shown is None else f"?window={shown.here.window.pk}&page={shown.page.number}"


def _offered(competition: Competition) -> list[uuid.UUID]:
    return [bid.id for bid in tallied_bids(competition)]


def _ask_first(
    request: MemberRequest,
    competition: Competition,
    form: DecideForm | RowsForm,
    changes: Mapping[uuid.UUID, Decision],
) -> HttpResponse | None:
    """The page that asks before going beyond what is required or the budget; None where there is nothing to
    ask."""
    beyond = _beyond(competition, changes)
    asked = sha256("\n".join(beyond).encode()).hexdigest()
    if (
        not beyond or form.cleaned_data["sure"] == asked
    ):  # it asks again when it goes further than what was asked
        return None
    accepted = [key for key, decision in changes.items() if decision == Decision.ACCEPTED]
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "sure")
        for value in values
    ]
    context = {"competition": competition, "warnings": beyond, "bids": accepted, "asked": asked, "sent": sent}
    return render(request, "bidding/accept_anyway.html", context)


def _beyond(competition: Competition, changes: Mapping[uuid.UUID, Decision]) -> list[str]:
    """What these decisions would exceed, that is not exceeded yet."""
    if Decision.ACCEPTED not in changes.values():
        return []
    advice = advice_for(competition)
    accepted = {str(bid.pk) for bid in advice.bids if changes.get(bid.pk, bid.decision) == Decision.ACCEPTED}
    already = set(advice.decided.warnings)
    return [each for each in advice.covered(accepted).warnings if each not in already]


def _decide(
    request: MemberRequest,
    competition: Competition,
    form: DecideForm | RowsForm,
    changes: Mapping[uuid.UUID, Decision],
) -> HttpResponse:
    seen = seen_decisions(request.POST.getlist("seen"))
    if not seen.keys() >= changes.keys():
        messages.error(request, "Nothing was decided: the page did not say what it had shown. Try again.")
        return _desk_page(request, competition)
    reason, comment = form.cleaned_data.get("reason", ""), form.cleaned_data.get("comment", "")
    wanted = [
        BidDecision(key, decision, reason, comment, seen.get(key))
        if decision == Decision.REJECTED
        else BidDecision(key, decision, seen=seen.get(key))
        for key, decision in changes.items()
    ]
    try:
        changed = actions.decide_bids(
            by=request.member, competition=competition, decisions=wanted, now=clock.now()
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _desk_page(request, competition)
    messages.success(request, _told(changes, len(changed)))
    return _back_to_desk(request, competition, list(changes))


def _told(changes: Mapping[uuid.UUID, Decision], changed: int) -> str:
    words = {Decision.ACCEPTED: "accepted", Decision.REJECTED: "rejected", Decision.UNDECIDED: "open again"}
    kinds = set(changes.values())
    return f"{counted(changed, 'bid')} {words[kinds.pop()] if len(kinds) == 1 else 'decided'}."


def _back_to_desk(request: MemberRequest, competition: Competition, decided: list[uuid.UUID]) -> HttpResponse:
    """The desk at the bid when it was a single one, else at the window and page that the decision came
    from."""
    desk_url = reverse("bidding:desk", args=[competition.pk])
    if len(decided) == 1:
        return redirect(f"{desk_url}?bid={decided[0]}#bid-{decided[0]}")
    kept = {name: request.GET[name] for name in ("window", "page") if request.GET.get(name)}
    return redirect(f"{desk_url}?{urlencode(kept)}" if kept else desk_url)


def _not_understood(
    request: MemberRequest, competition: Competition, form: DecideForm | RowsForm
) -> HttpResponse:
    messages.error(request, str(next(iter(form.errors.values()))[0]))
    return _desk_page(request, competition)
