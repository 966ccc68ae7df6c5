"""How assets and providers stand in a competition: statuses, sums, windows that apply, and what may be
bid."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT

from accounts.models import Organisation
from competitions.enums import AssetStatus
from competitions.models import Competition, ServiceWindow
from marketplace.numbers import power_text
from marketplace.prepared import asked
from qualification.domain.facts.data import thaw
from qualification.enums import AssetStanding, EntryState, OverrideDecision
from qualification.models import Asset, Entry, PlannedAsset, PlannedVerdict, Verdict

Key = tuple[uuid.UUID, uuid.UUID]
"""Competition and provider."""


@dataclass(frozen=True)
class QualifiedAsset:
    """An asset, or a planned one, that its provider may bid with, as it was when qualification closed."""

    asset_id: uuid.UUID | None
    planned_id: uuid.UUID | None
    ref: str
    name: str
    relevant_capacity_mw: Decimal
    maximum_run_time: timedelta | None
    response_time: timedelta | None
    data: dict[str, Any]


def standing_of(
    *, is_eligible: bool, competition: Competition, entry_state: str, now: datetime, override: str = ""
) -> AssetStanding:
    """The status of an asset in a competition, as people read it; ``is_eligible`` counts the override."""
    if override == OverrideDecision.DISQUALIFY:
        return AssetStanding.DISQUALIFIED
    if not is_eligible:
        return AssetStanding.NOT_ELIGIBLE
    opened = competition.bidding_open is not None and competition.bidding_open <= now
    if opened and entry_state == EntryState.ENTERED:
        return AssetStanding.QUALIFIED
    return AssetStanding.ELIGIBLE


_ELIGIBLE = """
SELECT judged.competition_id, owned.provider_id, sum(judged.relevant_capacity_mw), count(*)
FROM {verdicts} judged JOIN {assets} owned ON owned.id = judged.{key}
WHERE judged.eligible {among} GROUP BY 1, 2
"""
_PARTS = (
    {"verdicts": "qualification_verdict", "assets": "qualification_asset", "key": "asset_id"},
    {
        "verdicts": "qualification_plannedverdict",
        "assets": "qualification_plannedasset",
        "key": "planned_asset_id",
    },
)


@dataclass(frozen=True)
class EligibleTotal:
    """What is eligible together: its relevant capacity (MW or MVAr), and how many assets it is."""

    mw: Decimal = Decimal(0)
    assets: int = 0


def eligible_totals(
    *, competition_ids: Collection[uuid.UUID] | None = None, provider_ids: Collection[uuid.UUID] | None = None
) -> dict[Key, EligibleTotal]:
    """What is eligible, planned assets included, by competition and provider."""
    narrowed = {"competitions": competition_ids, "providers": provider_ids}
    given = {name: [str(key) for key in keys] for name, keys in narrowed.items() if keys is not None}
    if not all(given.values()):
        return {}
    totals: dict[Key, EligibleTotal] = {}
    with connections[Verdict.objects.db].cursor() as cursor:
        cursor.execute(_eligible_sql("competitions" in given, "providers" in given), given)
        for competition_id, provider_id, mw, assets in cursor.fetchall():
            key = (competition_id, provider_id)
            before = totals.get(key, EligibleTotal())
            totals[key] = EligibleTotal(before.mw + mw, before.assets + assets)
    return totals


def eligible_mw(
    *, competition_ids: Collection[uuid.UUID] | None = None, provider_ids: Collection[uuid.UUID] | None = None
) -> dict[Key, Decimal]:
    """The relevant capacity (MW or MVAr) of eligible assets, planned ones included, by competition and
    provider."""
    totals = eligible_totals(competition_ids=competition_ids, provider_ids=provider_ids)
    return {key: total.mw for key, total in totals.items()}


@lru_cache(maxsize=4)
def _eligible_sql(of_competitions: bool, of_providers: bool) -> str:
    """The sums of assets and of planned ones, as one query: it is asked on most pages of a competition."""
    among = "AND judged.competition_id = ANY(%(competitions)s::uuid[])" if of_competitions else ""
    if of_providers:
        among += " AND owned.provider_id = ANY(%(providers)s::uuid[])"
    return " UNION ALL ".join(_ELIGIBLE.format(among=among, **part) for part in _PARTS)


def providers_in(competition: Competition) -> "QuerySet[Organisation]":
    """The providers with an asset within the boundary, a planned asset, or an answer to the competition."""
    within = Verdict.objects.filter(competition=competition).order_by().values("asset__provider")
    planned = (
        PlannedVerdict.objects.filter(competition=competition).order_by().values("planned_asset__provider")
    )
    answered = Entry.objects.filter(competition=competition).order_by().values("provider")
    named = Q(pk__in=within) | Q(pk__in=planned) | Q(pk__in=answered)
    return Organisation.objects.filter(named).order_by("name")


def applicability(competition: Competition, provider: Organisation) -> dict[uuid.UUID, bool]:
    """Whether the provider's eligible assets together reach each window's minimum aggregate size (and are
    above 0)."""
    own = eligible_mw(competition_ids=[competition.pk], provider_ids=[provider.pk])
    mw = own.get((competition.pk, provider.pk), Decimal(0))
    windows = ServiceWindow.objects.filter(competition=competition).values_list("pk", "minimum_aggregate_mw")
    return {window: reaches(mw, minimum) for window, minimum in windows}


def reaches(mw: Decimal, minimum_aggregate_mw: Decimal) -> bool:
    """Whether a provider's eligible capacity lets it take part in a window: above 0, and at least its
    minimum."""
    return mw > 0 and mw >= minimum_aggregate_mw


class SmallestWindow(NamedTuple):
    """The window of a competition with the smallest minimum aggregate size."""

    period: str
    name: str
    minimum_aggregate_mw: Decimal

    def __str__(self) -> str:
        return f"{self.period}/{self.name}"


@dataclass(frozen=True)
class NotApplicable:
    """Why a provider can't take part in a competition: what it has there, and the smallest window beyond
    it."""

    assets: int
    mw: Decimal
    window: "SmallestWindow | None"
    lists_assets: bool = True

    def sentence(self, unit: str) -> str:
        """For reading: which case it is, and how much is lacking."""
        if not self.lists_assets:
            return "Your company has listed no assets yet."
        if not self.assets:
            return "None of your assets is eligible here."
        if not self.mw:
            return "Your eligible assets have none of the capacity that is asked for here."
        if self.window is None:
            return "The competition has no service window yet."
        lacking = self.window.minimum_aggregate_mw - self.mw
        return (
            f"Your {power_text(self.mw, unit)} are {power_text(lacking, unit)} short of the smallest minimum aggregate "
            f"size, {power_text(self.window.minimum_aggregate_mw, unit)} in {self.window}."
        )


def eligible_counts(competition_ids: Collection[uuid.UUID], provider: Organisation) -> dict[uuid.UUID, int]:
    """How many of the provider's assets, planned ones included, are eligible in each competition with any."""
    totals = eligible_totals(competition_ids=competition_ids, provider_ids=[provider.pk])
    return {competition: total.assets for (competition, _), total in totals.items()}


def smallest_windows(competition_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SmallestWindow]:
    """The window of each competition with the smallest minimum aggregate size."""
    keys = list(competition_ids)

    def smallest() -> None:
        windows = ServiceWindow.objects.filter(competition__among=keys)
        ordered = windows.order_by("competition_id", "minimum_aggregate_mw", "position", "pk")
        list(
            ordered.distinct("competition_id").values_list(
                "competition", "period__name", "name", "minimum_aggregate_mw"
            )
        )

    rows = asked("qualification.smallest_windows", ServiceWindow, smallest, whose=None, keys=keys)
    return {competition: SmallestWindow(*window) for competition, *window in rows}


def why_not_applicable(competition: Competition, provider: Organisation) -> NotApplicable:
    """Why the competition has no applicable window for the provider."""
    sums = eligible_mw(competition_ids=[competition.pk], provider_ids=[provider.pk])
    return NotApplicable(
        eligible_counts([competition.pk], provider).get(competition.pk, 0),
        sums.get((competition.pk, provider.pk), Decimal(0)),
        smallest_windows([competition.pk]).get(competition.pk),
        lists_assets(provider),
    )


def lists_assets(provider: Organisation) -> bool:
    """Whether the provider has an asset, or a planned one, that is not archived."""
    own = Asset.objects.filter(provider=provider).exclude(status=AssetStatus.ARCHIVED)
    return own.exists() or PlannedAsset.objects.filter(provider=provider, is_archived=False).exists()


def entry_words(state: str, is_applicable: bool) -> tuple[str, str]:
    """An entry's state, as a badge's kind and as people read it: undecided only where there is something to
    decide."""
    if state == EntryState.UNDECIDED and not is_applicable:
        return "not_applicable", "Not applicable"
    return state, EntryState(state).label


def applicable(keys: dict[Key, Decimal]) -> set[Key]:
    """The pairs whose capacity reaches the minimum aggregate size of at least one window of the
    competition."""
    competitions = list({competition for competition, _ in keys})

    def least() -> None:
        windows = ServiceWindow.objects.filter(competition__among=competitions).order_by()
        list(windows.values_list("competition").annotate(Min("minimum_aggregate_mw")))

    smallest: dict[uuid.UUID, Decimal] = dict(
        asked("qualification.least_mw", ServiceWindow, least, whose=None, competitions=competitions)
    )
    return {key for key, mw in keys.items() if key[0] in smallest and reaches(mw, smallest[key[0]])}


def qualified_assets(competition: Competition, provider: Organisation, now: datetime) -> list[QualifiedAsset]:
    """What the provider may bid with: its eligible assets as frozen, once it has entered and bidding has
    opened.

    In the order of their refs. Empty until the competition is frozen: an action calls ``ensure_frozen``
    before.
    """
    if not may_bid(competition, provider, now):
        return []
    found = []
    verdicts = Verdict.objects.filter(competition=competition, asset__provider=provider, eligible=True)
    for verdict in verdicts.exclude(asset_as_frozen=None).order_by("asset"):
        found.append(
            _qualified(verdict.asset_id, None, verdict.relevant_capacity_mw, verdict.asset_as_frozen)
        )
    planned = PlannedVerdict.objects.filter(
        competition=competition, planned_asset__provider=provider, eligible=True
    )
    for promised in planned.exclude(planned_as_frozen=None).order_by("planned_asset"):
        found.append(
            _qualified(
                None, promised.planned_asset_id, promised.relevant_capacity_mw, promised.planned_as_frozen
            )
        )
    return sorted(found, key=lambda one: one.ref)


class BiddableAsset(NamedTuple):
    """What a bid's limits look at of an asset, or a planned one, that its provider may bid with."""

    key: uuid.UUID
    is_planned: bool
    ref: str
    relevant_capacity_mw: Decimal
    maximum_run_time: timedelta | None
    response_time: timedelta | None


def biddable_assets(competition: Competition, provider: Organisation, now: datetime) -> list[BiddableAsset]:
    """The assets of :func:`qualified_assets`, in their order, without the rest of their data: quick for
    thousands."""
    if not may_bid(competition, provider, now):
        return []
    found = []
    for model, owner, key, frozen in (
        (Verdict, "asset__provider", "asset_id", "asset_as_frozen"),
        (PlannedVerdict, "planned_asset__provider", "planned_asset_id", "planned_as_frozen"),
    ):
        verdicts = model._default_manager.filter(
            **{"competition": competition, owner: provider}, eligible=True
        )
        rows = (
            verdicts.exclude(**{frozen: None})
            .order_by()
            .values_list(key, "relevant_capacity_mw", *_TIMED[frozen])
        )
        is_planned = model is PlannedVerdict
        found += [
            BiddableAsset(key, is_planned, ref, capacity, _duration(longest), _duration(response))
            for key, capacity, ref, longest, response in rows
        ]
    return sorted(found, key=lambda one: one.ref)


_TIMED = {
    frozen: [KT(f"{frozen}__{name}") for name in ("ref", "maximum_run_time", "response_time")]
    for frozen in ("asset_as_frozen", "planned_as_frozen")
}


@lru_cache(1024)
def _duration(seconds: str | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=float(seconds))


def may_bid(competition: Competition, provider: Organisation, now: datetime) -> bool:
    """Whether bidding has opened and the provider has entered."""
    opened = competition.bidding_open is not None and competition.bidding_open <= now
    if not opened:
        return False
    own, key = provider.pk, competition.pk
    entered = Entry.objects.filter(competition=key, provider=own, state=EntryState.ENTERED)
    return bool(asked("qualification.may_bid", Entry, entered.exists, whose=None, own=own, competition=key))


def qualified_by_provider(competitions: Collection[Competition]) -> dict[Key, list[tuple[str, Decimal]]]:
    """Ref and relevant capacity of what providers that entered may bid with, as :func:`qualified_assets` says
    for one.

    For competitions whose bidding is open and which are frozen; a provider that has nothing to bid with isn't
    there.
    """
    found: dict[Key, list[tuple[str, Decimal]]] = {}
    for model, provider, frozen in (
        (Verdict, "asset__provider", "asset_as_frozen"),
        (PlannedVerdict, "planned_asset__provider", "planned_as_frozen"),
    ):
        entered = Entry.objects.filter(
            competition=OuterRef("competition"), provider=OuterRef(provider), state=EntryState.ENTERED
        )
        verdicts = model._default_manager.filter(Exists(entered), competition__in=competitions, eligible=True)
        rows = verdicts.exclude(**{frozen: None}).order_by()
        for competition_id, provider_id, ref, capacity in rows.values_list(
            "competition", provider, f"{frozen}__ref", "relevant_capacity_mw"
        ):
            found.setdefault((competition_id, provider_id), []).append((ref, capacity))
    return found


def _qualified(
    asset_id: uuid.UUID | None, planned_id: uuid.UUID | None, capacity: Decimal, frozen: dict[str, Any] | None
) -> QualifiedAsset:
    frozen = frozen or {}
    values = thaw(frozen)
    return QualifiedAsset(
        asset_id=asset_id,
        planned_id=planned_id,
        ref=values["ref"],
        name=values["name"],
        relevant_capacity_mw=capacity,
        maximum_run_time=values["maximum_run_time"],
        response_time=values["response_time"],
        data=frozen,
    )
