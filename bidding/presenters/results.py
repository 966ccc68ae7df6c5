"""What the pages of results show: lists of competitions and of bids, and the merit order of a window."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from accounts.models import Member
from bidding.domain.queries import bids_for_operator, competitions_told, own_bids
from bidding.domain.results.clearing import Clearing, Clearings, RankedBid
from bidding.domain.results.outcomes import is_told
from bidding.domain.results.sums import ResultSums, sums_of
from bidding.enums import Decision
from bidding.models import Bid
from bidding.presenters.merit_order import MeritBid, MeritOrder, merit_order_drawing
from competitions.domain.queries import LISTED, largest_windows, listed
from competitions.models import Competition
from marketplace import memo
from marketplace.numbers import money_text, power_text
from marketplace.prepared import asked
from marketplace.units import power_unit

KEPT_SECONDS = 24 * 3600
MOST_TOLD = 4
"""Of a company's own bids for a window so many are told in words."""
NONE_YET = ResultSums()


@dataclass(frozen=True)
class ToldRow:
    """A competition in which the company has bid: the result in a word with its colour, and what it comes
    to."""

    competition: Competition
    result: str
    colour: str
    sums: ResultSums | None
    is_told: bool


TOLD_VIEWS = {"": "All", "confirmed": "Confirmed", "waiting": "Not yet"}
"""The exclusive views of a provider's results, by their value in the address."""


def told_views(now: datetime) -> dict[str, Q]:
    """Which competitions are in each view."""
    return {
        "": Q(),
        "confirmed": Q(confirmed_at__lte=now, cancelled_at=None),
        "waiting": Q(confirmed_at=None, cancelled_at=None),
    }


def told_listed(competitions: "QuerySet[Competition]") -> "QuerySet[Competition]":
    """The same with what a line of a provider's results tells alone."""
    return listed(competitions).only(*LISTED, "operator__name", "operator__currency")


def told_counts(member: Member, now: datetime) -> dict[str, int]:
    """How many competitions each view holds."""
    views = told_views(now)

    def counted() -> None:
        numbers = {f"view_{name}": Count("pk", filter=view or None) for name, view in views.items()}
        competitions_told(member, now).order_by().aggregate(**numbers)

    own = member.organisation_id
    [numbers] = asked("bidding.told_views", Competition, counted, whose=member, own=own, now=now)
    return dict(zip(views, numbers, strict=True))


def told_rows(member: Member, competitions: Sequence[Competition], now: datetime) -> list[ToldRow]:
    """The rows of a provider's results; nothing is said of decisions before they are confirmed."""
    told = [each for each in competitions if is_told(each, now)]
    sums = _kept_sums(
        told,
        str(member.organisation_id),
        lambda missing: sums_of(own_bids(member).filter(ballot__competition__in=missing)),
    )
    return [_told_row(each, sums.get(each.pk, NONE_YET) if each in told else None) for each in competitions]


def _told_row(competition: Competition, sums: ResultSums | None) -> ToldRow:
    if competition.cancelled_at is not None:
        return ToldRow(competition, "Cancelled", "red", None, False)
    if sums is None:
        return ToldRow(competition, "Not confirmed yet", "amber", None, False)
    if not sums.accepted:
        return ToldRow(competition, "None accepted", "", sums, True)
    word = "All accepted" if sums.accepted == sums.bids else "Some accepted"
    return ToldRow(competition, word, "green", sums, True)


def own_sums(member: Member, competition: Competition) -> ResultSums:
    """What the company's bids in a confirmed competition come to."""
    kept = _kept_sums(
        [competition],
        str(member.organisation_id),
        lambda missing: sums_of(own_bids(member).filter(ballot__competition__in=missing)),
    )
    return kept.get(competition.pk, NONE_YET)


@dataclass(frozen=True)
class ConfirmedRow:
    """A competition with results, for its operator; MW are those of the largest window."""

    competition: Competition
    result: str
    colour: str
    sums: ResultSums
    required_mw: Decimal | None
    sentence: str

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """What is accepted, as part of a bar."""
        return [("accepted", self.sums.capacity_mw)]


def confirmed_rows(member: Member, competitions: Sequence[Competition], now: datetime) -> list[ConfirmedRow]:
    """The rows of an operator's results."""
    sums = operator_sums(member, competitions, now)
    required = largest_windows([each.pk for each in competitions]) if competitions else {}
    rows = []
    for each in competitions:
        found, unit = sums.get(each.pk, NONE_YET), power_unit(each.power_type)
        result, colour = _result(each, found)
        sentence = (
            f"{each.ref}: {power_text(found.capacity_mw, unit)} accepted of "
            f"{power_text(required.get(each.pk, Decimal(0)), unit)} required"
        )
        rows.append(ConfirmedRow(each, result, colour, found, required.get(each.pk), sentence))
    return rows


def operator_sums(
    member: Member, competitions: Sequence[Competition], now: datetime
) -> dict[uuid.UUID, ResultSums]:
    """What the bids of the operator's competitions come to, by competition; kept once the results are
    confirmed."""
    return _kept_sums(
        competitions,
        "all",
        lambda missing: sums_of(bids_for_operator(member, now).filter(ballot__competition__in=missing)),
    )


def _result(competition: Competition, sums: ResultSums) -> tuple[str, str]:
    if competition.confirmed_at is None:
        return "Archived, not confirmed", "amber"
    if not sums.bids:
        return "No bids", ""
    return ("Awarded", "green") if sums.accepted else ("No award", "")


def _kept_sums(
    competitions: Sequence[Competition],
    whose: str,
    ask: Callable[[list[uuid.UUID]], Mapping[uuid.UUID, ResultSums]],
) -> dict[uuid.UUID, ResultSums]:
    """The sums by competition, asked for once: what is confirmed no longer changes."""
    keys = {
        each.pk: f"bidding.results.{each.pk}.{whose}.{each.confirmed_at.isoformat()}"
        for each in competitions
        if each.confirmed_at is not None
    }
    known = memo.cache_get_many(keys.values()) if keys else {}
    found = {pk: known[key] for pk, key in keys.items() if key in known}
    missing = [each.pk for each in competitions if each.pk not in found]
    if missing:
        asked = ask(missing)
        found |= {pk: asked.get(pk, NONE_YET) for pk in missing}
        memo.cache_set_many({keys[pk]: found[pk] for pk in missing if pk in keys}, KEPT_SECONDS)
    return found


@dataclass(frozen=True)
class ResultRow:
    """A bid with its result, for the operator; ``unit`` is that of its capacity."""

    bid: Bid
    ranked: RankedBid
    of: int
    unit: str

    @property
    def cost(self) -> Decimal:
        return self.ranked.cost

    @property
    def per_mw(self) -> Decimal:
        return self.ranked.per_mw

    @property
    def place_text(self) -> str:
        """As people say it: 2 of 5."""
        return f"{self.ranked.place} of {self.of}"

    @property
    def result_text(self) -> str:
        """The decision in a word."""
        return str(Decision(self.bid.decision).taken)


def result_rows(clearings: Clearings, bids: Sequence[Bid], unit: str) -> list[ResultRow]:
    """The rows of the bids that a page shows, which get their windows."""
    cleared = clearings.of({bid.window_id for bid in bids})
    rows = []
    for bid in bids:
        window = cleared[bid.window_id]
        bid.window = window.window
        rows.append(ResultRow(bid, window.ranked[bid.pk], len(window.bids), unit))
    return rows


@dataclass(frozen=True)
class ShownWindow:
    """One window's merit order as a drawing, and what it cleared at in a sentence."""

    clearing: Clearing
    drawing: MeritOrder
    cleared: str
    own: tuple[str, ...] = ()


def window_result(clearing: Clearing, competition: Competition, own: Member | None = None) -> ShownWindow:
    """The drawing of a window; the bids of ``own``'s company are framed, and go by “Your bid”."""
    unit, currency = power_unit(competition.power_type), competition.operator.currency
    own_pk = None if own is None else own.organisation_id
    drawn = [
        MeritBid(
            "Your bid" if each.bid.ballot.provider_id == own_pk else each.name or "A bid",
            each.bid.capacity_mw,
            each.cost_per_mw,
            Decision(each.bid.decision),
            is_chosen=each.bid.ballot.provider_id == own_pk,
        )
        for each in clearing.bids
    ]
    drawing = merit_order_drawing(drawn, clearing.window.capacity_required_mw, unit, currency)
    dearest = clearing.dearest
    cleared = (
        f"The dearest accepted bid costs {money_text(dearest.per_mw, currency)} per {unit}."
        if dearest
        else "No bid was accepted for this window."
    )
    told = [
        _own_sentence(each, clearing, unit, currency)
        for each in clearing.bids
        if each.bid.ballot.provider_id == own_pk
    ]
    return ShownWindow(clearing, drawing, cleared, tuple(told[:MOST_TOLD]))


def _own_sentence(ranked: RankedBid, clearing: Clearing, unit: str, currency: str) -> str:
    """Where the company's own bid stands, and how far it is from the dearest accepted one."""
    told = (
        f"Your bid of {power_text(ranked.bid.capacity_mw, unit)} costs {money_text(ranked.per_mw, currency)} "
        f"per {unit}, place {ranked.place} of {len(clearing.bids)}"
    )
    dearest = clearing.dearest
    if dearest is None or ranked.is_accepted:
        return f"{told}."
    apart = ranked.per_mw - dearest.per_mw
    if not apart:
        return f"{told}: as much as the dearest accepted."
    side = "above" if apart > 0 else "below"
    return f"{told}: {money_text(abs(apart), currency)} {side} the dearest accepted."
