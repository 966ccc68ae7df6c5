"""Rows that the provider's pages show, made of what queries and calculations give."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Case, Count, Q, Value, When

from accounts.models import Member
from bidding import rules
from bidding.domain.ballots.bidding_context import terms_of_bid
from bidding.domain.ballots.drafts import drawn_from, fitted, limit_of
from bidding.domain.ballots.limits import BidTerms, WindowTerms, listed
from bidding.domain.ballots.named_assets import assets_in_words
from bidding.domain.ballots.offers import (
    Assessment,
    BallotOffer,
    BiddingContext,
    Keys,
    assets_taken,
    digest_of_assets,
)
from bidding.domain.ballots.totals import BallotTotals, totals_of
from bidding.domain.queries import entered_competitions, own_ballots
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import BallotState, Decision
from bidding.forms.ballot_rows import PRICE_LABELS, blank_row, value_of
from bidding.forms.ballots import ALL, KEEP, MOST_BOXES
from bidding.models import Ballot, Bid
from competitions.domain.queries import by_next_deadline
from competitions.domain.queries import listed as listed_competitions
from competitions.models import Competition, ServiceWindow
from competitions.presenters.phases import step_of
from marketplace.keys import key_form
from marketplace.numbers import exact_text
from marketplace.prepared import asked
from marketplace.web.figures import Step
from qualification.domain.verdicts.standing import eligible_mw


@dataclass(frozen=True)
class CompetitionRow:
    """A competition that the company has entered, and what it has bid there."""

    competition: Competition
    phase: Any
    is_open: bool
    qualified_mw: Decimal
    ballot_count: int
    bid_count: int
    accepted_count: int | None

    @property
    def step(self) -> Step:
        """Where the competition stands on its track."""
        return step_of(self.phase, visibility_only=self.competition.is_visibility_only)


def competition_rows(
    member: Member, competitions: Sequence[Competition], now: datetime
) -> list[CompetitionRow]:
    """The rows of the bidding list; accepted bids are told once the results are confirmed."""
    ids = [each.pk for each in competitions]
    sums = eligible_mw(competition_ids=ids, provider_ids=[member.organisation_id])
    counts = _bid_counts(member, ids)
    rows = []
    for competition in competitions:
        ballots, bids, accepted = counts.get(competition.pk, (0, 0, 0))
        rows.append(
            CompetitionRow(
                competition=competition,
                phase=competition.phase(now),
                is_open=rules.is_bidding_open(competition, now),
                qualified_mw=sums.get((competition.pk, member.organisation_id), Decimal(0)),
                ballot_count=ballots,
                bid_count=bids,
                accepted_count=accepted if competition.confirmed_at is not None else None,
            )
        )
    return rows


def _bid_counts(member: Member, keys: list[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int, int]]:
    """How many ballots, bids and accepted bids the company has in each of these competitions with any."""

    def counted() -> None:
        ballots = own_ballots(member).filter(competition__among=keys, state=BallotState.SUBMITTED).order_by()
        numbers = (
            Count("pk", distinct=True),
            Count("bids"),
            Count("bids", filter=Q(bids__decision=Decision.ACCEPTED)),
        )
        named = dict(zip(("ballots_here", "bids_here", "accepted_here"), numbers, strict=True))
        list(ballots.values("competition").annotate(**named).values_list("competition", *named))

    rows = asked("bidding.own_counts", Ballot, counted, whose=member, own=member.organisation_id, keys=keys)
    return {pk: (ballots, bids, accepted) for pk, ballots, bids, accepted in rows}


def entered(member: Member, now: datetime) -> Any:
    """The competitions of the bidding list: open ones first, the next to close first."""
    is_open = Q(bidding_open__lte=now, bidding_close__gt=now, cancelled_at=None)
    rank = Case(When(is_open, then=Value(0)), default=Value(1))
    ordered = by_next_deadline(entered_competitions(member, now), now)
    return listed_competitions(ordered).order_by(rank, *ordered.query.order_by)


@dataclass(frozen=True)
class BallotLine:
    """A ballot of the company with what it adds up to; accepted bids are told once the results are
    confirmed."""

    ballot: Ballot
    is_live: bool
    totals: BallotTotals
    accepted: int | None


def ballot_lines(ballots: Sequence[Ballot], competition: Competition) -> list[BallotLine]:
    """The rows of the company's ballots in a competition."""
    totals = totals_of([ballot.pk for ballot in ballots])
    lines = []
    for ballot in ballots:
        is_live = ballot.state == BallotState.SUBMITTED
        own = totals.get(ballot.pk, BallotTotals())
        is_told = is_live and competition.confirmed_at is not None
        lines.append(BallotLine(ballot, is_live, own, own.accepted if is_told else None))
    return lines


@dataclass(frozen=True)
class BidLine:
    """A bid as its own company reads it; the decision is told once the results are confirmed."""

    bid: Bid
    cost: Decimal
    decision: str
    label: str


def bid_lines(bids: Sequence[Bid], competition: Competition) -> list[BidLine]:
    """The rows of the company's bids in a competition."""
    is_told = competition.confirmed_at is not None
    return [_line(bid, is_told) for bid in bids]


def _line(bid: Bid, is_told: bool) -> BidLine:
    decision = bid.decision if is_told and bid.ballot.state == BallotState.SUBMITTED else ""
    return BidLine(bid, cost_of(bid), decision, Decision(decision).taken if decision else "")


def first_rows(
    competition: Competition, windows: Sequence[ServiceWindow], offered: Sequence[BidTerms]
) -> list[dict[str, Any]]:
    """The lines of the ballot's table before anything is typed: its bids, and a blank line for every other
    window."""
    rows: list[dict[str, Any]] = []
    by_window: dict[uuid.UUID, list[BidTerms]] = {}
    for bid in offered:
        by_window.setdefault(bid.window_id, []).append(bid)
    for window in windows:
        bids = by_window.get(window.pk, [])
        for bid in bids:
            rows.append(
                {
                    "window": window.pk,
                    "capacity": exact_text(bid.capacity_mw),
                    "run_time": bid.maximum_run_time,
                    **{name: exact_text(getattr(bid, name)) for name in competition.price_fields},
                }
            )
        if not bids:
            rows.append(blank_row(competition, window.pk, window.minimum_run_time))
    return rows


def rows_at_limit(rows: Sequence[dict[str, Any]], bidding: BiddingContext) -> list[dict[str, Any]]:
    """The lines, those without a capacity filled up to what their window takes of the assets in no ballot."""
    free, filled = free_mw(bidding), []
    for row in rows:
        limit = limit_of(bidding.windows[row["window"]], free)
        filled.append(row if row.get("capacity") or limit is None else row | {"capacity": exact_text(limit)})
    return filled


def rows_copied(
    rows: Sequence[dict[str, Any]], window_id: uuid.UUID, bidding: BiddingContext, qualified_mw: Decimal
) -> list[dict[str, Any]]:
    """The lines as typed, the window's first line copied to every window in which no capacity is typed yet.

    A copy offers no more than its window takes and runs no shorter than its window's minimum. A window that
    these MW are too few for stays blank; a capacity or run time that can't be read is not copied, the prices
    are.
    """
    source = next((row for row in rows if row["window"] == window_id), None)
    if source is None:
        return list(rows)
    taken = {row["window"] for row in rows if row.get("capacity")}
    copied = []
    for row in rows:
        window = bidding.windows.get(row["window"])
        if row["window"] not in taken and window is not None and limit_of(window, qualified_mw) is not None:
            row = row | {name: source[name] for name in PRICE_LABELS if source.get(name)}
            row |= _fitted_texts(source, window, qualified_mw)
            taken.add(row["window"])
        copied.append(row)
    return copied


def _fitted_texts(source: Mapping[str, Any], window: WindowTerms, qualified_mw: Decimal) -> dict[str, Any]:
    """Capacity and run time of a typed line as they fit the window."""
    try:
        capacity = value_of("capacity", source.get("capacity") or "")
        run_time = value_of("run_time", source.get("run_time") or "")
    except ValidationError:
        return {}
    if capacity is None:
        return {}
    typed = BidTerms(uuid.UUID(int=0), capacity, run_time or timedelta())
    bid = fitted(typed, typed.window_id, window, qualified_mw)
    if bid is None:
        return {}
    return {"capacity": exact_text(bid.capacity_mw), "run_time": bid.maximum_run_time or None}


def free_mw(bidding: BiddingContext, label: str | None = None) -> Decimal:
    """MW of the qualified assets in no ballot other than the one of this label."""
    held = (ballot.assets for ballot in bidding.ballots.values() if ballot.label != label)
    return bidding.mw_of(bidding.keys.difference(*held))


def assets_mw(bidding: BiddingContext) -> str:
    """JSON of each qualified asset's MW, for the totals that the browser shows; of many assets none has a
    box."""
    if len(bidding.assets) > MOST_BOXES:
        return "{}"
    return json.dumps({str(key): exact_text(each.capacity_mw) for key, each in bidding.assets.items()})


def earlier_terms(ballot: Ballot, bidding: BiddingContext) -> list[BidTerms]:
    """The bids of an earlier ballot, worded for this competition's windows."""
    bids = ballot.bids.select_related("window__period").order_by(
        "window__period__first_day", "window", "split"
    )
    return drawn_from(
        [(str(bid.window), terms_of_bid(bid)) for bid in bids],
        windows=bidding.windows,
        pricing=bidding.pricing,
        qualified_mw=free_mw(bidding),
    )


def draft_key(
    member: Member, competition: Competition, ballot: Ballot | None, bidding: BiddingContext
) -> str:
    """Under which name the member's browser keeps what is typed: another one as soon as the ballot is
    recorded."""
    if ballot is None:
        return f"{member.pk}/{competition.pk}/new/{initial_of(bidding, None)['label']}"
    return f"{member.pk}/{competition.pk}/{ballot.pk}/{seen_at(ballot)}"


def seen_at(ballot: Ballot) -> str:
    """Which version of the ballot a page shows: a form sent from an older one would undo a colleague's
    change."""
    return ballot.changed_at.isoformat()


def initial_of(bidding: BiddingContext, ballot: Ballot | None) -> Mapping[str, Any]:
    """The form's first values: those of the ballot, whose assets stay, or a free label and all assets; boxes
    only as far as the form has them."""
    if ballot is None:
        label = next(str(number) for number in range(1, 10_000) if str(number) not in bidding.ballots)
        return {"label": label, "choice": ALL}
    held = bidding.ballots[ballot.label].assets
    first: dict[str, Any] = {"label": ballot.label, "choice": KEEP if held else ALL}
    return first if len(bidding.assets) > MOST_BOXES else first | {"assets": [str(key) for key in held]}


@dataclass(frozen=True)
class Picked:
    """The assets that a ballot would take: how many, of how many MW, and what that changes."""

    assets: Keys
    mw: Decimal
    words: str
    digest: str


def picked_assets(
    bidding: BiddingContext, offer: BallotOffer, label: str | None, taken: Keys | None = None
) -> Picked:
    """What the ballot would take by what is said of its assets; ``label`` names the ballot that is
    changed."""
    taken = assets_taken(bidding, offer) if taken is None else taken
    present = bidding.ballots.get(label) if label is not None else None
    before = present.assets if present is not None else frozenset()
    return Picked(
        taken,
        bidding.mw_of(taken),
        assets_in_words(bidding, before, taken, is_new=not before),
        digest_of_assets(taken),
    )


@dataclass(frozen=True)
class FoundAssets:
    """Qualified assets whose ref holds a text: all refs, and the first of them to show."""

    text: str
    refs: list[str]

    @property
    def shown(self) -> str:
        return listed(self.refs, 20)


def found_assets(bidding: BiddingContext, text: str) -> FoundAssets | None:
    """The assets whose ref holds the text, compared as keys; None without a text."""
    wanted = key_form(text)
    if not wanted:
        return None
    refs = sorted(asset.ref for asset in bidding.assets.values() if wanted in key_form(asset.ref))
    return FoundAssets(text, refs)


def with_refs(typed: str, refs: Sequence[str]) -> str:
    """The typed refs with others after them."""
    return ", ".join([typed.strip().rstrip(","), *refs] if typed.strip() else refs)


MOST_WARNINGS = 20
"""Warnings that the page which asks shows; the others are counted."""


def warned(bidding: BiddingContext, assessment: Assessment) -> tuple[list[tuple[str, str]], int]:
    """The first warnings, each with the windows that it is about, and how many more there are."""
    bids = assessment.offer.bids
    places: dict[str, list[str]] = {}
    for each in assessment.warnings:
        named = places.setdefault(each.sentence, [])
        if each.bid is not None:
            named.append(bidding.windows[bids[each.bid].window_id].label)
    told = [(listed(list(dict.fromkeys(named))), sentence) for sentence, named in places.items()]
    return told[:MOST_WARNINGS], max(len(told) - MOST_WARNINGS, 0)
