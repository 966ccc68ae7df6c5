"""What competitions would find: which of the assets that their operator sees would qualify, what they could
offer and cost.

Assets that the operator doesn't see stay out, so that a wide boundary tells nothing new; providers are
counted, not named.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from bidding.domain.recommendation.costs import bid_cost
from competitions.models import Competition, ServiceWindow
from marketplace.numbers import power_text
from marketplace.units import power_unit
from qualification.domain import criteria
from qualification.domain.facts import reading
from qualification.domain.facts.asset_facts import megawatts
from qualification.domain.queries import latest_overrides
from qualification.domain.verdicts import engine
from qualification.domain.verdicts.requirements import requirements_of
from qualification.domain.verdicts.standing import reaches
from qualification.enums import OverrideDecision

PRICES = ("availability_price", "utilisation_price", "service_fee")
PRICE_WORDS = {
    "availability_price": "availability price",
    "utilisation_price": "utilisation price",
    "service_fee": "service fee",
}
Prices = Mapping[str, Decimal | None]
Judged = tuple[bytes, int, bool, Decimal]
"""Whose asset, bits of the failed criteria, whether it is eligible (overrides counted), relevant capacity."""


@dataclass(frozen=True)
class DryRunWindow:
    """A service window: what it requires, what eligible assets of how many providers could offer, what that
    may cost.

    ``cost`` is that of the MW required, or of what can be offered where that is less, at the sample prices;
    None without any price. ``why_less`` says why nothing, or less than all that is eligible, could be
    offered, ``is_estimated`` whether a utilisation price counts.
    """

    name: str
    required_mw: Decimal
    offered_mw: Decimal
    providers: int
    cost: Decimal | None
    why_less: str = ""
    is_estimated: bool = True

    @property
    def short_mw(self) -> Decimal:
        """MW that the eligible assets can't cover."""
        return max(self.required_mw - self.offered_mw, Decimal(0))


@dataclass(frozen=True)
class DryRun:
    """What one competition of the file would find. ``failing`` counts assets in the boundary by what they
    fail."""

    ref: str
    name: str
    power_type: str
    within: int
    eligible: int
    eligible_mw: Decimal
    providers: int
    failing: tuple[tuple[str, int], ...]
    windows: tuple[DryRunWindow, ...]
    missing_prices: tuple[str, ...] = ()
    is_unchanged: bool = False

    @property
    def cost(self) -> Decimal | None:
        """What all windows may cost; None without any price."""
        costs = [window.cost for window in self.windows if window.cost is not None]
        return sum(costs, Decimal(0)) if costs else None


def dry_runs_of(
    competitions: "QuerySet[Competition]", visible: Sequence[uuid.UUID], prices: Prices, now: datetime
) -> list[DryRun]:
    """What each of the competitions would find among the assets of ``visible``, ordered by ref."""
    found = {each.pk: each for each in competitions}
    if not found:
        return []
    requirements = requirements_of(Competition.objects.filter(pk__in=found), now)
    shapes = reading.shapes_of(list(requirements))
    decided = latest_overrides(list(found), visible)
    judged: dict[uuid.UUID, list[Judged]] = {pk: [] for pk in found}
    for chunk in reading.chunks(visible, shapes):
        owners = {reading.asset_id(one): bytes(one["provider_id"]) for one in chunk.facts}
        for competition_id, asset_id, _, bits, capacity in engine.pairs(requirements, shapes, chunk):
            override = decided.get((competition_id, asset_id))
            is_eligible = not bits if override is None else override.decision == OverrideDecision.QUALIFY
            judged[competition_id].append((owners[asset_id], bits, is_eligible, megawatts(capacity)))
    ordered = sorted(found.values(), key=lambda each: each.ref)
    return [_dry_run(each, judged[each.pk], prices) for each in ordered]


def _dry_run(competition: Competition, judged: Sequence[Judged], prices: Prices) -> DryRun:
    offered: dict[bytes, Decimal] = {}
    failing: Counter[str] = Counter()
    for owner, bits, is_eligible, mw in judged:
        if not is_eligible:
            failing.update(criteria.codes_of(bits))
        else:
            offered[owner] = offered.get(owner, Decimal(0)) + mw
    windows = ServiceWindow.objects.filter(competition=competition).select_related("period")
    return DryRun(
        ref=competition.ref,
        name=competition.name,
        power_type=competition.power_type,
        within=len(judged),
        eligible=sum(is_eligible for _, _, is_eligible, _ in judged),
        eligible_mw=sum(offered.values(), Decimal(0)),
        providers=len(offered),
        failing=tuple((criteria.BY_CODE[code].label, count) for code, count in failing.most_common()),
        windows=tuple(_window(competition, window, list(offered.values()), prices) for window in windows),
        missing_prices=tuple(
            PRICE_WORDS[name] for name, price in _prices(competition, prices).items() if price is None
        ),
    )


def _window(
    competition: Competition, window: ServiceWindow, offered: Sequence[Decimal], prices: Prices
) -> DryRunWindow:
    reaching = [mw for mw in offered if reaches(mw, window.minimum_aggregate_mw)]
    total = sum(reaching, Decimal(0))
    asked = _prices(competition, prices)
    is_priced = any(price is not None for price in asked.values())
    is_estimated = asked.get("utilisation_price") is None or bool(
        window.dispatch_estimate and window.dispatch_duration
    )
    cost = bid_cost(
        capacity_mw=min(total, window.capacity_required_mw),
        available_minutes=window.available_minutes,
        dispatch_estimate=window.dispatch_estimate,
        dispatch_duration=window.dispatch_duration,
        **dict.fromkeys(PRICES) | asked,
    )
    return DryRunWindow(
        name=str(window),
        required_mw=window.capacity_required_mw,
        offered_mw=total,
        providers=len(reaching),
        cost=cost if is_priced else None,
        why_less=_why_less(offered, len(reaching), window.minimum_aggregate_mw, competition.power_type),
        is_estimated=is_estimated,
    )


def _prices(competition: Competition, sample: Prices) -> dict[str, Decimal | None]:
    """The prices that a bid in the competition carries: the sample ones, else the competition's own."""
    own = {name: getattr(competition, name) for name in competition.price_fields}
    return own | {name: price for name, price in sample.items() if name in own and price is not None}


def _why_less(offered: Sequence[Decimal], reaching: int, minimum_mw: Decimal, power_type: str) -> str:
    """Why some providers' eligible assets, or all of them, could offer nothing in a window; blank where none
    lack."""
    if not offered:
        return "no asset is eligible"
    if not any(offered):
        return "the eligible assets have no relevant capacity"
    below = len(offered) - reaching
    if not below:
        return ""
    if len(offered) == 1:
        who = "the one provider's eligible assets stay"
    else:
        share = f"{below} of" if reaching else "each of"
        who = f"{share} {len(offered)} providers {'stay' if reaching and below > 1 else 'stays'}"
    return f"{who} below the minimum aggregate size of {power_text(minimum_mw, power_unit(power_type))}"
