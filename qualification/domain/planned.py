"""Planned assets: capacity promised for one competition, judged by the few criteria that can be known of it."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from qualification.domain import criteria
from qualification.domain.criteria import Terms
from qualification.enums import Criterion
from qualification.models import PlannedAsset, PlannedVerdict


def failing(terms: Terms, planned: PlannedAsset) -> list[Criterion]:
    """What a planned asset fails: capacity type, voltage, DPS and deadline count; the rest is not known yet."""
    voltage = criteria.scaled(planned.voltage_kv, criteria.VOLTAGE_SCALE) or 0
    failed = []
    if terms.minimum_voltage is not None and voltage < terms.minimum_voltage:
        failed.append(Criterion.VOLTAGE)
    if terms.maximum_voltage is not None and voltage > terms.maximum_voltage:
        failed.append(Criterion.VOLTAGE)
    if planned.capacity_type not in terms.capacities:
        failed.append(Criterion.CAPACITY)
    if criteria.instant(planned.first_uploaded_at) >= terms.qualification_close:
        failed.append(Criterion.DEADLINE)
    if terms.purchasing_system and criteria.provider_key(planned.provider_id) not in terms.approved:
        failed.append(Criterion.DPS)
    return failed


def judge(terms: dict[uuid.UUID, Terms], now: datetime) -> set[uuid.UUID]:
    """Judge the planned assets of these competitions and store what differs; returns where something changed."""
    wanted = {
        planned.pk: _verdict(terms[planned.competition_id], planned, now)
        for planned in PlannedAsset.objects.filter(competition__in=terms, is_archived=False)
    }
    present = {each.planned_asset_id: each for each in PlannedVerdict.objects.filter(competition__in=terms)}
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


def _verdict(terms: Terms, planned: PlannedAsset, now: datetime) -> PlannedVerdict:
    failed = failing(terms, planned)
    offered = Decimal(0) if Criterion.CAPACITY in failed else planned.capacity_mw
    return PlannedVerdict(
        planned_asset=planned,
        competition_id=planned.competition_id,
        failed=[str(each) for each in failed],
        relevant_capacity_mw=offered,
        changed_at=now,
    )


def _essence(verdict: PlannedVerdict) -> tuple[Any, ...]:
    return verdict.competition_id, verdict.failed, verdict.relevant_capacity_mw
