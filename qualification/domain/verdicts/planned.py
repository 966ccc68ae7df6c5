"""Planned assets: capacity promised for one competition, judged by the few criteria that can be known of
it."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from qualification.domain import criteria
from qualification.domain.criteria.capacity import relevant_capacity
from qualification.domain.criterion import AssetRequirements
from qualification.domain.facts.asset_facts import Facts, megawatts
from qualification.domain.facts.reading import facts_from
from qualification.enums import CapacityType
from qualification.models import PlannedAsset, PlannedVerdict


def facts_of_planned(listed: Sequence[PlannedAsset]) -> Facts:
    """What is known of these planned assets, in their order: their one capacity, and nothing of a place or a
    meter."""
    return facts_from([_values(each) for each in listed])


def _values(planned: PlannedAsset) -> dict[str, Any]:
    return {
        "id": planned.pk,
        "provider_id": planned.provider_id,
        "voltage_kv": planned.voltage_kv,
        "first_uploaded_at": planned.first_uploaded_at,
        "response_time": planned.maximum_response_time,
        "recovery_time": planned.maximum_recovery_time,
        "maximum_run_time": planned.maximum_run_time,
        **dict.fromkeys(CapacityType.values, Decimal(0)),
        planned.capacity_type: planned.capacity_mw,
    }


def judge(requirements: dict[uuid.UUID, AssetRequirements], now: datetime) -> set[uuid.UUID]:
    """Judge the planned assets of these competitions and store what differs; returns where something
    changed."""
    listed = PlannedAsset.objects.filter(competition__in=requirements, is_archived=False).order_by(
        "competition", "pk"
    )
    wanted = {
        verdict.planned_asset_id: verdict
        for competition_id, planned in groupby(listed, key=lambda each: each.competition_id)
        for verdict in _verdicts(requirements[competition_id], list(planned), now)
    }
    present = {
        each.planned_asset_id: each for each in PlannedVerdict.objects.filter(competition__in=requirements)
    }
    gone = [verdict for key, verdict in present.items() if key not in wanted]
    new = [verdict for key, verdict in wanted.items() if key not in present]
    changed = []
    for key, verdict in wanted.items():
        before = present.get(key)
        if before is not None and _essence(before) != _essence(verdict):
            verdict.pk = before.pk
            changed.append(verdict)
    PlannedVerdict.objects.filter(pk__in=[verdict.pk for verdict in gone]).delete()
    PlannedVerdict.objects.bulk_create(new, batch_size=1000)
    PlannedVerdict.objects.bulk_update(
        changed, ["competition", "failed", "relevant_capacity_mw", "changed_at"], batch_size=1000
    )
    return {verdict.competition_id for verdict in (*gone, *new, *changed)}


def _verdicts(
    asked: AssetRequirements, listed: Sequence[PlannedAsset], now: datetime
) -> list[PlannedVerdict]:
    facts = facts_of_planned(listed)
    failed = criteria.failing(asked, facts, among=criteria.FOR_PLANNED)
    return [
        PlannedVerdict(
            planned_asset=planned,
            competition_id=planned.competition_id,
            failed=criteria.codes_of(bits),
            relevant_capacity_mw=megawatts(capacity),
            changed_at=now,
        )
        for planned, bits, capacity in zip(
            listed, failed.tolist(), relevant_capacity(asked, facts).tolist(), strict=True
        )
    ]


def _essence(verdict: PlannedVerdict) -> tuple[Any, ...]:
    return verdict.competition_id, verdict.failed, verdict.relevant_capacity_mw
