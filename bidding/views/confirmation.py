"""The operator's pages that end a competition: confirming one or a whole round, and the policy for doing
so."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding import rules
from bidding.domain.decisions.confirmation import confirm_results
from bidding.domain.decisions.policy import change_policy, policy_of
from bidding.domain.decisions.proposals import (
    proposal_for,
    propose_confirmation,
    takes_two,
    version_of,
    withdraw_proposal,
)
from bidding.domain.decisions.rounds import competitions_of_round, confirm_round
from bidding.domain.decisions.seen import ChangedSince, Seen, decisions_digest
from bidding.domain.decisions.two_people import tenures_of, why_not_one_of_two
from bidding.domain.gate.closing import close_due_of
from bidding.domain.results.bidder_disclosure import names_now
from bidding.forms.decisions import PolicyForm, TypedOutForm
from bidding.presenters.decisions import advice_for, provider_totals, round_lines, window_lines
from bidding.views.common import closed_competition, decision_page_context
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown


@member("so", Role.BIDS)
def confirm(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Show the totals, have the ref typed out, and confirm for good."""
    competition = closed_competition(request, competition_id)
    if competition.confirmed_at is not None:
        return redirect("bidding:desk", competition.pk)
    form = TypedOutForm(
        request.POST if request.method == "POST" else None, expected=competition.ref, what="ref"
    )
    refused: Refused | None = None
    seen = Seen.from_text(request.POST.get("seen", ""))
    if request.method == "POST" and form.is_valid():
        try:
            confirm_results(by=request.member, competition=competition, seen=seen, now=clock.now())
        except Refused as refusal:
            refused, form = refusal, TypedOutForm(expected=competition.ref, what="ref")
        else:
            messages.success(request, f"The results of {competition.ref} are confirmed.")
            return redirect("bidding:desk", competition.pk)
    return _confirm_page(request, competition, form, refused)


def _confirm_page(
    request: MemberRequest, competition: Competition, form: TypedOutForm, refused: Refused | None = None
) -> HttpResponse:
    """The totals as they are now: what is sent back from here is the digest of these decisions."""
    advice = advice_for(competition)
    proposal = proposal_for(competition, advice.bids)
    seen = Seen(decisions_digest(advice.bids), version_of(proposal))
    why_not = why_not_one_of_two(tenures_of(request.member), request.member.user_id, competition, clock.now())
    context = decision_page_context(request, competition, advice) | {
        "form": form,
        "refusal": refused,
        "seen": request.POST.get("seen", "") if form.is_bound else seen,
        "why_not": why_not if takes_two(competition) else "",
        "totals": provider_totals(advice.bids),
        "lines": window_lines(advice),
        "takes_two": takes_two(competition),
        "proposal": proposal,
        "is_own_proposal": proposal is not None and proposal.proposed_by_id == request.member.user_id,
    }
    return render(request, "bidding/confirm.html", context)


@require_POST
@member("so", Role.BIDS)
def propose(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Propose the decisions to a colleague, who confirms them."""
    competition = closed_competition(request, competition_id)
    try:
        seen = Seen.from_text(request.POST.get("seen", ""))
        propose_confirmation(by=request.member, competition=competition, seen=seen, now=clock.now())
    except ChangedSince as refusal:
        form = TypedOutForm(expected=competition.ref, what="ref")
        return _confirm_page(request, competition, form, refusal)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(
            request, f"{competition.ref} is proposed. Another member with the Bids role confirms it."
        )
    return redirect("bidding:confirm", competition.pk)


@require_POST
@member("so", Role.BIDS)
def unpropose(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Take the proposal back."""
    competition = closed_competition(request, competition_id)
    with refusal_shown(request):
        seen = Seen.from_text(request.POST.get("seen", "")).proposal
        withdraw_proposal(by=request.member, competition=competition, seen=seen, now=clock.now())
        messages.success(request, f"The proposal to confirm {competition.ref} is withdrawn.")
    return redirect("bidding:desk", competition.pk)


@member("so", Role.BIDS)
def confirm_whole_round(request: MemberRequest) -> HttpResponse:
    """Show the totals of a round, have its name typed out, and confirm all its competitions at once."""
    now = clock.now()
    close_due_of(request.member, now)
    name = request.GET.get("round", "")
    competitions = competitions_of_round(request.member, name, now)
    if not competitions or not name:
        messages.info(request, "There is nothing to confirm in this round.")
        return redirect("bidding:decisions")
    form = TypedOutForm(request.POST if request.method == "POST" else None, expected=name, what="round")
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = confirm_round(
                by=request.member, round_name=name, seen=_seen(request.POST.getlist("competition")), now=now
            )
        except Refused as refused:
            refusal, form = refused, TypedOutForm(expected=name, what="round")
            competitions = competitions_of_round(request.member, name, now)
        else:
            messages.success(request, f"The results of {name} are confirmed: {len(made)} competitions.")
            return redirect("bidding:decisions")
    lines = round_lines(request.member, competitions, now)
    sent = request.POST.getlist("competition") if form.is_bound else [line.sent_back for line in lines]
    context = {
        "form": form,
        "refusal": refusal,
        "sent": sent,
        "refused": list(dict.fromkeys(line.why_not for line in lines if line.why_not)),
        "round_name": name,
        "lines": lines,
        "undecided": sum(line.row.undecided for line in lines),
        "accepted": sum(line.row.accepted for line in lines),
        "rejected": sum(line.row.rejected for line in lines),
        "cost": sum(line.cost for line in lines),
        "to_propose": [line for line in lines if line.waits_for_another],
        "currency": request.member.organisation.currency,
    }
    return render(request, "bidding/confirm_round.html", context)


@member("so", Role.ACCOUNT)
def policy(request: MemberRequest) -> HttpResponse:
    """How this operator decides: whether two people confirm, the days of standstill, whether bidders are
    named."""
    operator = request.member.organisation
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        instance=policy_of(operator),
        initial={"names_published": names_now(operator)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_policy(by=request.member, now=clock.now(), **form.wanted)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Saved.")
            return redirect("bidding:policy")
    return render(
        request, "bidding/policy.html", {"form": form, "can_decide": rules.holds_bids(request.member)}
    )


def _seen(sent: list[str]) -> dict[uuid.UUID, Seen]:
    """What was shown of each competition of a round, from its “id:digests” fields; nothing when one is
    malformed."""
    parts = [each.partition(":") for each in sent]
    try:
        return {uuid.UUID(key): Seen.from_text(digests) for key, _, digests in parts}
    except ValueError:
        return {}
