"""The provider's pages: where it may bid, its ballots, the way from a form to receipts."""

import json
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from bidding import rules
from bidding.domain import ballots as actions
from bidding.domain.advice import expected_cost
from bidding.domain.ballots import BallotRefused
from bidding.domain.history import versions_of
from bidding.domain.limits import BidTerms, Breach
from bidding.domain.naming import names_bidders
from bidding.domain.offers import Standing
from bidding.domain.outcomes import outcome_for
from bidding.domain.policy import policy_of
from bidding.domain.proof import receipts_file
from bidding.domain.queries import ballots_of, earlier_ballots, entered_competitions, own_ballots, receipts_of
from bidding.domain.standings import standing_seen_by, windows_of
from bidding.forms import BallotForm, EarlierBallotForm, rows_sent, shown_number
from bidding.models import Ballot
from bidding.pages import (
    assets_mw,
    ballot_cards,
    blank_row,
    competition_rows,
    earlier_terms,
    entered,
    first_rows,
    free_mw,
    initial_of,
    rows_at_limit,
    rows_copied,
    window_rows,
)
from competitions.models import Competition
from marketplace import attachments, clock
from marketplace.errors import Refused
from marketplace.web.access import MemberRequest, member
from qualification.domain.freeze import ensure_frozen

PAGE_ROWS = 25


@require_GET
@member("fsp", Role.BIDS)
def bid_list(request: MemberRequest) -> HttpResponse:
    """The competitions that the company has entered, those open for bids first."""
    now = clock.now()
    page = Paginator(entered(request.member, now), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": competition_rows(request.member, list(page.object_list), now),
        "zone": request.member.organisation.zone,
    }
    return render(request, "bidding/list.html", context)


@require_GET
@member("fsp", Role.BIDS)
def competition_bids(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The company's ballots in one competition, what limits them, and after the confirmation their results."""
    now = clock.now()
    competition = _competition(request, competition_id)
    ensure_frozen(competition, now)
    standing = standing_seen_by(request.member, competition, now)
    free = set(standing.assets)
    for present in standing.ballots.values():
        free -= present.assets
    context = _about(request, competition) | {
        "cards": ballot_cards(list(ballots_of(request.member, competition)), competition),
        "windows": windows_of(competition),
        "standing": standing,
        "free_count": len(free),
        "has_receipts": receipts_of(request.member, competition).exists(),
    }
    return render(request, "bidding/competition.html", context)


@require_GET
@member("fsp")
def outcome(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """What the confirmed results mean for the company: each bid, the decision, why, and its place."""
    competition = _competition(request, competition_id)
    found = outcome_for(request.member, competition, clock.now())
    if found is None:
        messages.info(request, f"There is no outcome of {competition.ref} for your company yet.")
        return redirect("competitions:competition", competition.ref)
    context = _about(request, competition) | {
        "outcome": found,
        "policy": policy_of(competition.operator),
        "letter": {"competition": str(competition.pk)},
    }
    return render(request, "bidding/outcome.html", context)


@require_GET
@member("fsp", Role.BIDS)
def receipts(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """The receipts of every accepted change, newest first."""
    competition = _competition(request, competition_id)
    page = Paginator(receipts_of(request.member, competition), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "bidding/receipts.html", _about(request, competition) | {"page": page})


@require_GET
@member("fsp", Role.BIDS)
def receipts_to_keep(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """All receipts in a file that proves them, oldest first."""
    competition = _competition(request, competition_id)
    held = list(receipts_of(request.member, competition).order_by("recorded_at", "id"))
    content = json.dumps(receipts_file(held), indent=2, ensure_ascii=False).encode()
    return attachments.response(content, f"receipts_{competition.ref}.json", "application/json")


@require_GET
@member("fsp", Role.BIDS)
def new_ballot(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """An empty ballot to fill in."""
    return _first_form(request, _competition(request, competition_id), None)


@require_GET
@member("fsp", Role.BIDS)
def edit_ballot(request: MemberRequest, ballot_id: uuid.UUID) -> HttpResponse:
    """A ballot to change."""
    ballot = _ballot(request, ballot_id)
    return _first_form(request, ballot.competition, ballot)


@require_POST
@member("fsp", Role.BIDS)
def add_split(
    request: MemberRequest, competition_id: uuid.UUID, window_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """The form as it was typed, with one more line for a window."""
    competition = _competition(request, competition_id)
    ballot = _ballot(request, ballot_id, competition) if ballot_id else None
    standing = _standing(request, competition)
    if window_id not in standing.windows:
        raise Http404
    blank = blank_row(competition, window_id, standing.windows[window_id].minimum_run_time)
    return _typed_form(request, competition, standing, ballot, [*rows_sent(request.POST), blank])


@require_POST
@member("fsp", Role.BIDS)
def copy_line(
    request: MemberRequest, competition_id: uuid.UUID, window_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """The form as it was typed, with a window's line in every window that has no capacity yet."""
    competition = _competition(request, competition_id)
    ballot = _ballot(request, ballot_id, competition) if ballot_id else None
    standing = _standing(request, competition)
    rows = rows_copied(rows_sent(request.POST), window_id, standing, _typed_mw(request, standing, ballot))
    return _typed_form(request, competition, standing, ballot, rows)


@require_GET
@member("fsp", Role.BIDS)
def history(request: MemberRequest, ballot_id: uuid.UUID) -> HttpResponse:
    """Every version of a ballot, told from the company's own receipts."""
    ballot = _ballot(request, ballot_id)
    versions = versions_of(receipts_of(request.member, ballot.competition).filter(ballot_id=ballot.pk))
    page = Paginator(versions, PAGE_ROWS).get_page(request.GET.get("page"))
    context = _about(request, ballot.competition) | {"ballot": ballot, "page": page}
    return render(request, "bidding/history.html", context)


@require_POST
@member("fsp", Role.BIDS)
def check_ballot(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """Judge the ballot: errors beside their fields, or the page that asks to place it, with what to look at twice."""
    competition = _competition(request, competition_id)
    ballot = _ballot(request, ballot_id, competition) if ballot_id else None
    standing = _standing(request, competition)
    form = _sent_form(request, competition, standing, ballot)
    if not form.is_valid():
        return _form_page(request, competition, standing, form, ballot)
    assessment = actions.assess_ballot(by=request.member, competition=competition, offer=form.offer, now=clock.now())
    if not assessment.is_good:
        form.show(assessment.breaches)
        return _form_page(request, competition, standing, form, ballot)
    windows = {window.pk: window for window in windows_of(competition)}
    bids = [(windows[bid.window_id], bid, expected_cost(bid, windows[bid.window_id])) for bid in form.offer.bids]
    context = _about(request, competition) | {
        "ballot": ballot,
        "offer": form.offer,
        "bids": bids,
        "expected_cost": sum((cost for _, _, cost in bids), Decimal(0)),
        "assets": sorted(standing.assets[key].ref for key in assessment.assets),
        "warnings": [
            (
                standing.windows[form.offer.bids[each.bid].window_id].label if each.bid is not None else "",
                each.sentence,
            )
            for each in assessment.warnings
        ],
        "sent": [(name, value) for name in request.POST for value in request.POST.getlist(name)][: 10 * 2000],
        "replaces": standing.ballots.get(form.offer.label) if ballot is None else None,
    }
    return render(request, "bidding/ballot_confirm.html", context)


@require_POST
@member("fsp", Role.BIDS)
def place_ballot(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """Place the ballot; a refusal shows the form again with why."""
    competition = _competition(request, competition_id)
    ballot = _ballot(request, ballot_id, competition) if ballot_id else None
    form = _sent_form(request, competition, None, ballot)
    if not form.is_valid():
        return _judged_form(request, competition, ballot, [])
    try:
        [done] = actions.submit_ballots(
            by=request.member, competition=competition, offers=[form.offer], now=clock.now()
        )
    except BallotRefused as refused:
        return _judged_form(request, competition, ballot, refused.assessments[0].breaches)
    except Refused as refusal:
        messages.error(request, f"Nothing was recorded. {refusal.sentence}")
        return redirect("bidding:competition", competition.pk)
    if not done.receipts:
        messages.info(request, f"Ballot {done.ballot.label} already stood like this; nothing changed.")
        return redirect("bidding:competition", competition.pk)
    count = len(done.receipts)
    messages.success(
        request, f"Ballot {done.ballot.label} is recorded. {count} receipt{'s' if count > 1 else ''} below."
    )
    return redirect("bidding:receipts", competition.pk)


@member("fsp", Role.BIDS)
def withdraw_ballot(request: MemberRequest, ballot_id: uuid.UUID) -> HttpResponse:
    """Ask, then take a ballot back."""
    ballot = _ballot(request, ballot_id)
    competition = ballot.competition
    if request.method != "POST":
        return render(request, "bidding/withdraw.html", _about(request, competition) | {"ballot": ballot})
    try:
        actions.withdraw_ballot(by=request.member, competition=competition, label=ballot.label, now=clock.now())
    except Refused as refusal:
        messages.error(request, f"Nothing was withdrawn. {refusal.sentence}")
    else:
        messages.success(request, f"Ballot {ballot.label} is withdrawn; its receipts are kept.")
    return redirect("bidding:competition", competition.pk)


def _competition(request: HttpRequest, competition_id: uuid.UUID) -> Competition:
    shown: Competition = get_object_or_404(
        entered_competitions(request.member, clock.now()),
        pk=competition_id,  # type: ignore[attr-defined]
    )
    return shown


def _ballot(request: HttpRequest, ballot_id: uuid.UUID, competition: Competition | None = None) -> Ballot:
    ballots = own_ballots(request.member).select_related("competition__operator")  # type: ignore[attr-defined]
    if competition is not None:
        ballots = ballots.filter(competition=competition)
    ballot: Ballot = get_object_or_404(ballots, pk=ballot_id)
    return ballot


def _standing(request: MemberRequest, competition: Competition) -> Standing:
    now = clock.now()
    ensure_frozen(competition, now)
    return standing_seen_by(request.member, competition, now)


def _about(request: MemberRequest, competition: Competition) -> dict[str, Any]:
    now = clock.now()
    return {
        "competition": competition,
        "phase": competition.phase(now),
        "is_open": rules.is_bidding_open(competition, now),
        "zone": request.member.organisation.zone,
        "operator_zone": competition.operator.zone,
        "prices": competition.price_fields,
        "is_told": competition.confirmed_at is not None,
        "names_bidders": names_bidders(competition),
    }


def _first_form(request: MemberRequest, competition: Competition, ballot: Ballot | None) -> HttpResponse:
    if not rules.is_bidding_open(competition, clock.now()):
        messages.error(request, f"Bidding in {competition.ref} is not open.")
        return redirect("bidding:competition", competition.pk)
    standing = _standing(request, competition)
    present = standing.ballots.get(ballot.label) if ballot else None
    offered = [bid.terms for bid in present.bids] if present else []
    if ballot is None and request.GET.get("from"):
        offered = _drawn(request, standing)
    rows = first_rows(competition, windows_of(competition), offered)
    if request.GET.get("fill") == "limits":
        rows = rows_at_limit(rows, standing)
    form = BallotForm(
        competition=competition,
        standing=standing,
        initial=initial_of(standing, ballot),
        rows=rows,
        label=ballot.label if ballot else None,
    )
    return _form_page(request, competition, standing, form, ballot)


def _drawn(request: MemberRequest, standing: Standing) -> list[BidTerms]:
    """The bids of the earlier ballot asked for, as they fit here; says when none does."""
    form = EarlierBallotForm(request.GET)
    if not form.is_valid():
        raise Http404
    drawn = earlier_terms(_ballot(request, form.cleaned_data["from"]), standing)
    if not drawn:
        messages.info(request, "No bid of that ballot fits a window of this competition.")
    return drawn


def _typed_mw(request: MemberRequest, standing: Standing, ballot: Ballot | None) -> Decimal:
    """MW of the assets that the form, as typed, takes for the ballot."""
    if request.POST.get("choice") != "some":
        return free_mw(standing, ballot.label if ballot else None)
    chosen = set(request.POST.getlist("assets"))
    return sum((asset.capacity_mw for key, asset in standing.assets.items() if str(key) in chosen), Decimal(0))


def _typed_form(
    request: MemberRequest,
    competition: Competition,
    standing: Standing,
    ballot: Ballot | None,
    rows: list[dict[str, Any]],
) -> HttpResponse:
    """The form as it was typed, nothing judged, with other lines."""
    sent = request.POST
    initial = {"label": sent.get("label"), "choice": sent.get("choice"), "assets": sent.getlist("assets")}
    form = BallotForm(
        competition=competition, standing=standing, initial=initial, rows=rows, label=ballot.label if ballot else None
    )
    return _form_page(request, competition, standing, form, ballot)


def _judged_form(
    request: MemberRequest, competition: Competition, ballot: Ballot | None, breaches: Sequence[Breach]
) -> HttpResponse:
    """The form as it was sent, with what is wrong beside its fields."""
    standing = _standing(request, competition)
    form = _sent_form(request, competition, standing, ballot)
    if form.is_valid():
        form.show(breaches)
    return _form_page(request, competition, standing, form, ballot)


def _sent_form(
    request: MemberRequest, competition: Competition, standing: Standing | None, ballot: Ballot | None
) -> BallotForm:
    label = ballot.label if ballot else None
    return BallotForm(request.POST, competition=competition, standing=standing, label=label)


def _form_page(
    request: MemberRequest, competition: Competition, standing: Standing, form: BallotForm, ballot: Ballot | None
) -> HttpResponse:
    context = _about(request, competition) | {
        "form": form,
        "ballot": ballot,
        "standing": standing,
        "windows": window_rows(windows_of(competition), form, standing),
        "free": shown_number(free_mw(standing, ballot.label if ballot else None)),
        "assets_mw": assets_mw(standing),
        "earlier": [] if ballot else list(earlier_ballots(request.member)),
    }
    return render(request, "bidding/ballot_form.html", context)
