"""What waits in bidding: bids that are not placed, decisions, confirmations. Before its gate is closed, a
competition's bids are told of to nobody but their own company."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from bidding.domain.ballots.kept_drafts import drafts_of
from bidding.domain.decisions.policy import policy_of
from bidding.domain.queries import (
    competitions_proposed,
    competitions_to_bid_in,
    competitions_to_confirm,
    competitions_without_a_ballot,
    decided_counts,
    proposals_for,
)
from bidding.models import ConfirmationProposal
from competitions.domain.queries import largest_windows, service_days
from competitions.models import Competition
from competitions.presenters.todo import page_of, round_words
from marketplace.calendar import local_instant
from marketplace.dates import left_text, moment_text
from marketplace.numbers import count_text, power_text
from marketplace.units import power_unit
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from qualification.domain.verdicts.standing import eligible_mw


def bids(member: Member, now: datetime) -> Iterator[ToDo]:
    """For members of a provider who may bid: competitions open for bids in which the company has placed
    none, and of which the member has no draft."""
    if not member.is_fsp or not member.holds(Role.BIDS):
        return
    found = list(competitions_without_a_ballot(member, now)[:MOST_OF_A_KIND])
    ids = [one.pk for one in found]
    if not ids:
        return
    drafted = set(drafts_of(member).filter(competition__in=ids).values_list("competition_id", flat=True))
    own = eligible_mw(competition_ids=ids, provider_ids=[member.organisation_id])
    required = largest_windows(ids)
    for one in found:
        if one.pk in drafted:
            continue
        unit, mw = power_unit(one.power_type), own.get((one.pk, member.organisation_id))
        wanted = f", {power_text(required[one.pk], unit)} required" if one.pk in required else ""
        yield ToDo(
            "Bid",
            reverse("bidding:competition", args=[one.pk]),
            "Place bids",
            Role.BIDS,
            at=one.bidding_close,
            joint="in",
            ref=one.ref,
            ref_url=page_of(one),
            rest=f", {power_text(mw, unit)} qualified{wanted}" if mw else "",
            why=f"{one.name} · {one.operator.name}; nothing is placed yet.",
            fold=f"Bid in {{}} {round_words(one)}",
            fold_url=reverse("bidding:list"),
        )


def drafts(member: Member, now: datetime) -> Iterator[ToDo]:
    """For the member who has typed a ballot and not placed it: where bidding is still open, the first to
    close first."""
    open_for_bids = competitions_to_bid_in(member, now).order_by().values("pk")
    found = drafts_of(member).filter(competition__in=open_for_bids)
    found = found.select_related("competition__operator", "ballot").defer("fields")
    for one in found.order_by("competition__bidding_close", "competition__ref", "pk")[:MOST_OF_A_KIND]:
        competition, zone = one.competition, member.organisation.zone
        change = f"Place your change of ballot {one.ballot.label}" if one.ballot else "Place your draft"
        yield ToDo(
            change,
            reverse("bidding:edit", args=[one.ballot_id])
            if one.ballot
            else reverse("bidding:new", args=[competition.pk]),
            "Go on",
            Role.BIDS,
            at=competition.bidding_close,
            joint="in",
            ref=competition.ref,
            ref_url=page_of(competition),
            why=f"{competition.name} · typed until {moment_text(one.saved_at, zone)}, not placed.",
        )


def decisions(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: competitions with undecided bids, and those whose results are to be proposed or confirmed,
    without those that wait for a second person."""
    for closed in _closed(member, competitions_to_confirm, now):
        one, about = closed.competition, closed.about
        url = reverse("bidding:confirm", args=[one.pk])
        if closed.undecided:
            part = f"{count_text(closed.undecided)} of {count_text(closed.bids)} bids"
            yield ToDo(f"Decide {part}", reverse("bidding:desk", args=[one.pk]), "Decide", **about)
        elif not closed.takes_two:
            fold = f"Confirm results of {{}} {round_words(one)}"
            yield ToDo("Confirm results", url, "Confirm", **about, fold=fold)
        elif closed.proposal is None:
            yield ToDo("Propose results", url, "Propose", **about)


def second_confirmations(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator whose results two people confirm: what one of them proposed."""
    for closed in _closed(member, competitions_proposed, now):
        if closed.undecided or not closed.takes_two or closed.proposal is None:
            continue
        is_own = closed.proposal.proposed_by_id == member.user_id
        who = "You proposed them" if is_own else f"{closed.proposal.proposed_by_email} proposed them"
        yield ToDo(
            "Confirm results as the second person",
            reverse("bidding:confirm", args=[closed.competition.pk]),
            "Open" if is_own else "Confirm",
            **closed.about | {"why": f"{who}; somebody else confirms."},
        )


@dataclass(frozen=True)
class _Closed:
    """A competition after its gate, how many of its bids are undecided, and what is told of whatever is to be done."""

    competition: Competition
    bids: int
    undecided: int
    takes_two: bool
    proposal: ConfirmationProposal | None
    about: dict[str, Any]


def _closed(
    member: Member, waiting: Callable[[Member, datetime], QuerySet[Competition]], now: datetime
) -> Iterator[_Closed]:
    if not member.is_so:
        return
    found = list(waiting(member, now)[:MOST_OF_A_KIND])
    ids = [one.pk for one in found]
    if not ids:
        return
    counts, days, proposals = decided_counts(ids), service_days(ids), proposals_for(ids)
    always_two = policy_of(member.organisation).four_eyes
    zone = member.organisation.zone
    for one in found:
        bids, undecided = counts.get(one.pk, (0, 0))
        starts = local_instant(days[one.pk][0], time(), zone) if one.pk in days else None
        is_ahead = starts is not None and starts > now
        assert one.bidding_close is not None
        closed = f"Bidding closed {left_text(now, one.bidding_close)} ago."
        about: dict[str, Any] = {
            "role": Role.BIDS,
            "at": starts if is_ahead else None,
            "since": one.bidding_close,
            "joint": "in" if undecided else "of",
            "ref": one.ref,
            "ref_url": page_of(one),
            "why": f"{closed} Service starts then." if is_ahead else closed,
            "fold_url": reverse("bidding:decisions"),
        }
        takes_two = always_two or one.gate_close.four_eyes
        yield _Closed(one, bids, undecided, takes_two, proposals.get(one.pk), about)
