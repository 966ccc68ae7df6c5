"""What the page of other numbers shows: the recommendation then beside the one that holds, and one window's
merit order."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.recommendation.advice import Advice
from bidding.domain.recommendation.coverage import Coverage, WindowCoverage
from bidding.domain.recommendation.solver import Recommendation
from bidding.domain.recommendation.what_if import WhatIf
from bidding.enums import Decision
from bidding.models import Bid
from bidding.presenters.desk import COMPANY_FORM
from bidding.presenters.merit_order import MeritBid, MeritOrder, merit_order_drawing
from competitions.models import Competition, ServiceWindow
from marketplace.numbers import power_text
from marketplace.units import power_unit

MOST_CHANGES = 100
MOST_WINDOWS = 60


@dataclass(frozen=True)
class WindowTried:
    """A window then and now."""

    window: ServiceWindow
    then: WindowCoverage
    now: WindowCoverage
    is_here: bool
    sentence: str

    @property
    def is_changed(self) -> bool:
        """Whether it would be covered otherwise, or require something else."""
        return (self.then.accepted_mw, self.then.required_mw) != (self.now.accepted_mw, self.now.required_mw)

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """Its quantities as parts of a bar."""
        return [("offered", self.then.offered_mw), ("accepted", self.then.accepted_mw)]


@dataclass(frozen=True)
class Tried:
    """All that the page shows."""

    then: Recommendation
    coverage: Coverage
    changes: Sequence[tuple[str, Bid]]
    changes_left: int
    cost_change: Decimal
    windows: Sequence[WindowTried]
    windows_left: int
    covered: int
    covered_now: int
    here: WindowTried | None
    drawing: MeritOrder | None


def tried(
    competition: Competition,
    windows: Sequence[ServiceWindow],
    shown: ServiceWindow | None,
    advice: Advice,
    found: WhatIf | None,
) -> Tried:
    """The recommendation under the numbers tried; without them the one that holds."""
    then = advice.recommendation if found is None else found.recommendation
    coverage = advice.recommended if found is None else found.coverage
    unit = power_unit(competition.power_type)
    rows = [
        WindowTried(window, after, before, window == shown, _sentence(window, after, unit))
        for window, after, before in zip(windows, coverage.windows, advice.recommended.windows, strict=True)
    ]
    here = next((each for each in rows if each.is_here), None)
    changes = [] if found is None else [("Comes in", bid) for bid in found.added]
    changes += [] if found is None else [("Drops out", bid) for bid in found.dropped]
    listed = sorted(rows, key=lambda each: (not each.is_here, not each.is_changed))
    listed = rows if len(rows) <= MOST_WINDOWS else listed[:MOST_WINDOWS]
    return Tried(
        then=then,
        coverage=coverage,
        changes=changes[:MOST_CHANGES],
        changes_left=len(changes) - len(changes[:MOST_CHANGES]),
        cost_change=Decimal(0) if found is None else found.cost_change,
        windows=listed,
        windows_left=len(rows) - len(listed),
        covered=sum(not each.then.missing_mw for each in rows),
        covered_now=sum(not each.now.missing_mw for each in rows),
        here=here,
        drawing=None if here is None else _drawing(competition, advice, then, here, unit),
    )


def _sentence(window: ServiceWindow, then: WindowCoverage, unit: str) -> str:
    return (
        f"{window}: {power_text(then.required_mw, unit)} required, "
        f"{power_text(then.offered_mw, unit)} offered, {power_text(then.accepted_mw, unit)} recommended"
    )


def _drawing(
    competition: Competition, advice: Advice, then: Recommendation, here: WindowTried, unit: str
) -> MeritOrder:
    bids = [bid for bid in advice.bids if bid.window_id == here.window.pk]
    bids.sort(key=lambda bid: (advice.costs[bid.pk] / bid.capacity_mw, bid.submitted_at, str(bid.pk)))
    drawn = [
        MeritBid(
            COMPANY_FORM.sub("", bid.ballot.provider.name),
            bid.capacity_mw,
            advice.costs[bid.pk] / bid.capacity_mw,
            Decision.ACCEPTED if str(bid.pk) in then.accepted else Decision.REJECTED,
            is_chosen=(str(bid.pk) in then.accepted) != advice.recommends(bid),
        )
        for bid in bids
    ]
    return merit_order_drawing(drawn, here.then.required_mw, unit, competition.operator.currency)
