"""The way of a ballot from a form to receipts."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding import rules
from bidding.domain.ballots import submitting as actions
from bidding.domain.ballots.bidding_context import bidding_context_for, groups_in, kept_windows
from bidding.domain.ballots.kept_drafts import draft_for, drop_draft, keep_draft
from bidding.domain.ballots.limits import BidTerms, Breach
from bidding.domain.ballots.offers import BiddingContext
from bidding.domain.ballots.submitting import BallotRefused
from bidding.domain.queries import earlier_ballots
from bidding.domain.recommendation.costs import expected_cost
from bidding.forms.ballot_rows import all_rows, blank_row, repaired
from bidding.forms.ballots import ALL, SOME, BallotForm, EarlierBallotForm
from bidding.forms.drafts import data_of, fields_of
from bidding.models import Ballot, BallotDraft
from bidding.presenters.ballot_grid import grid_of
from bidding.presenters.ballot_lines_html import drawn
from bidding.presenters.ballots import (
    Picked,
    assets_mw,
    draft_key,
    earlier_terms,
    first_rows,
    found_assets,
    free_mw,
    initial_of,
    picked_assets,
    rows_at_limit,
    rows_copied,
    seen_at,
    warned,
    with_refs,
)
from bidding.views.common import ballot_of, bidding_page_context, entered_competition
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import exact_text
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused
from qualification.domain.verdicts.freeze import ensure_frozen


@require_GET
@member("fsp", Role.BIDS)
def new_ballot(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """An empty ballot to fill in."""
    return _first_form(request, entered_competition(request, competition_id), None)


@require_GET
@member("fsp", Role.BIDS)
def edit_ballot(request: MemberRequest, ballot_id: uuid.UUID) -> HttpResponse:
    """A ballot to change."""
    ballot = ballot_of(request, ballot_id)
    return _first_form(request, ballot.competition, ballot)


@member("fsp", Role.BIDS)
def add_split(
    request: MemberRequest,
    competition_id: uuid.UUID,
    window_id: uuid.UUID,
    ballot_id: uuid.UUID | None = None,
) -> HttpResponse:
    """The form as it was typed, with one more line for a window."""
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if away := _turned_away(request, competition, ballot):
        return away
    bidding = _bidding_context(request, competition, ballot)
    if window_id not in bidding.windows:
        raise Http404
    blank = blank_row(competition, window_id, bidding.windows[window_id].minimum_run_time)
    return _typed_form(
        request, competition, bidding, ballot, [*all_rows(request.POST, competition, bidding.windows), blank]
    )


@member("fsp", Role.BIDS)
def copy_line(
    request: MemberRequest,
    competition_id: uuid.UUID,
    window_id: uuid.UUID,
    ballot_id: uuid.UUID | None = None,
) -> HttpResponse:
    """The form as it was typed, with a window's line in every window that has no capacity yet."""
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if away := _turned_away(request, competition, ballot):
        return away
    bidding = _bidding_context(request, competition, ballot)
    form = _sent_form(request, competition, bidding, ballot)
    rows = rows_copied(
        all_rows(request.POST, competition, bidding.windows),
        window_id,
        bidding,
        _picked(form, form.sent, ballot).mw,
    )
    return _typed_form(request, competition, bidding, ballot, rows)


@member("fsp", Role.BIDS)
def check_ballot(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """Judge the ballot: errors beside their fields, or the page that asks to place it, with what to look at
    twice."""
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if away := _turned_away(request, competition, ballot):
        return away
    keep_draft(
        by=request.member,
        competition=competition,
        ballot=ballot,
        fields=fields_of(request.POST),
        now=clock.now(),
    )
    bidding = _bidding_context(request, competition, ballot)
    form = _sent_form(request, competition, bidding, ballot)
    if not form.is_valid():
        return _form_page(request, competition, bidding, form, ballot)
    assessment = actions.assess_ballot(
        by=request.member, competition=competition, offer=form.offer, now=clock.now(), bidding=bidding
    )
    if not assessment.is_good:
        form.show(assessment.breaches)
        return _form_page(request, competition, bidding, form, ballot)
    windows = {window.pk: window for window in kept_windows(competition)}
    bids = [
        (windows[bid.window_id], bid, expected_cost(bid, windows[bid.window_id])) for bid in form.offer.bids
    ]
    told, left = warned(bidding, assessment)
    context = bidding_page_context(request, competition) | {
        "ballot": ballot,
        "offer": form.offer,
        "bids": bids,
        "expected_cost": sum((cost for _, _, cost in bids), Decimal(0)),
        "picked": picked_assets(bidding, form.offer, label_of(ballot, bidding, form), assessment.assets),
        "warnings": told,
        "warnings_left": left,
        "sent": [
            (name, value)
            for name in request.POST
            for value in request.POST.getlist(name)
            if name not in ("csrfmiddlewaretoken", "picked", "version", "repair")
        ],
        "version": bidding.version_of(bidding.label_of(form.offer.label)),
        "is_overtaken": ballot is not None and request.POST.get("seen", seen_at(ballot)) != seen_at(ballot),
        "replaces": bidding.ballots.get(form.offer.label) if ballot is None else None,
    }
    return render(request, "bidding/ballot_confirm.html", context)


@member("fsp", Role.BIDS)
def place_ballot(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """Place the ballot; a refusal shows the form again with why."""
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if request.method != "POST":
        return _to_form(competition, ballot)
    form = _sent_form(request, competition, _bidding_context(request, competition, ballot, ()), ballot)
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
    drop_draft(by=request.member, competition=competition, ballot=ballot)
    if not done.receipts:
        messages.info(request, f"Ballot {done.ballot.label} already stood like this; nothing changed.")
        return redirect("bidding:competition", competition.pk)
    count = len(done.receipts)
    messages.success(
        request, f"Ballot {done.ballot.label} is recorded. {count} receipt{'s' if count > 1 else ''} below."
    )
    return redirect("bidding:receipts", competition.pk)


@member("fsp", Role.BIDS)
def type_on(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """The form as it was typed, to go on typing: the way back from the page that asks to place the ballot.

    With ``found`` the assets found are added to those typed, or to those left out.
    """
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if away := _turned_away(request, competition, ballot):
        return away
    bidding = _bidding_context(request, competition, ballot)
    rows = all_rows(request.POST, competition, bidding.windows)
    rows = repaired(rows, str(request.POST.get("repair", "")))
    return _typed_form(request, competition, bidding, ballot, rows)


@member("fsp", Role.BIDS)
def pick_assets(
    request: MemberRequest, competition_id: uuid.UUID, ballot_id: uuid.UUID | None = None
) -> HttpResponse:
    """How many assets and MW the ballot would take by what is chosen so far, for the page to show at once."""
    competition = entered_competition(request, competition_id)
    ballot = ballot_of(request, ballot_id, competition) if ballot_id else None
    if request.method != "POST":
        return _to_form(competition, ballot)
    form = _sent_form(request, competition, _bidding_context(request, competition, ballot), ballot)
    context = {"picked": _picked(form, form.sent, ballot), "competition": competition, "form": form}
    return render(request, "bidding/_picked.html", context)


def _turned_away(
    request: MemberRequest, competition: Competition, ballot: Ballot | None
) -> HttpResponse | None:
    """Redirect when the request is no POST (to the form) or bidding has closed (to the ballots); None to go
    on."""
    if request.method != "POST":
        return _to_form(competition, ballot)
    try:
        rules.check_bidding_is_open(competition, clock.now())
    except Refused as refusal:
        return redirect_refused(
            request, refusal, "bidding:competition", competition.pk, before="Nothing was recorded. "
        )
    return None


def _to_form(competition: Competition, ballot: Ballot | None) -> HttpResponse:
    """What is posted is also an address that a sign-in or a bookmark leads back to: the form is there for
    it."""
    return redirect("bidding:edit", ballot.pk) if ballot else redirect("bidding:new", competition.pk)


def _first_form(request: MemberRequest, competition: Competition, ballot: Ballot | None) -> HttpResponse:
    if not rules.is_bidding_open(competition, clock.now()):
        messages.error(request, f"Bidding in {competition.ref} is not open.")
        return redirect("bidding:competition", competition.pk)
    bidding = _bidding_context(request, competition, ballot)
    if not {"from", "fill"} & set(request.GET) and (draft := draft_for(request.member, competition, ballot)):
        typed = data_of(draft.fields)
        rows = all_rows(typed, competition, bidding.windows)
        return _typed_form(request, competition, bidding, ballot, rows, typed, draft)
    present = bidding.ballots.get(ballot.label) if ballot else None
    offered = [bid.terms for bid in present.bids] if present else []
    if ballot is None and request.GET.get("from"):
        offered = _drawn(request, bidding)
    rows = first_rows(competition, kept_windows(competition), offered)
    if request.GET.get("fill") == "limits":
        rows = rows_at_limit(rows, bidding)
    form = BallotForm(
        competition=competition,
        bidding=bidding,
        asset_groups=groups_in(competition, request.member.organisation),
        initial=initial_of(bidding, ballot),
        rows=rows,
        label=ballot.label if ballot else None,
    )
    return _form_page(request, competition, bidding, form, ballot)


def _drawn(request: MemberRequest, bidding: BiddingContext) -> list[BidTerms]:
    """The bids of the earlier ballot asked for, as they fit here; says when none does."""
    form = EarlierBallotForm(request.GET)
    if not form.is_valid():
        raise Http404
    drawn = earlier_terms(ballot_of(request, form.cleaned_data["from"]), bidding)
    if not drawn:
        messages.info(request, "No bid of that ballot fits a window of this competition.")
    return drawn


def _picked(form: BallotForm, given: Mapping[str, Any], ballot: Ballot | None) -> Picked:
    """What the form, as typed, takes for the ballot."""
    label = ballot.label if ballot else None
    offer = replace(form.asset_offer(given), label=label or str(given.get("label") or ""))
    return picked_assets(form.bidding, offer, label)


def label_of(ballot: Ballot | None, bidding: BiddingContext, form: BallotForm) -> str | None:
    """The label of the ballot that the form changes or replaces; None for one that is new."""
    label = ballot.label if ballot else bidding.label_of(form.cleaned_data["label"])
    return label if label in bidding.ballots else None


def _typed_form(
    request: MemberRequest,
    competition: Competition,
    bidding: BiddingContext,
    ballot: Ballot | None,
    rows: list[dict[str, Any]],
    sent: QueryDict | None = None,
    draft: BallotDraft | None = None,
) -> HttpResponse:
    """The form as it was typed, now or when the draft was kept, nothing judged, with other lines."""
    sent = request.POST if sent is None else sent
    initial: dict[str, Any] = {
        name: sent.get(name) for name in ("label", "choice", "add", "leave_out", "find")
    }
    initial |= {name: sent.getlist(name) for name in ("assets", "groups")}
    found, to = found_assets(bidding, sent.get("find", "")), sent.get("found")
    if found is not None and to in ("add", "leave_out"):
        initial[to] = with_refs(sent.get(to, ""), found.refs)
        if to == "add" and initial["choice"] == ALL:
            initial["choice"] = SOME
    form = BallotForm(
        competition=competition,
        bidding=bidding,
        asset_groups=groups_in(competition, request.member.organisation),
        initial=initial,
        rows=rows,
        label=ballot.label if ballot else None,
    )
    return _form_page(request, competition, bidding, form, ballot, sent, draft)


def _judged_form(
    request: MemberRequest, competition: Competition, ballot: Ballot | None, breaches: Sequence[Breach]
) -> HttpResponse:
    """The form as it was sent, with what is wrong beside its fields."""
    bidding = _bidding_context(request, competition, ballot)
    form = _sent_form(request, competition, bidding, ballot)
    if form.is_valid():
        form.show(breaches)
    return _form_page(request, competition, bidding, form, ballot)


def _sent_form(
    request: MemberRequest, competition: Competition, bidding: BiddingContext, ballot: Ballot | None
) -> BallotForm:
    return BallotForm(
        request.POST,
        competition=competition,
        bidding=bidding,
        asset_groups=groups_in(competition, request.member.organisation),
        label=ballot.label if ballot else None,
    )


def _form_page(
    request: MemberRequest,
    competition: Competition,
    bidding: BiddingContext,
    form: BallotForm,
    ballot: Ballot | None,
    sent: QueryDict | None = None,
    draft: BallotDraft | None = None,
) -> HttpResponse:
    sent = request.POST if sent is None else sent
    windows, is_whole = kept_windows(competition), "open" in request.POST
    grid = grid_of(competition, windows, form.rows, bidding, is_whole=is_whole)
    context = bidding_page_context(request, competition) | {
        "form": form,
        "ballot": ballot,
        "seen": sent.get("seen") or (seen_at(ballot) if ballot else ""),
        "bidding": bidding,
        "grid": grid,
        "periods": drawn(grid.periods, grid.width, competition, ballot),
        "free": exact_text(free_mw(bidding, ballot.label if ballot else None)),
        "assets_mw": assets_mw(bidding),
        "picked": _picked(form, form.sent if form.is_bound else form.typed, ballot),
        "found": found_assets(bidding, str(sent.get("find", ""))),
        "kept": draft,
        "draft": draft_key(request.member, competition, ballot, bidding),
        "earlier": [] if ballot else list(earlier_ballots(request.member)),
    }
    return render(request, "bidding/ballot_form.html", context)


def _bidding_context(
    request: MemberRequest, competition: Competition, ballot: Ballot | None, of: Collection[str] | None = None
) -> BiddingContext:
    """The company's bidding context with the bids of these ballots, else of the one that the page is about."""
    now, windows = clock.now(), kept_windows(competition)
    ensure_frozen(competition, now)
    if of is None:
        of = [ballot.label if ballot else str(request.POST.get("label", ""))]
    return bidding_context_for(request.member, competition, now, labels=of, windows=windows)
