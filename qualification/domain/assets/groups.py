"""Asset groups: made with the assets that name them, filled in bulk, renamed, and removed once they are
empty."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.models import Member
from marketplace.audit.chain import Event, record, record_many, record_stream
from marketplace.errors import Refused
from marketplace.keys import key_form, tidy_key
from marketplace.seen import check_seen
from qualification import rules
from qualification.domain.verdicts import freeze
from qualification.models import Asset, AssetGroup
from qualification.signals import GroupMove, groups_changing

LONGEST_REF, LONGEST_NAME = 64, 100
REF_LENGTH = f"A group's ref has 1 to {LONGEST_REF} characters."
TAKEN = "You already have a group {}."
BATCH = 2_000


def make_group(*, by: Member, ref: str, name: str = "", now: datetime) -> AssetGroup:
    """Create a group without assets yet. Raises ``Refused`` when its ref is taken or too long,
    ``NotAllowed``."""
    rules.check_may_manage_assets(by)
    group = new_group(by, ref, name)
    try:
        with transaction.atomic():
            group.made_at = now
            group.save(force_insert=True)
            record(
                organisation_id=by.organisation_id,
                by=by,
                action="asset group made",
                subject=group,
                changes={"name": (None, group.name)},
                now=now,
            )
    except IntegrityError:
        raise Refused(TAKEN.format(group.ref)) from None
    return group


def new_group(by: Member, ref: str, name: str = "") -> AssetGroup:
    """A group of the member's company that is not stored. Raises ``Refused`` for a ref or name that can't
    be."""
    ref, name = tidy_key(ref), tidy_key(name)
    if not ref or len(ref) > LONGEST_REF:
        raise Refused(REF_LENGTH)
    if len(name) > LONGEST_NAME:
        raise Refused(f"A group's name has up to {LONGEST_NAME} characters.")
    return AssetGroup(provider_id=by.organisation_id, ref=ref, ref_key=key_form(ref), name=name or ref)


def store_new_groups(*, by: Member, assets: Sequence[Asset], now: datetime) -> None:
    """Store the groups of these assets that have no time of their making yet; one made meanwhile takes their
    place."""
    new: dict[str, AssetGroup] = {}
    for asset in assets:
        if asset.group is not None and asset.group.made_at is None:
            new[asset.group.ref_key] = asset.group
    if not new:
        return
    for group in new.values():
        group.made_at = now
    AssetGroup.objects.bulk_create(new.values(), ignore_conflicts=True, batch_size=BATCH)
    stored = AssetGroup.objects.filter(provider=by.organisation_id, ref_key__in=list(new)).order_by("pk")
    by_key = {group.ref_key: group for group in stored}
    for asset in assets:
        if asset.group is not None and asset.group.ref_key in by_key:
            asset.group = by_key[asset.group.ref_key]
    ours = {group.pk for group in new.values()}
    events = [
        Event("asset group made", group, {"name": (None, group.name)})
        for group in by_key.values()
        if group.pk in ours
    ]
    record_many(by.organisation_id, by, events, now)


def keep_groups(assets: Sequence[Asset]) -> None:
    """Keep the groups of these assets from being removed until the transaction ends.

    Raises ``Refused`` when one was removed already.
    """
    named = {asset.group.pk: asset.group.ref for asset in assets if asset.group is not None}
    for gone in sorted(named[key] for key in named.keys() - _kept(named)):
        raise Refused(
            f"The group {gone} was removed meanwhile, so nothing was stored. Choose the group again."
        )


def _kept(group_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the groups that are there, and stay: renaming one waits for nobody, removing it does."""
    if not group_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM qualification_assetgroup WHERE id = ANY(%s::uuid[]) ORDER BY id FOR KEY SHARE",
            [list(map(str, group_ids))],
        )
        return {key for (key,) in cursor.fetchall()}


def put_into_group(*, by: Member, asset_ids: Collection[uuid.UUID], ref: str | None, now: datetime) -> int:
    """Put the member's assets into the group of this ref, made if it is new; without one, take them out of
    theirs.

    Returns how many were moved; those that are there already are passed over, as are other companies' assets.
    Raises ``Refused`` for a ref that can't be, ``NotAllowed``.
    """
    rules.check_may_manage_assets(by)
    wanted = new_group(by, ref) if ref is not None else None
    with transaction.atomic():
        now = freeze.ready_for_asset_writes()
        group = _stored(by, wanted, now) if wanted is not None else None
        own = Asset.objects.filter(provider=by.organisation_id, pk__in=list(asset_ids))
        found = own.select_for_update(of=("self",)).select_related("group").order_by("pk")
        moving = [asset for asset in found if asset.group_id != (group.pk if group is not None else None)]
        ask_to_regroup(
            by, [GroupMove(each.ref, each.group_id, group.pk if group else None) for each in moving]
        )
        Asset.objects.filter(pk__in=[asset.pk for asset in moving]).update(group=group, changed_at=now)
        after = group.ref if group is not None else None
        record_stream(
            by.organisation_id,
            by,
            (Event("asset changed", each, _moved(each, after)) for each in moving),
            now,
        )
    return len(moving)


def ask_to_regroup(by: Member, moves: Sequence[GroupMove]) -> None:
    """Let other apps refuse that assets join or leave groups. Raises ``Refused``."""
    if moves:
        groups_changing.send(sender=Asset, provider_id=by.organisation_id, moves=moves)


def _moved(asset: Asset, after: str | None) -> dict[str, tuple[Any, Any]]:
    return {"group": (asset.group.ref if asset.group is not None else None, after)}


def _stored(by: Member, group: AssetGroup, now: datetime) -> AssetGroup:
    found = AssetGroup.objects.filter(provider=by.organisation_id, ref_key=group.ref_key).first()
    return found if found is not None and _kept([found.pk]) else make_group(by=by, ref=group.ref, now=now)


def _locked(by: Member, group: AssetGroup, *, no_key: bool = False) -> AssetGroup:
    own = AssetGroup.objects.select_for_update(no_key=no_key).filter(provider=by.organisation_id)
    found = own.filter(pk=group.pk).first()
    if found is None:
        raise Refused(f"The group {group.ref} was removed meanwhile.")
    return found


def rename_group(*, by: Member, group: AssetGroup, name: str, now: datetime, seen: str = "") -> bool:
    """Give the group another name; its ref, by which files find it, stays. Returns whether anything changed.

    ``seen`` is the mark of the name that the form showed. Raises ``ChangedMeanwhile`` where it has another
    name since.
    """
    rules.check_may_manage_assets(by)
    named = new_group(by, group.ref, name)
    with transaction.atomic():
        locked = _locked(by, group, no_key=True)
        check_seen(seen, {"name": locked.name}, {"name": named.name}, {"name": "Name"})
        if locked.name == named.name:
            return False
        record(
            organisation_id=by.organisation_id,
            by=by,
            action="asset group renamed",
            subject=locked,
            changes={"name": (locked.name, named.name)},
            now=now,
        )
        locked.name = named.name
        locked.save(update_fields=["name"])
    return True


def remove_group(*, by: Member, group: AssetGroup, now: datetime) -> None:
    """Remove a group without assets. Raises ``Refused`` while it holds any, archived ones among them."""
    rules.check_may_manage_assets(by)
    with transaction.atomic():
        locked = _locked(by, group)
        if locked.assets.exists():
            raise Refused(f"Group {locked.ref} holds assets; take them out first.")
        record(
            organisation_id=by.organisation_id,
            by=by,
            action="asset group removed",
            subject=locked,
            changes={"name": (locked.name, None)},
            now=now,
        )
        locked.delete()
