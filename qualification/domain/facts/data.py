"""An asset's data as plain values, one for each column of the assets file, and their frozen form as JSON.

In JSON, decimals are text (so that no digit is lost), durations are seconds and dates ISO text.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from json import loads
from typing import Any
from uuid import UUID

from django.db import connection, models

from qualification.models import Asset

NOT_IN_THE_FILE = frozenset(
    {"id", "provider", "group", "asset_type", "first_uploaded_at", "changed_at", "is_place_approximate"}
)
FIELDS: tuple[str, ...] = tuple(
    each.name for each in Asset._meta.concrete_fields if each.name not in NOT_IN_THE_FILE
)
KINDS: dict[str, type[Any]] = {name: type(Asset._meta.get_field(name)) for name in FIELDS}


def values_of(asset: Asset) -> dict[str, Any]:
    """The asset's data by column key, with its group's ref, its category and its type's name; blank text is
    None."""
    values = {name: getattr(asset, name) for name in FIELDS}
    values |= {"category": asset.asset_type.category, "asset_type": asset.asset_type.name}
    values["group"] = asset.group.ref if asset.group is not None else None
    return {key: None if value == "" else value for key, value in values.items()}


def thaw(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """The values that :func:`values_of` gave when the data were frozen."""
    return {key: _thawed(KINDS.get(key), value) for key, value in frozen.items()}


def _thawed(kind: type[Any] | None, value: Any) -> Any:
    if value is None or value == "":
        return None
    if kind is models.DecimalField:
        return Decimal(value)
    if kind is models.DurationField:
        return timedelta(seconds=value)
    if kind is models.DateField:
        return date.fromisoformat(value)
    return value


def _frozen_sql() -> str:
    """SQL that makes the frozen form of an asset ``a`` of type ``t`` in group ``g``."""
    columns = []
    for name in FIELDS:
        expression = f"a.{name}"
        if KINDS[name] is models.DecimalField:
            expression = f"trim_scale({expression})::text"
        elif KINDS[name] is models.DurationField:
            expression = f"EXTRACT(EPOCH FROM {expression})::bigint"
        columns.append(f"'{name}', {expression}")
    columns += ["'category', t.category", "'asset_type', t.name", "'group', g.ref"]
    return f"jsonb_build_object({', '.join(columns)})"


_FROZEN = _frozen_sql()


def frozen_data(asset_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The frozen form of these assets' data as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.id, {_FROZEN}"  # noqa: S608  (columns of our own)
            " FROM qualification_asset a JOIN qualification_assettype t ON t.id = a.asset_type_id"
            " LEFT JOIN qualification_assetgroup g ON g.id = a.group_id WHERE a.id = ANY(%s::uuid[])",
            [[str(each) for each in asset_ids]],
        )
        return {pk: loads(data) if isinstance(data, str) else data for pk, data in cursor.fetchall()}


def freeze_verdicts_of(competition_id: Any) -> int:
    """Copy to every verdict of the competition without a copy its asset's data as they are now; returns how
    many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE qualification_verdict v SET asset_as_frozen = {_FROZEN}"  # noqa: S608  (columns of our own)
            " FROM qualification_asset a JOIN qualification_assettype t ON t.id = a.asset_type_id"
            " LEFT JOIN qualification_assetgroup g ON g.id = a.group_id"
            " WHERE a.id = v.asset_id AND v.competition_id = %s AND v.asset_as_frozen IS NULL",
            [competition_id],
        )
        count: int = cursor.rowcount
        cursor.execute(
            "UPDATE qualification_plannedverdict v SET planned_as_frozen = jsonb_build_object("
            "'ref', a.ref, 'name', a.name, 'category', t.category, 'asset_type', t.name,"
            "'voltage_kv', trim_scale(a.voltage_kv)::text, 'capacity_type', a.capacity_type,"
            "'capacity_mw', trim_scale(a.capacity_mw)::text, 'estimated_count', a.estimated_count,"
            "'response_time', EXTRACT(EPOCH FROM a.maximum_response_time)::bigint,"
            "'recovery_time', EXTRACT(EPOCH FROM a.maximum_recovery_time)::bigint,"
            "'minimum_run_time', EXTRACT(EPOCH FROM a.minimum_run_time)::bigint,"
            "'maximum_run_time', EXTRACT(EPOCH FROM a.maximum_run_time)::bigint)"
            " FROM qualification_plannedasset a JOIN qualification_assettype t ON t.id = a.asset_type_id"
            " WHERE a.id = v.planned_asset_id AND v.competition_id = %s AND v.planned_as_frozen IS NULL",
            [competition_id],
        )
        return count + int(cursor.rowcount)
