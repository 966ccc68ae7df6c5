"""The decision desk: the bids of one window in merit order, one of them explained, and all windows beside
them."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.paginator import Page

from bidding.domain.ballots.bidding_context import kept_windows
from bidding.domain.decisions.seen import digest_of_state
from bidding.domain.decisions.tally import (
    TalliedBid,
    Tally,
    WindowTally,
    tallied_bids,
    tally_digest,
    tally_of,
)
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.explained import Explanation, explain
from bidding.domain.recommendation.solver import OfferedBid, Recommendation
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from bidding.presenters.decisions import advice_for, advice_key, keep_seconds, lacks_estimate
from bidding.presenters.merit_order import MeritBid, MeritOrder, merit_order_drawing
from bidding.presenters.why_advice import WhyShown, why_shown
from competitions.models import Competition, ServiceWindow
from marketplace import memo
from marketplace.dates import time_text
from marketplace.numbers import hours_text, places_of, power_text, rounded_text
from marketplace.units import power_unit
from marketplace.web.figures import bullet_html
from marketplace.web.lists import page_of

ZERO = Decimal(0)
PAGE_BIDS = 50
PRICE_HEADS = {"availability_price": "/MW/h", "utilisation_price": "/MWh", "service_fee": "/MW"}
"""What a price is for, after the sign of the currency; of reactive power too, as in the files."""
COMPANY_FORM = re.compile(r"\s+(ltd|limited|plc|llp|lp|gmbh|inc)\.?$", re.IGNORECASE)


@dataclass(frozen=True)
class KeptAdvice:
    """What the desk needs of the advice and never changes after the close: £ by bid, and of the greedy merit
    order."""

    recommendation: Recommendation
    costs: Mapping[uuid.UUID, Decimal]
    greedy_cost: Decimal
    fingerprint: str


@dataclass(frozen=True)
class DeskRow:
    """A bid of the window shown: cost in £, the advice on it, and its decision as the page shows it."""

    bid: Bid
    cost: Decimal
    cost_per_mw: Decimal
    is_recommended: bool
    reason: str
    is_chosen: bool
    prices: tuple[Decimal | None, ...]

    @property
    def seen(self) -> str:
        """The bid with a digest of the decision, reason and comment that the page shows."""
        state = (str(self.bid.decision), str(self.bid.rejection_reason), self.bid.rejection_comment)
        return f"{self.bid.pk}:{digest_of_state(state)}"

    @property
    def decision(self) -> Decision:
        return Decision(self.bid.decision)

    @property
    def key(self) -> str:
        return str(self.bid.pk)

    @property
    def is_estimated(self) -> bool:
        return not lacks_estimate(self.bid)

    @property
    def rejected_for(self) -> str:
        """Why it was rejected, with the comment."""
        reason = self.bid.rejection_reason
        told = [str(RejectionReason(reason).label) if reason else "", self.bid.rejection_comment]
        return ": ".join(each for each in told if each)


@dataclass(frozen=True)
class WindowLink:
    """A window in the list of all of them: its bar, and its amounts in words."""

    key: str
    title: str
    name: str
    is_here: bool
    bar: str
    amounts: str
    hours: str
    advised: str
    left: str
    tone: str


@dataclass(frozen=True)
class Desk:
    """All that the page shows."""

    tally: Tally
    here: WindowTally
    page: "Page[TalliedBid]"
    rows: tuple[DeskRow, ...]
    chosen: DeskRow | None
    why: WhyShown | None
    drawing: MeritOrder
    windows: tuple[WindowLink, ...]
    advice: KeptAdvice
    digest: str
    places: int
    window_cost: Decimal
    next_undecided: uuid.UUID | None
    maximum_budget: Decimal | None

    @property
    def over_budget(self) -> Decimal:
        """£ by which what is accepted exceeds the maximum budget."""
        return ZERO if self.maximum_budget is None else max(self.tally.cost - self.maximum_budget, ZERO)

    @property
    def advised_out(self) -> int:
        """How many bids the advice leaves out."""
        return self.tally.bids - len(self.advice.recommendation.accepted)

    @property
    def lacks_estimates(self) -> bool:
        """Whether a bid shown has a utilisation price that its cost does not count."""
        return any(not row.is_estimated for row in self.rows)


def kept_advice(competition: Competition) -> KeptAdvice:
    """The advice without its bids, from the cache where it is known."""
    key = f"{advice_key(competition)}.desk"
    known: KeptAdvice | None = memo.cache_get(key)
    if known is not None:
        return known
    advice = advice_for(competition)
    found = KeptAdvice(advice.recommendation, advice.costs, advice.merit_order.cost, advice.fingerprint)
    memo.cache_set(key, found, keep_seconds(advice.recommendation))
    return found


def desk_of(competition: Competition, *, window: str = "", bid: str = "", page: str = "") -> Desk | None:
    """The desk at a window or at a bid, by their ids as an address gives them; None without windows.

    What is asked for wrongly, or not at all, leads to the first window with an undecided bid.
    """
    windows, bids, advice = kept_windows(competition), tallied_bids(competition), kept_advice(competition)
    if not windows:
        return None
    tally = tally_of(windows, bids, advice.costs, advice.recommendation.accepted)
    chosen = next((each for each in bids if str(each.id) == bid), None)
    here = _window_shown(tally, str(chosen.window_id) if chosen else window)
    details = _details(competition, here.window)
    ordered = sorted(
        (each for each in bids if each.window_id == here.window.pk),
        key=lambda each: _merit(each, advice, details[each.id]),
    )
    if chosen is None:
        chosen = next((each for each in ordered if each.decision == Decision.UNDECIDED), None) or next(
            iter(ordered), None
        )
        number: str | int = page
    else:
        number = ordered.index(chosen) // PAGE_BIDS + 1
    shown = page_of(ordered, number, PAGE_BIDS)
    rows = _rows(competition, here.window, list(shown.object_list), advice, chosen)
    unit, currency = power_unit(competition.power_type), competition.operator.currency
    return Desk(
        tally=tally,
        here=here,
        page=shown,
        rows=rows,
        chosen=next((each for each in rows if each.is_chosen), None),
        why=_why(competition, here, ordered, advice, details, rows),
        drawing=merit_order_drawing(
            [_drawn(each, advice, details[each.id], chosen) for each in ordered],
            here.required_mw,
            unit,
            currency,
        ),
        windows=_links(tally, here, unit),
        advice=advice,
        digest=tally_digest(bids),
        places=places_of([each.capacity_mw for each in ordered]),
        window_cost=sum((advice.costs[each.id] for each in ordered), ZERO),
        next_undecided=next((each.id for each in bids if each.decision == Decision.UNDECIDED), None),
        maximum_budget=competition.maximum_budget,
    )


@dataclass(frozen=True)
class _Details:
    provider: str
    utilisation_price: Decimal
    submitted_at: datetime


def _details(competition: Competition, window: ServiceWindow) -> dict[uuid.UUID, _Details]:
    rows = bids_of_competition(competition).filter(window=window).order_by().select_related(None)
    return {
        key: _Details(COMPANY_FORM.sub("", name), price or Decimal(0), at)
        for key, name, price, at in rows.values_list(
            "pk", "ballot__provider__name", "utilisation_price", "submitted_at"
        )
    }


def _merit(bid: TalliedBid, advice: KeptAdvice, details: _Details) -> tuple[object, ...]:
    return (
        advice.costs[bid.id] / bid.capacity_mw,
        details.utilisation_price,
        details.submitted_at,
        str(bid.id),
    )


def _window_shown(tally: Tally, asked: str) -> WindowTally:
    found = next((each for each in tally.windows if str(each.window.pk) == asked), None)
    open_ones = (each for each in tally.windows if each.undecided)
    with_bids = (each for each in tally.windows if each.bids)
    return found or next(open_ones, None) or next(with_bids, None) or tally.windows[0]


def _rows(
    competition: Competition,
    window: ServiceWindow,
    shown: Sequence[TalliedBid],
    advice: KeptAdvice,
    chosen: TalliedBid | None,
) -> tuple[DeskRow, ...]:
    found = bids_of_competition(competition).filter(pk__in=[each.id for each in shown]).order_by()
    loaded = {bid.pk: bid for bid in found.select_related(None).select_related("ballot__provider")}
    for bid in loaded.values():
        bid.window, bid.ballot.competition = window, competition
    return tuple(
        DeskRow(
            bid=loaded[each.id],
            cost=advice.costs[each.id],
            cost_per_mw=advice.costs[each.id] / each.capacity_mw,
            is_recommended=str(each.id) in advice.recommendation.accepted,
            reason=advice.recommendation.reasons[str(each.id)],
            is_chosen=each is chosen,
            prices=tuple(getattr(loaded[each.id], name) for name in competition.price_fields),
        )
        for each in shown
        if each.id in loaded
    )


def _drawn(bid: TalliedBid, advice: KeptAdvice, details: _Details, chosen: TalliedBid | None) -> MeritBid:
    return MeritBid(
        details.provider,
        bid.capacity_mw,
        advice.costs[bid.id] / bid.capacity_mw,
        bid.decision,
        is_chosen=bid is chosen,
    )


def _links(tally: Tally, here: WindowTally, unit: str) -> tuple[WindowLink, ...]:
    shown = ((each.required_mw, each.accepted_mw, each.advised_mw) for each in tally.windows)
    places = max(1, places_of([mw for three in shown for mw in three]))
    return tuple(_link(each, each is here, unit, places) for each in tally.windows)


def _link(tally: WindowTally, is_here: bool, unit: str, places: int) -> WindowLink:
    window, title = tally.window, str(tally.window)
    required, accepted = tally.required_mw, tally.accepted_mw
    sentence = (
        f"{title}: {power_text(required, unit)} required, "
        f"{power_text(tally.offered_mw, unit)} offered, {power_text(accepted, unit)} accepted"
    )
    left, tone = "covered", " green-t"
    if accepted != required:
        is_short = accepted < required
        word, tone = ("short", " amber-t") if is_short else ("over", "")
        left = f"{rounded_text(abs(required - accepted), places)} {word}"
    return WindowLink(
        key=str(window.pk),
        title=title,
        name=window.name,
        is_here=is_here,
        bar=bullet_html(required, (("offered", tally.offered_mw), ("accepted", accepted)), sentence),
        amounts=f"{rounded_text(accepted, places)} of {rounded_text(required, places)}",
        hours=f"{time_text(window.start)} to {time_text(window.end)}, {hours_text(window.available_minutes)}",
        advised=f"advice {rounded_text(tally.advised_mw, places)}",
        left=left,
        tone=tone,
    )


def _why(
    competition: Competition,
    here: WindowTally,
    ordered: Sequence[TalliedBid],
    advice: KeptAdvice,
    details: Mapping[uuid.UUID, _Details],
    rows: Sequence[DeskRow],
) -> WhyShown | None:
    row = next((each for each in rows if each.is_chosen), None)
    if row is None:
        return None
    name = str(here.window)
    offers = {
        each.id: OfferedBid(
            str(each.id), name, each.capacity_mw, advice.costs[each.id], details[each.id].submitted_at
        )
        for each in ordered
    }
    found = _explained(competition, row, offers, here, advice)
    names = {str(key): each.provider for key, each in details.items()}
    return why_shown(found, names, power_unit(competition.power_type), competition.operator.currency)


def _explained(
    competition: Competition,
    row: DeskRow,
    offers: Mapping[uuid.UUID, OfferedBid],
    here: WindowTally,
    advice: KeptAdvice,
) -> Explanation:
    key = f"{advice_key(competition)}.why.{row.bid.pk}"
    known: Explanation | None = memo.cache_get(key)
    if known is not None:
        return known
    advised_here = sum(
        (offer.cost for offer in offers.values() if offer.id in advice.recommendation.accepted), Decimal(0)
    )
    budget = competition.maximum_budget
    left = None if budget is None else budget - (advice.recommendation.cost - advised_here)
    others = [offer for pk, offer in offers.items() if pk != row.bid.pk]
    found = explain(offers[row.bid.pk], others, here.required_mw, left)
    memo.cache_set(key, found, keep_seconds(advice.recommendation))
    return found
