"""What the page of other numbers shows: the recommendation then beside the one that holds, and one window's
merit order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.queries import loaded_bids
from bidding.domain.recommendation.advice import Advised
from bidding.domain.recommendation.coverage import Coverage, WindowCoverage
from bidding.domain.recommendation.solver import OfferedBid, Recommendation
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
    advice: Advised,
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
    changes = [] if found is None else [("Comes in", key) for key in found.added]
    changes += [] if found is None else [("Drops out", key) for key in found.dropped]
    told = changes[:MOST_CHANGES]
    here_name = "" if here is None else str(here.window)
    in_window = {bid.id: bid for bid in advice.offered if bid.window == here_name}
    loaded = {str(bid.pk): bid for bid in loaded_bids(competition, [*in_window, *(key for _, key in told)])}
    listed = sorted(rows, key=lambda each: (not each.is_here, not each.is_changed))
    listed = rows if len(rows) <= MOST_WINDOWS else listed[:MOST_WINDOWS]
    return Tried(
        then=then,
        coverage=coverage,
        changes=[(word, loaded[key]) for word, key in told],
        changes_left=len(changes) - len(told),
        cost_change=Decimal(0) if found is None else found.cost_change,
        windows=listed,
        windows_left=len(rows) - len(listed),
        covered=sum(not each.then.missing_mw for each in rows),
        covered_now=sum(not each.now.missing_mw for each in rows),
        here=here,
        drawing=None if here is None else _drawing(competition, advice, in_window, loaded, then, here),
    )


def _sentence(window: ServiceWindow, then: WindowCoverage, unit: str) -> str:
    return (
        f"{window}: {power_text(then.required_mw, unit)} required, "
        f"{power_text(then.offered_mw, unit)} offered, {power_text(then.accepted_mw, unit)} recommended"
    )


def _drawing(
    competition: Competition,
    advice: Advised,
    offers: Mapping[str, OfferedBid],
    bids: Mapping[str, Bid],
    then: Recommendation,
    here: WindowTried,
) -> MeritOrder:
    now = advice.recommendation.accepted
    ordered = sorted(
        offers.values(), key=lambda each: (each.cost / each.capacity_mw, each.submitted_at, each.id)
    )
    drawn = [
        MeritBid(
            COMPANY_FORM.sub("", bids[each.id].ballot.provider.name),
            each.capacity_mw,
            each.cost / each.capacity_mw,
            Decision.ACCEPTED if each.id in then.accepted else Decision.REJECTED,
            is_chosen=(each.id in then.accepted) != (each.id in now),
        )
        for each in ordered
    ]
    unit, currency = power_unit(competition.power_type), competition.operator.currency
    return merit_order_drawing(drawn, here.then.required_mw, unit, currency)
