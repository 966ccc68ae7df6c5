"""Judging assets in competitions, set by set: what changed is judged again, and only what differs is written.

A :class:`~qualification.models.Verdict` row is kept for every pair that passes ``location`` or has an
override; a pair without one lies outside the boundary.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from qualification.domain import criteria
from qualification.domain.criteria.capacity import relevant_capacity
from qualification.domain.criteria.location import Location
from qualification.domain.criterion import AssetRequirements
from qualification.domain.entries import entering
from qualification.domain.facts import reading
from qualification.domain.facts.asset_facts import CAPACITY_SCALE
from qualification.domain.facts.places import Indices, Places, Shape
from qualification.domain.facts.reading import Chunk
from qualification.domain.locks import own_verdicts
from qualification.domain.verdicts import planned
from qualification.domain.verdicts.requirements import requirements_of
from qualification.signals import verdicts_changed

_NONE = np.empty(0, dtype=np.intp)

Pair = tuple[uuid.UUID, uuid.UUID, bool, int, int]
"""Competition, asset, in the buffer, bits of the failed criteria, relevant capacity in millionths."""


def qualify(
    *,
    competition_ids: Collection[uuid.UUID] | None = None,
    asset_ids: Collection[uuid.UUID] | None = None,
    now: datetime,
) -> set[uuid.UUID]:
    """Judge the given assets (None: all) in the given competitions (None: all), where these are open at
    ``now``.

    Returns the competitions in which a verdict changed. Safe to run in several workers at once, and twice.
    """
    with transaction.atomic():
        wanted = list(
            reading.open_competitions(competition_ids, now).order_by("pk").values_list("pk", flat=True)
        )
        own_verdicts(wanted)
        return judge(requirements_of(reading.open_competitions(wanted, now), now), asset_ids, now)


def judge(
    requirements: dict[uuid.UUID, AssetRequirements], asset_ids: Collection[uuid.UUID] | None, now: datetime
) -> set[uuid.UUID]:
    """Judge the assets by what the competitions ask and store what differs; the caller holds their verdicts
    locked."""
    changed: set[uuid.UUID] = set()
    if not requirements:
        return changed
    shapes = reading.shapes_of(list(requirements))
    for chunk in reading.chunks(asset_ids, shapes):
        changed |= _store(list(requirements), chunk, pairs(requirements, shapes, chunk), now)
    if asset_ids is None:
        changed |= planned.judge(requirements, now)
    if changed:
        entering.fall_back(changed, now)
        verdicts_changed.send(sender=qualify, competition_ids=changed, now=now)
    return changed


def pairs(
    requirements: dict[uuid.UUID, AssetRequirements], shapes: dict[uuid.UUID, Shape], chunk: Chunk
) -> Iterable[Pair]:
    """Every competition and asset of the chunk that passes ``location`` there or has an override, and how it
    stands."""
    assets = chunk.facts
    places = Places(assets["longitude"], assets["latitude"])
    postcodes = _rows_of(reading.by_postcode(list(requirements), chunk), chunk)
    overridden = _rows_of(reading.overridden(list(requirements), chunk), chunk)
    near = places.near([shapes[each] for each in requirements])
    for (competition_id, asked), candidates in zip(requirements.items(), near, strict=True):
        located = places.located(shapes[competition_id], candidates, postcodes.get(competition_id))
        outside = np.setdiff1d(overridden.get(competition_id, _NONE), located.rows)
        if not len(located.rows) and not len(outside):
            continue
        found = assets[np.concatenate((located.rows, outside))]
        failed = criteria.failing(asked, found)
        failed[len(located.rows) :] |= criteria.BIT[Location.code]
        capacity = relevant_capacity(asked, found)
        in_buffer = np.concatenate((located.in_buffer, np.zeros(len(outside), dtype=bool)))
        for record, buffered, bits, offered in zip(
            found["id"], in_buffer.tolist(), failed.tolist(), capacity.tolist(), strict=True
        ):
            yield competition_id, uuid.UUID(bytes=bytes(record)), buffered, bits, offered


def _rows_of(found: dict[uuid.UUID, set[uuid.UUID]], chunk: Chunk) -> dict[uuid.UUID, Indices]:
    """Where the named assets are in the chunk, in ascending order, by competition."""
    if not found:
        return {}
    missing = set().union(*found.values())
    places = {
        own: row for row, record in enumerate(chunk.facts) if (own := reading.asset_id(record)) in missing
    }
    return {
        each: np.array(sorted(places[one] for one in ids if one in places), dtype=np.intp)
        for each, ids in found.items()
    }


@dataclass
class _Columns:
    competition: list[str]
    asset: list[str]
    in_buffer: list[bool]
    failed: list[str]
    capacity: list[int]


_STORE = """
WITH judged AS MATERIALIZED (
    SELECT competition_id, asset_id, in_buffer, string_to_array(failed, ',') AS failed,
        capacity / {scale}::numeric AS capacity, COALESCE(o.decision, '') AS override
    FROM unnest(%s::uuid[], %s::uuid[], %s::boolean[], %s::text[], %s::bigint[])
        AS given (competition_id, asset_id, in_buffer, failed, capacity)
        LEFT JOIN (SELECT competition_id, asset_id, decision FROM qualification_override WHERE is_latest) o
            USING (competition_id, asset_id)
), gone AS (
    DELETE FROM qualification_verdict v
    WHERE v.competition_id = ANY(%s::uuid[]) AND {condition}
        AND NOT EXISTS (SELECT FROM judged j WHERE j.competition_id = v.competition_id AND j.asset_id = v.asset_id)
    RETURNING v.competition_id
), written AS (
    INSERT INTO qualification_verdict AS v
        (competition_id, asset_id, in_buffer, failed, override, relevant_capacity_mw, changed_at)
    SELECT competition_id, asset_id, in_buffer, failed, override, capacity, %s FROM judged
    ON CONFLICT (competition_id, asset_id) DO UPDATE SET in_buffer = excluded.in_buffer, failed = excluded.failed,
        override = excluded.override, relevant_capacity_mw = excluded.relevant_capacity_mw,
        changed_at = excluded.changed_at
    WHERE (v.in_buffer, v.failed, v.override, v.relevant_capacity_mw)
        IS DISTINCT FROM (excluded.in_buffer, excluded.failed, excluded.override, excluded.relevant_capacity_mw)
    RETURNING v.competition_id
)
SELECT competition_id FROM gone UNION SELECT competition_id FROM written
"""


def _store(
    competition_ids: list[uuid.UUID], chunk: Chunk, judged: Iterable[Pair], now: datetime
) -> set[uuid.UUID]:
    """Make the stored verdicts of the chunk's assets those judged; returns the competitions where one
    changed."""
    columns = _Columns([], [], [], [], [])
    words: dict[int, str] = {}
    for competition_id, asset_id, in_buffer, bits, capacity in judged:
        if bits not in words:
            words[bits] = ",".join(criteria.codes_of(bits))
        columns.competition.append(str(competition_id))
        columns.asset.append(str(asset_id))
        columns.in_buffer.append(in_buffer)
        columns.failed.append(words[bits])
        columns.capacity.append(capacity)
    statement = _STORE.format(scale=CAPACITY_SCALE, condition=chunk.condition.format(column="v.asset_id"))
    given: list[Any] = [
        columns.competition,
        columns.asset,
        columns.in_buffer,
        columns.failed,
        columns.capacity,
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, [str(each) for each in competition_ids], *chunk.parameters, now])
        return {row[0] for row in cursor.fetchall()}
