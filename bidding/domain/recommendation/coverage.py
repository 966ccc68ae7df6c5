"""What decisions (or advice) cover and cost: MW in every window against what is required, money against the
budget."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.recommendation.solver import OfferedBid
from marketplace.numbers import money_text, power_text

ZERO = Decimal(0)


@dataclass(frozen=True)
class WindowCoverage:
    """One window: what it requires, what all bids offer and what the chosen ones bring, in MW; and their
    cost."""

    window: str
    required_mw: Decimal
    offered_mw: Decimal
    accepted_mw: Decimal
    cost: Decimal

    @property
    def missing_mw(self) -> Decimal:
        return max(self.required_mw - self.accepted_mw, ZERO)

    @property
    def surplus_mw(self) -> Decimal:
        return max(self.accepted_mw - self.required_mw, ZERO)


@dataclass(frozen=True)
class Coverage:
    """All windows in order, the total cost and the maximum budget; amounts are MW, or MVAr of reactive
    power."""

    windows: tuple[WindowCoverage, ...]
    cost: Decimal
    maximum_budget: Decimal | None
    unit: str = "MW"
    currency: str = "GBP"

    @property
    def over_budget(self) -> Decimal:
        """The money above the maximum budget, zero when within it or when there is none."""
        return ZERO if self.maximum_budget is None else max(self.cost - self.maximum_budget, ZERO)

    @property
    def accepted_mw(self) -> Decimal:
        return sum((window.accepted_mw for window in self.windows), ZERO)

    @property
    def missing_mw(self) -> Decimal:
        return sum((window.missing_mw for window in self.windows), ZERO)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each window accepted beyond its requirement, and one for the budget."""
        found = [
            f"{window.window}: {power_text(window.accepted_mw, self.unit)} accepted, "
            f"{power_text(window.surplus_mw, self.unit)} more than the {power_text(window.required_mw, self.unit)} required."
            for window in self.windows
            if window.surplus_mw
        ]
        if self.over_budget:
            over = money_text(self.over_budget, self.currency)
            found.append(f"The accepted bids cost {over} more than the maximum budget.")
        return tuple(found)


def coverage_of(
    bids: Sequence[OfferedBid],
    chosen: Collection[str],
    required_mw: Mapping[str, Decimal],
    maximum_budget: Decimal | None,
    unit: str = "MW",
    currency: str = "GBP",
) -> Coverage:
    """What the ``chosen`` bids (by id) bring to each window of ``required_mw``."""
    by_window: dict[str, list[OfferedBid]] = {window: [] for window in required_mw}
    for bid in bids:
        by_window[bid.window].append(bid)
    windows = tuple(
        WindowCoverage(
            window,
            required,
            _mw(by_window[window]),
            _mw(bid for bid in by_window[window] if bid.id in chosen),
            sum((bid.cost for bid in by_window[window] if bid.id in chosen), ZERO),
        )
        for window, required in required_mw.items()
    )
    cost = sum((window.cost for window in windows), ZERO)
    return Coverage(windows, cost, maximum_budget, unit, currency)


def _mw(bids: Iterable[OfferedBid]) -> Decimal:
    return sum((bid.capacity_mw for bid in bids), ZERO)
