"""Verdicts for people: how an asset stands in a competition, and why, in words."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

import numpy as np

from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain.criteria.capacity import relevant_capacity
from qualification.domain.criteria.deadline import Deadline
from qualification.domain.criteria.location import Location
from qualification.domain.criteria.status import Status
from qualification.domain.criterion import AssetRequirements
from qualification.domain.facts.asset_facts import Facts, megawatts
from qualification.domain.facts.reading import asset_id, facts_of, frozen_facts
from qualification.domain.queries import Decided, entry_states, latest_overrides
from qualification.domain.verdicts.requalification import waiting_among
from qualification.domain.verdicts.requirements import requirements_of
from qualification.domain.verdicts.standing import standing_of
from qualification.enums import AssetStanding, EntryState
from qualification.models import Asset, Entry, Freeze, Verdict

OUTSIDE_AT_CLOSE = "It lay outside the boundary when qualification closed."
ARCHIVED = "It is archived."


@dataclass(frozen=True)
class Line:
    """How one asset stands in one competition. ``is_pending``: it is being judged again at this moment.

    ``remedies`` says for each failed criterion what would make it pass, while that can still change;
    ``passed`` holds the criteria that bind and are met, as far as they are known; ``kilometres`` how far it
    lies from the boundary, where that was asked.
    """

    competition: Competition
    asset: Asset
    standing: AssetStanding
    relevant_capacity_mw: Decimal
    in_buffer: bool
    reasons: tuple[tuple[str, str], ...]
    is_frozen: bool
    is_pending: bool = False
    override: Decided | None = None
    remedies: Mapping[str, str] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    kilometres: float | None = None

    @property
    def why(self) -> list[tuple[str, str]]:
        """Each reason with what would make the asset pass; blank where nothing can be done any more."""
        return [(reason, self.remedies.get(code, "")) for code, reason in self.reasons]

    @property
    def passed_labels(self) -> list[str]:
        """What people read of the criteria that are met."""
        return [criteria.BY_CODE[code].label for code in self.passed]


def lines_of(asset: Asset, competitions: Sequence[Competition], now: datetime) -> list[Line]:
    """How the asset stands in each of the competitions, in their order; pairs that are not stored are worked
    out."""
    ids = [each.pk for each in competitions]
    stored = {each.competition_id: each for each in Verdict.objects.filter(asset=asset, competition__in=ids)}
    judge = _Explainer(ids, [asset.pk], stored.values(), entry_states(asset.provider_id, ids), now)
    return [judge.line(each, asset, stored.get(each.pk), asset.provider_id) for each in competitions]


def lines_in(competition: Competition, verdicts: Iterable[Verdict], now: datetime) -> list[Line]:
    """How the assets of these verdicts stand in their competition, in the same order."""
    listed = list(verdicts)
    entries = Entry.objects.filter(competition=competition)
    judge = _Explainer(
        [competition.pk],
        [each.asset_id for each in listed],
        listed,
        dict(entries.values_list("provider_id", "state")),
        now,
    )
    return [judge.line(competition, each.asset, each, each.asset.provider_id) for each in listed]


def lines_for(competition: Competition, assets: Sequence[Asset], now: datetime) -> list[Line]:
    """How these assets stand in the competition, in their order, within the boundary or not."""
    ids = [each.pk for each in assets]
    stored = {each.asset_id: each for each in Verdict.objects.filter(competition=competition, asset__in=ids)}
    entries = Entry.objects.filter(competition=competition)
    states = dict(entries.values_list("provider_id", "state"))
    judge = _Explainer([competition.pk], ids, stored.values(), states, now)
    return [judge.line(competition, each, stored.get(each.pk), each.provider_id) for each in assets]


class _Explainer:
    """What is needed to explain pairs, loaded in a few queries however many pairs there are; ``verdicts`` are those
    of the pairs that are stored."""

    def __init__(
        self,
        competition_ids: Collection[uuid.UUID],
        asset_ids: Collection[uuid.UUID],
        verdicts: Iterable[Verdict],
        entries: dict[uuid.UUID, str],
        now: datetime,
    ) -> None:
        self.now = now
        self.entries = entries
        self.competition_ids, self.asset_ids = competition_ids, asset_ids
        self.requirements = requirements_of(Competition.objects.filter(pk__in=list(competition_ids)), now)
        self.facts = facts_of(asset_ids, archived_too=True)
        self.rows = {asset_id(record): row for row, record in enumerate(self.facts)}
        self.judged: dict[uuid.UUID, tuple[list[int], list[int]]] = {}
        self.asked = {pk: criteria.asked(requirements) for pk, requirements in self.requirements.items()}
        frozen = Freeze.objects.filter(competition__in=list(competition_ids))
        self.frozen = set(frozen.values_list("competition_id", flat=True))
        self.overrides = latest_overrides(competition_ids, asset_ids)
        self.as_frozen = self._judge_frozen(verdicts)

    @cached_property
    def waiting(self) -> set[uuid.UUID]:
        """The competitions and assets that are to be judged again: asked only for pairs that are not stored."""
        return waiting_among(self.competition_ids, self.asset_ids)

    def line(
        self, competition: Competition, asset: Asset, verdict: Verdict | None, provider_id: uuid.UUID
    ) -> Line:
        requirements = self.requirements[competition.pk]
        facts, bits, capacity = self._judge(competition.pk, asset.pk, verdict)
        is_frozen, is_pending = competition.pk in self.frozen, False
        if asset.status == "archived" and verdict is None:
            reasons = {Status.code: ARCHIVED}
        elif verdict is None:
            is_pending = not is_frozen and bool({competition.pk, asset.pk} & self.waiting)
            reasons = {} if is_pending else _reasons_outside(requirements, facts, bits, is_frozen)
        else:
            failed = verdict.failed
            by_data = [each for each in failed if each != Location.code]
            is_pending = not is_frozen and criteria.codes_of(bits) != by_data
            reasons = {} if is_pending else criteria.reasons(requirements, facts, failed)
            if is_frozen and Location.code in reasons:
                reasons[Location.code] = OUTSIDE_AT_CLOSE
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
            relevant_capacity_mw=megawatts(capacity),
            in_buffer=verdict is not None and verdict.in_buffer,
            reasons=tuple(reasons.items()),
            remedies={} if is_frozen else criteria.remedies(requirements, list(reasons)),
            passed=self._passed(competition.pk, reasons, verdict, is_frozen, is_pending),
            is_frozen=is_frozen,
            is_pending=is_pending,
            override=self.overrides.get((competition.pk, asset.pk)),
        )

    def _judge(
        self, competition_id: uuid.UUID, asset_pk: uuid.UUID, verdict: Verdict | None
    ) -> tuple[Facts, int, int]:
        """The facts that count, what they fail as a sum of bits, and the relevant capacity in millionths."""
        if verdict is not None and verdict.pk in self.as_frozen:
            return self.as_frozen[verdict.pk]
        requirements, row = self.requirements[competition_id], self.rows[asset_pk]
        facts = self.facts[row : row + 1]
        if competition_id not in self.judged:
            bits = criteria.failing(requirements, self.facts).tolist()
            self.judged[competition_id] = bits, relevant_capacity(requirements, self.facts).tolist()
        every, capacities = self.judged[competition_id]
        return facts, every[row], capacities[row]

    def _judge_frozen(self, verdicts: Iterable[Verdict]) -> dict[int, tuple[Facts, int, int]]:
        """What :meth:`_judge` says of the verdicts with a frozen copy, those of one competition judged together."""
        frozen: dict[uuid.UUID, dict[int, Facts]] = {}
        for each in verdicts:
            if each.asset_as_frozen is not None:
                row = self.rows[each.asset_id]
                facts = frozen_facts(each.asset_as_frozen, self.facts[row : row + 1])
                frozen.setdefault(each.competition_id, {})[each.pk] = facts
        found: dict[int, tuple[Facts, int, int]] = {}
        for competition_id, by_verdict in frozen.items():
            requirements, together = self.requirements[competition_id], np.concatenate([*by_verdict.values()])
            bits = criteria.failing(requirements, together).tolist()
            capacities = relevant_capacity(requirements, together).tolist()
            found |= dict(
                zip(by_verdict, zip(by_verdict.values(), bits, capacities, strict=True), strict=True)
            )
        return found

    def _passed(
        self,
        competition_id: uuid.UUID,
        reasons: Mapping[str, str],
        verdict: Verdict | None,
        is_frozen: bool,
        is_pending: bool,
    ) -> tuple[str, ...]:
        if is_pending or (is_frozen and verdict is None):
            return ()
        return tuple(each for each in self.asked[competition_id] if each not in reasons)


def _reasons_outside(
    requirements: AssetRequirements, facts: Facts, bits: int, is_frozen: bool
) -> dict[str, str]:
    failed = criteria.codes_of(bits)
    if not is_frozen:
        return criteria.reasons(requirements, facts, [Location.code, *failed])
    if Deadline.code in failed:
        return criteria.reasons(requirements, facts, [Deadline.code])
    return {Location.code: OUTSIDE_AT_CLOSE}
