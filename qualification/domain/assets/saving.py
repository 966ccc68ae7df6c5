"""Writing assets: one action for any number of them, with the audit of each and a request to judge them again."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg2.errors import UniqueViolation

from accounts.models import Member
from marketplace.audit.chain import Event, record_stream
from marketplace.copying import copy_rows
from marketplace.errors import Refused
from qualification import rules
from qualification.domain.assets.groups import ask_to_regroup, keep_groups, store_new_groups
from qualification.domain.verdicts import freeze, requalification
from qualification.models import Asset, PlannedAsset
from qualification.signals import GroupMove, assets_changed

COLUMNS = tuple(each.attname for each in Asset._meta.concrete_fields)
KEPT = frozenset({"id", "provider_id", "first_uploaded_at"})
ADDED_MEANWHILE = (
    "Somebody of your company added an asset under one of these refs at the same moment, so nothing was stored. "
    "Look at the list of assets and send it again."
)
CHANGED_MEANWHILE = (
    "{} was changed by somebody of your company while this was saved, so nothing was stored. "
    "Look at what is stored now, and send it again if it is still meant."
)


@dataclass(frozen=True, slots=True)
class Saved:
    """An asset or planned asset as it is to be, and its changes (before, after) by label.

    Unless it is new, the record's ``changed_at`` is that of the stored one from which it was made.
    """

    record: Any
    is_new: bool
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def save_assets(*, by: Member, assets: Sequence[Saved], planned: Sequence[Saved] = (), now: datetime) -> None:
    """Store assets of the member's company, new and changed, and ask for their verdicts.

    Raises ``Refused`` when the qualification of a planned asset's competition has closed meanwhile, or somebody else
    has added one of the refs, changed one of the assets since it was read, or removed one of the groups.
    """
    rules.check_may_manage_assets(by)
    try:
        with transaction.atomic():
            now = freeze.ready_for_asset_writes()
            _check_still_open(planned, now)
            records = [one.record for one in assets]
            store_new_groups(by=by, assets=records, now=now)
            keep_groups(records)
            ask_to_regroup(by, _moves(assets))
            _check_as_read(Asset, assets)
            _check_as_read(PlannedAsset, planned)
            store(by, assets, planned, now)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise Refused(ADDED_MEANWHILE) from error
        raise


def _moves(assets: Sequence[Saved]) -> list[GroupMove]:
    stored = Asset.objects.filter(pk__in=[each.record.pk for each in assets if not each.is_new])
    before = dict(stored.values_list("pk", "group_id"))
    return [
        GroupMove(record.ref, before.get(record.pk), record.group_id)
        for record in (each.record for each in assets)
        if before.get(record.pk) != record.group_id
    ]


def store(by: Member, assets: Sequence[Saved], planned: Sequence[Saved], now: datetime) -> None:
    """Write, request and record, in a transaction that is ready for asset writes since ``now``."""
    for one in (*assets, *planned):
        one.record.changed_at = now
        if one.is_new:
            one.record.first_uploaded_at = now
    _write([one.record for one in assets])
    _write_planned(planned)
    ids = [one.record.pk for one in assets]
    requalification.request_for_assets(by.organisation_id, ids, now)
    requalification.request_for_competitions(_competitions_of(planned), now)
    assets_changed.send(sender=Asset, asset_ids=ids, provider_id=by.organisation_id, now=now)
    record_stream(by.organisation_id, by, map(_event, (*assets, *planned)), now)


def _competitions_of(planned: Iterable[Saved]) -> set[uuid.UUID]:
    return {one.record.competition_id for one in planned} | {
        before
        for one in planned
        for name, (before, _) in one.changes.items()
        if name == "competition_id" and before
    }


def _check_still_open(planned: Iterable[Saved], now: datetime) -> None:
    for one in planned:
        competition = one.record.competition
        if now >= competition.qualification_close:
            raise Refused(
                f"Qualification for {competition.ref} closed meanwhile, so its planned assets stay as they are."
            )


def _check_as_read(model: type[Asset] | type[PlannedAsset], records: Sequence[Saved]) -> None:
    """Lock the stored records, in one order, and refuse where one is no longer what it was read as."""
    read = {one.record.pk: one.record for one in records if not one.is_new}
    if not read:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, changed_at FROM {model._meta.db_table}"  # noqa: S608  (own table)
            " WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE",
            [list(map(str, read))],
        )
        stored = dict(cursor.fetchall())
    for key, record in read.items():
        if stored.get(key) != record.changed_at:
            raise Refused(CHANGED_MEANWHILE.format(record.ref))


def _event(one: Saved) -> Event:
    what = "planned asset" if isinstance(one.record, PlannedAsset) else "asset"
    return Event(f"{what} {'added' if one.is_new else 'changed'}", one.record, one.changes)


def _write(assets: Sequence[Asset]) -> None:
    """Insert or update all at once."""
    if not assets:
        return
    listed = ", ".join(COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in KEPT)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming (LIKE qualification_asset) ON COMMIT DROP")
        copy_rows("incoming", COLUMNS, map(attrgetter(*COLUMNS), assets))
        cursor.execute(
            f"INSERT INTO qualification_asset ({listed}) SELECT {listed} FROM incoming"  # noqa: S608  (own columns)
            f" ON CONFLICT (id) DO UPDATE SET {updates}"
        )
        cursor.execute("DROP TABLE incoming")


def _write_planned(planned: Sequence[Saved]) -> None:
    PlannedAsset.objects.bulk_create([one.record for one in planned if one.is_new], batch_size=1000)
    for one in planned:
        if not one.is_new:
            one.record.save(force_update=True)  # made with its id: a plain save would insert it
