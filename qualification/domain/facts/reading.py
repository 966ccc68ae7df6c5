"""Reading what the criteria need, fast: assets as arrays, shapes as geometry."""

import uuid
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q, QuerySet

from competitions.enums import BoundaryType
from competitions.models import Boundary, BoundaryShape, Competition
from marketplace.postcodes import postcode_sql, sector_sql
from qualification.domain.criteria import DTYPE, FACTS
from qualification.domain.facts.asset_facts import Fact, Facts
from qualification.domain.facts.data import thaw
from qualification.domain.facts.places import Shape
from qualification.models import Asset, AssetType

CHUNK = 100_000
"""Assets held in memory at once: about 40 MB with their index."""

SHAPES_KEPT = 1_000
FEW_COMPETITIONS = 20
POSTCODES = (BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR)


@dataclass(frozen=True)
class Chunk:
    """Some assets, and the SQL condition (on ``id_column``) that tells which assets the chunk speaks for."""

    facts: Facts
    condition: str
    parameters: tuple[Any, ...]


def _column(fact: Fact) -> str:
    field = (Asset if fact.table == "a" else AssetType)._meta.get_field(fact.name)
    return fact.sql(is_always_given=not (field.null or getattr(field, "blank", False)))


_COLUMNS = ", ".join(map(_column, FACTS))
_SELECT = (
    f"SELECT {_COLUMNS} FROM qualification_asset a JOIN qualification_assettype t ON t.id = a.asset_type_id"  # noqa: S608
)
_RECORD = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for fact in FACTS
        for part in ((f"{fact.name} length", ">i4"), (fact.name, np.dtype(fact.kind.numpy).newbyteorder(">")))
    ]
)
_COPY_HEADER, _COPY_TRAILER = 19, 2


def _read(where: str, parameters: dict[str, Any]) -> Facts:
    """The assets that match, by binary COPY: every column is of fixed width, so that the bytes are the
    array."""
    target = BytesIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(f"{_SELECT} {where}", parameters).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", target)
    raw = np.frombuffer(target.getbuffer()[_COPY_HEADER:-_COPY_TRAILER], dtype=_RECORD)
    facts = np.empty(len(raw), dtype=DTYPE)
    for fact in FACTS:
        facts[fact.name] = raw[fact.name]
    return facts


def facts_from(rows: Sequence[Mapping[str, Any]]) -> Facts:
    """The facts of assets given as plain values by field, in their order; what isn't among the values is
    unknown."""
    facts = np.zeros(len(rows), dtype=DTYPE)
    for fact in FACTS:
        if any(fact.name in values for values in rows) or fact.kind.unknown is not None:
            facts[fact.name] = [fact.number(values.get(fact.name)) for values in rows]
    return facts


def frozen_facts(frozen: Mapping[str, Any], present: Facts) -> Facts:
    """The facts of one asset as they were frozen; what the frozen copy doesn't hold is as at present."""
    values = thaw(frozen)
    facts = present.copy()
    for fact in FACTS:
        if fact.name in values:
            facts[fact.name] = fact.number(values[fact.name])
    return facts


def facts_of(asset_ids: Collection[uuid.UUID], *, archived_too: bool = False) -> Facts:
    """The facts of these assets, in the order of their ids; archived ones are left out unless asked for."""
    status = "" if archived_too else "AND a.status <> 'archived'"
    return _read(
        f"WHERE a.id = ANY(%(ids)s::uuid[]) {status} ORDER BY a.id",
        {"ids": [str(each) for each in asset_ids]},
    )


def chunks(asset_ids: Collection[uuid.UUID] | None, shapes: dict[uuid.UUID, Shape]) -> Iterator[Chunk]:
    """The assets to judge for these shapes, some at a time: those named, or all, without the archived.

    Of all assets, those far from every shape are left out where the competitions are few and go by place
    alone.
    """
    if asset_ids is not None:
        listed = sorted(set(asset_ids))
        for start in range(0, len(listed), CHUNK):
            part = listed[start : start + CHUNK]
            yield Chunk(facts_of(part), "{column} = ANY(%s::uuid[])", ([str(each) for each in part],))
        return
    near, parameters = _near(shapes)
    last: uuid.UUID | None = None
    while True:
        after = "" if last is None else "AND a.id > %(last)s::uuid"
        where = f"WHERE a.status <> 'archived' {after} {near} ORDER BY a.id LIMIT {CHUNK}"
        facts = _read(where, {**parameters, "last": str(last)})
        lower, end = ("TRUE", []) if last is None else ("{column} > %s::uuid", [str(last)])
        if len(facts) < CHUNK:
            yield Chunk(facts, lower, tuple(end))
            return
        last = asset_id(facts[-1])
        yield Chunk(facts, f"{lower} AND {{column}} <= %s::uuid", (*end, str(last)))


def _near(shapes: dict[uuid.UUID, Shape]) -> tuple[str, dict[str, Any]]:
    by_postcode = Boundary.objects.filter(kind__in=POSTCODES, competition__in=shapes)
    if len(shapes) > FEW_COMPETITIONS or by_postcode.exists():
        return "", {}
    conditions = [
        "a.id IN (SELECT asset_id FROM qualification_override WHERE is_latest AND decision <> ''"
        " AND competition_id = ANY(%(competitions)s::uuid[]))"
    ]
    parameters: dict[str, Any] = {"competitions": [str(each) for each in shapes]}
    for place, shape in enumerate(shapes.values()):
        if shape.buffered.is_empty:
            continue
        sides = ("west", "south", "east", "north")
        names = {side: f"{side}{place}" for side in sides}
        parameters |= {names[side]: value for side, value in zip(sides, shape.buffered.bounds, strict=True)}
        conditions.append(
            "(a.latitude::float8 BETWEEN %({south})s AND %({north})s"
            " AND a.longitude::float8 BETWEEN %({west})s AND %({east})s)".format(**names)
        )
    return f"AND ({' OR '.join(conditions)})", parameters


def asset_id(record: Any) -> uuid.UUID:
    """The id in a record of facts."""
    return uuid.UUID(bytes=bytes(record["id"]))


def by_postcode(competition_ids: Collection[uuid.UUID], chunk: Chunk) -> dict[uuid.UUID, set[uuid.UUID]]:
    """The chunk's assets that lie in a competition by their own postcode or sector, spaces and case apart."""
    condition = chunk.condition.format(column="a.id")
    query = f"""
        SELECT b.competition_id, a.id FROM competitions_boundary b JOIN qualification_asset a
            ON (b.kind = 'postcode' AND {postcode_sql("a.postcode")} = {postcode_sql("b.value")})
            OR (b.kind = 'postcode_sector' AND {sector_sql("a.postcode")} = {postcode_sql("b.value")})
        WHERE b.competition_id = ANY(%s::uuid[]) AND b.kind IN ('postcode', 'postcode_sector')
            AND a.postcode <> '' AND a.status <> 'archived' AND {condition}"""  # noqa: S608  (no user text in it)
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [[str(each) for each in competition_ids], *chunk.parameters])
        for competition_id, found_id in cursor.fetchall():
            found.setdefault(competition_id, set()).add(found_id)
    return found


def overridden(competition_ids: Collection[uuid.UUID], chunk: Chunk) -> dict[uuid.UUID, set[uuid.UUID]]:
    """The chunk's assets that have an override in a competition, wherever they lie."""
    condition = chunk.condition.format(column="o.asset_id")
    query = f"""
        SELECT o.competition_id, o.asset_id FROM qualification_override o
        WHERE o.is_latest AND o.decision <> '' AND o.competition_id = ANY(%s::uuid[]) AND {condition}"""  # noqa: S608
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [[str(each) for each in competition_ids], *chunk.parameters])
        for competition_id, found_id in cursor.fetchall():
            found.setdefault(competition_id, set()).add(found_id)
    return found


def open_competitions(
    competition_ids: Collection[uuid.UUID] | None, now: datetime
) -> "QuerySet[Competition]":
    """Competitions whose verdicts may still change at ``now``: not frozen, closed, cancelled or archived.

    Drafts are among them, so that their verdicts are there when they are published.
    """
    competitions = Competition.objects.filter(freeze=None, cancelled_at=None, qualification_close__gt=now)
    competitions = competitions.filter(Q(archive_on=None) | Q(archive_on__gt=now))
    return competitions if competition_ids is None else competitions.filter(pk__in=list(competition_ids))


_NOWHERE = Shape(shapely.Polygon(), shapely.Polygon())
_shapes: "OrderedDict[tuple[uuid.UUID, str], Shape]" = OrderedDict()


def shapes_of(competition_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Shape]:
    """The shape of each competition, an empty one where it has none; kept in memory while its row is the
    same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT competition_id, xmin::text || ctid::text FROM competitions_boundaryshape"
            " WHERE competition_id = ANY(%s::uuid[])",
            [[str(each) for each in competition_ids]],
        )
        versions: dict[uuid.UUID, str] = dict(cursor.fetchall())
    missing = [each for each, version in versions.items() if (each, version) not in _shapes]
    fresh = BoundaryShape.objects.filter(competition_id__in=missing)
    loaded: dict[uuid.UUID, Shape] = {}
    for competition_id, inside, buffered in fresh.values_list("competition_id", "inside_wkb", "buffered_wkb"):
        loaded[competition_id] = Shape(shapely.from_wkb(bytes(inside)), shapely.from_wkb(bytes(buffered)))
        _shapes[competition_id, versions[competition_id]] = loaded[competition_id]
    found = {}
    for each in competition_ids:
        found[each] = loaded.get(each) or _shapes.get((each, versions.get(each, "")), _NOWHERE)
    while len(_shapes) > SHAPES_KEPT:
        _shapes.popitem(last=False)
    return found
