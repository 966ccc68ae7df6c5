"""Rehearsing a competition file: what it would find among the assets that the operator sees already.

The file is checked and applied by the code that applies it for good, in a transaction that is rolled back: nothing is
stored, published or told to anybody. Assets that the operator doesn't see stay out, so that a wide boundary tells nothing
new; providers are counted, not named.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from bidding.domain.costs import bid_cost
from competitions.models import Competition, ServiceWindow
from competitions.rules import check_may_procure
from competitions.workbooks import competition_file
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks import Problem
from qualification.domain import criteria, engine, facts
from qualification.domain.queries import assets_visible_to, latest_overrides
from qualification.domain.standing import reaches
from qualification.enums import Criterion, OverrideDecision

MOST_COMPETITIONS = 50
PRICES = ("availability_price", "utilisation_price", "service_fee")
Prices = Mapping[str, Decimal | None]
Judged = tuple[bytes, int, bool, Decimal]
"""Whose asset, bits of the failed criteria, whether it is eligible (overrides counted), relevant capacity."""


@dataclass(frozen=True)
class TrialWindow:
    """A service window: what it requires, what eligible assets of how many providers could offer, what that may cost.

    ``cost`` is that of the MW required, or of what can be offered where that is less, at the sample prices.
    """

    name: str
    required_mw: Decimal
    offered_mw: Decimal
    providers: int
    cost: Decimal

    @property
    def short_mw(self) -> Decimal:
        """MW that the eligible assets can't cover."""
        return max(self.required_mw - self.offered_mw, Decimal(0))


@dataclass(frozen=True)
class Trial:
    """What one competition of the file would find. ``failing`` counts assets in the boundary by what they fail."""

    ref: str
    name: str
    power_type: str
    within: int
    eligible: int
    eligible_mw: Decimal
    providers: int
    failing: tuple[tuple[str, int], ...]
    windows: tuple[TrialWindow, ...]

    @property
    def cost(self) -> Decimal:
        return sum((window.cost for window in self.windows), Decimal(0))


@dataclass
class Outcome:
    """What the file would do, and the problems that refuse parts of it."""

    trials: list[Trial] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0


def try_file(*, by: Member, data: bytes, prices: Prices, now: datetime) -> Outcome:
    """Rehearse the competitions that the file creates or changes; nothing stays. Blank prices are the file's own.

    Raises ``NotAllowed``, ``Unreadable`` for what is no competition file, and ``Refused`` for more than fifty
    competitions.
    """
    check_may_procure(by)
    context = JobContext(job_id=uuid.uuid4(), member=by, params={}, now=now)
    visible = list(assets_visible_to(by, now).values_list("pk", flat=True))
    with transaction.atomic():
        plan = competition_file.check(context, data)
        planned = list(plan.payload)
        if len(planned) > MOST_COMPETITIONS:
            raise Refused(
                f"At most {MOST_COMPETITIONS} competitions are rehearsed at once; the file has {len(planned)}."
            )
        competition_file.apply(context, plan)
        refs = [one.after.ref for one in planned]
        trials = _trials(Competition.objects.filter(operator=by.organisation_id, ref__in=refs), visible, prices, now)
        transaction.set_rollback(True)
    unchanged = sum(change.action == "unchanged" for change in plan.changes)
    return Outcome(trials, list(plan.problems), unchanged)


def _trials(
    competitions: "QuerySet[Competition]", visible: Sequence[uuid.UUID], prices: Prices, now: datetime
) -> list[Trial]:
    found = {each.pk: each for each in competitions}
    if not found:
        return []
    terms = facts.terms_of(Competition.objects.filter(pk__in=found), now)
    shapes = facts.shapes_of(list(terms))
    decided = latest_overrides(list(found), visible)
    judged: dict[uuid.UUID, list[Judged]] = {pk: [] for pk in found}
    for chunk in facts.chunks(visible, shapes):
        owners = {facts.asset_id(one): bytes(one["provider"]) for one in chunk.facts}
        for competition_id, asset_id, _, bits, capacity in engine.pairs(terms, shapes, chunk):
            override = decided.get((competition_id, asset_id))
            is_eligible = not bits if override is None else override.decision == OverrideDecision.QUALIFY
            judged[competition_id].append((owners[asset_id], bits, is_eligible, criteria.megawatts(capacity)))
    ordered = sorted(found.values(), key=lambda each: each.ref)
    return [_trial(each, judged[each.pk], prices) for each in ordered]


def _trial(competition: Competition, judged: Sequence[Judged], prices: Prices) -> Trial:
    offered: dict[bytes, Decimal] = {}
    failing: Counter[Criterion] = Counter()
    for owner, bits, is_eligible, mw in judged:
        if not is_eligible:
            failing.update(criteria.criteria_of(bits))
        else:
            offered[owner] = offered.get(owner, Decimal(0)) + mw
    windows = ServiceWindow.objects.filter(competition=competition).select_related("period")
    return Trial(
        ref=competition.ref,
        name=competition.name,
        power_type=competition.power_type,
        within=len(judged),
        eligible=sum(is_eligible for _, _, is_eligible, _ in judged),
        eligible_mw=sum(offered.values(), Decimal(0)),
        providers=len(offered),
        failing=tuple((Criterion(code).label, count) for code, count in failing.most_common()),
        windows=tuple(_window(competition, window, list(offered.values()), prices) for window in windows),
    )


def _window(
    competition: Competition, window: ServiceWindow, offered: Sequence[Decimal], prices: Prices
) -> TrialWindow:
    reaching = [mw for mw in offered if reaches(mw, window.minimum_aggregate_mw)]
    total = sum(reaching, Decimal(0))
    asked = competition.price_fields
    own = {name: getattr(competition, name) if name in asked else None for name in PRICES}
    own |= {name: price for name, price in prices.items() if name in asked and price is not None}
    cost = bid_cost(
        capacity_mw=min(total, window.capacity_required_mw),
        available_minutes=window.available_minutes,
        dispatch_estimate=window.dispatch_estimate,
        dispatch_duration=window.dispatch_duration,
        **own,
    )
    return TrialWindow(str(window), window.capacity_required_mw, total, len(reaching), cost)
