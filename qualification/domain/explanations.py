"""Verdicts for people: how an asset stands in a competition, and why, in words."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain import reasons as in_words
from qualification.domain.criteria import FACTS, Facts, Terms
from qualification.domain.data import thaw
from qualification.domain.facts import asset_id, facts_of, terms_of
from qualification.domain.queries import latest_overrides
from qualification.domain.standing import standing_of
from qualification.enums import AssetStanding, CapacityType, Criterion, EntryState
from qualification.models import Asset, Entry, Freeze, Override, Verdict

OUTSIDE_AT_CLOSE = "It lay outside the boundary when qualification closed."
ARCHIVED = "It is archived."


@dataclass(frozen=True)
class Line:
    """How one asset stands in one competition. ``is_pending``: it is being judged anew at this moment.

    ``remedies`` says for each failed criterion what would make it pass, while that can still change; ``passed`` holds
    the criteria that bind and are met, as far as they are known.
    """

    competition: Competition
    asset: Asset
    standing: AssetStanding
    relevant_capacity_mw: Decimal
    in_buffer: bool
    reasons: tuple[tuple[Criterion, str], ...]
    is_frozen: bool
    is_pending: bool = False
    override: Override | None = None
    remedies: Mapping[Criterion, str] = field(default_factory=dict)
    passed: tuple[Criterion, ...] = ()

    @property
    def why(self) -> list[tuple[str, str]]:
        """Each reason with what would make the asset pass; blank where nothing can be done any more."""
        return [(reason, self.remedies.get(criterion, "")) for criterion, reason in self.reasons]


def lines_of(asset: Asset, competitions: Sequence[Competition], now: datetime) -> list[Line]:
    """How the asset stands in each of the competitions, in their order; pairs that are not stored are worked out."""
    ids = [each.pk for each in competitions]
    stored = {each.competition_id: each for each in Verdict.objects.filter(asset=asset, competition__in=ids)}
    entered = Entry.objects.filter(provider=asset.provider_id, competition__in=ids)
    judge = _Explainer(ids, [asset.pk], dict(entered.values_list("competition_id", "state")), now)
    return [judge.line(each, asset, stored.get(each.pk), asset.provider_id) for each in competitions]


def lines_in(competition: Competition, verdicts: Iterable[Verdict], now: datetime) -> list[Line]:
    """How the assets of these verdicts stand in their competition, in the same order."""
    listed = list(verdicts)
    entries = Entry.objects.filter(competition=competition)
    judge = _Explainer(
        [competition.pk], [each.asset_id for each in listed], dict(entries.values_list("provider_id", "state")), now
    )
    return [judge.line(competition, each.asset, each, each.asset.provider_id) for each in listed]


def lines_for(competition: Competition, assets: Sequence[Asset], now: datetime) -> list[Line]:
    """How these assets stand in the competition, in their order, within the boundary or not."""
    ids = [each.pk for each in assets]
    stored = {each.asset_id: each for each in Verdict.objects.filter(competition=competition, asset__in=ids)}
    entries = Entry.objects.filter(competition=competition)
    judge = _Explainer([competition.pk], ids, dict(entries.values_list("provider_id", "state")), now)
    return [judge.line(competition, each, stored.get(each.pk), each.provider_id) for each in assets]


class _Explainer:
    """What is needed to explain pairs, loaded in a few queries however many pairs there are."""

    def __init__(
        self,
        competition_ids: Collection[uuid.UUID],
        asset_ids: Collection[uuid.UUID],
        entries: dict[uuid.UUID, str],
        now: datetime,
    ) -> None:
        self.now = now
        self.entries = entries
        self.terms = terms_of(Competition.objects.filter(pk__in=list(competition_ids)), now)
        self.facts = facts_of(asset_ids, archived_too=True)
        self.rows = {asset_id(record): row for row, record in enumerate(self.facts)}
        self.judged: dict[uuid.UUID, tuple[list[int], list[int]]] = {}
        self.asked = {pk: in_words.asked(terms) for pk, terms in self.terms.items()}
        frozen = Freeze.objects.filter(competition__in=list(competition_ids))
        self.frozen = set(frozen.values_list("competition_id", flat=True))
        self.overrides = latest_overrides(competition_ids, asset_ids)

    def line(self, competition: Competition, asset: Asset, verdict: Verdict | None, provider_id: uuid.UUID) -> Line:
        terms = self.terms[competition.pk]
        facts, bits, capacity = self._judge(competition.pk, asset.pk, verdict)
        is_frozen, is_pending = competition.pk in self.frozen, False
        if asset.status == "archived" and verdict is None:
            reasons = {Criterion.STATUS: ARCHIVED}
        elif verdict is None:
            reasons = _reasons_outside(terms, facts, bits, is_frozen)
        else:
            failed = [Criterion(each) for each in verdict.failed]
            by_data = [each for each in failed if each != Criterion.LOCATION]
            is_pending = not is_frozen and criteria.criteria_of(bits) != by_data
            reasons = {} if is_pending else in_words.reasons(terms, facts, failed)
            if is_frozen and Criterion.LOCATION in reasons:
                reasons[Criterion.LOCATION] = OUTSIDE_AT_CLOSE
        eligible = verdict is not None and verdict.eligible
        state = self.entries.get(competition.pk, self.entries.get(provider_id, EntryState.UNDECIDED))
        return Line(
            competition=competition,
            asset=asset,
            standing=standing_of(
                is_eligible=eligible,
                override=verdict.override if verdict is not None else "",
                competition=competition,
                entry_state=state,
                now=self.now,
            ),
            relevant_capacity_mw=criteria.megawatts(capacity),
            in_buffer=verdict is not None and verdict.in_buffer,
            reasons=tuple(reasons.items()),
            remedies={} if is_frozen else in_words.remedies(terms, list(reasons)),
            passed=self._passed(competition.pk, reasons, verdict, is_frozen, is_pending),
            is_frozen=is_frozen,
            is_pending=is_pending,
            override=self.overrides.get((competition.pk, asset.pk)),
        )

    def _judge(
        self, competition_id: uuid.UUID, asset_pk: uuid.UUID, verdict: Verdict | None
    ) -> tuple[Facts, int, int]:
        """The facts that count, what they fail as a sum of bits, and the relevant capacity in millionths."""
        terms, row = self.terms[competition_id], self.rows[asset_pk]
        facts = self.facts[row : row + 1]
        if verdict is not None and verdict.asset_as_frozen is not None:
            facts = frozen_facts(verdict.asset_as_frozen, facts)
            return facts, int(criteria.failing(terms, facts)[0]), int(criteria.relevant_capacity(terms, facts)[0])
        if competition_id not in self.judged:
            bits = criteria.failing(terms, self.facts).tolist()
            self.judged[competition_id] = bits, criteria.relevant_capacity(terms, self.facts).tolist()
        every, capacities = self.judged[competition_id]
        return facts, every[row], capacities[row]

    def _passed(
        self,
        competition_id: uuid.UUID,
        reasons: Mapping[Criterion, str],
        verdict: Verdict | None,
        is_frozen: bool,
        is_pending: bool,
    ) -> tuple[Criterion, ...]:
        if is_pending or (is_frozen and verdict is None):
            return ()
        return tuple(each for each in self.asked[competition_id] if each not in reasons)


def _reasons_outside(terms: Terms, facts: Facts, bits: int, is_frozen: bool) -> dict[Criterion, str]:
    failed = criteria.criteria_of(bits)
    if not is_frozen:
        return in_words.reasons(terms, facts, [Criterion.LOCATION, *failed])
    if Criterion.DEADLINE in failed:
        return in_words.reasons(terms, facts, [Criterion.DEADLINE])
    return {Criterion.LOCATION: OUTSIDE_AT_CLOSE}


def frozen_facts(frozen: dict[str, Any], present: Facts) -> Facts:
    """The facts as they were frozen; place, upload time and id are those of the asset."""
    values = thaw(frozen)
    facts: Facts = np.zeros(1, dtype=FACTS)
    for name in ("id", "provider", "longitude", "latitude", "first_uploaded"):
        facts[name] = present[name]
    facts["voltage"] = criteria.scaled(values["voltage_kv"], criteria.VOLTAGE_SCALE)
    for capacity in CapacityType.values:
        facts[capacity] = criteria.scaled(values[capacity], criteria.CAPACITY_SCALE)
    facts["status"] = criteria.STATUSES.index(values["status"])
    facts["category"] = criteria.CATEGORIES.index(values["category"])
    day = values["operational_date"]
    facts["operational_day"] = day.toordinal() if day else criteria.NO_DAY
    for side in ("import", "export"):
        facts[f"{side}_meter"] = int(values[f"{side}_meter_id"] or criteria.UNKNOWN)
    for duration in criteria.DURATIONS:
        length = criteria.microseconds(values[duration])
        facts[duration] = criteria.UNKNOWN if length is None else length
    return facts
