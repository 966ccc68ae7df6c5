"""Giving several assets another status at once, archiving and bringing back among them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from competitions.enums import AssetStatus
from qualification import rules
from qualification.domain.assets.saving import Saved, store
from qualification.domain.verdicts import freeze
from qualification.models import Asset
from qualification.signals import assets_in_use

HELD = "A live bid or contract holds this asset, so it can't be archived."
NO_DATE = "An asset in development needs its operational date."


@dataclass(frozen=True)
class StatusOutcome:
    """What became of one asset; ``refusal`` is the sentence, empty when it has the status now."""

    asset: Asset
    refusal: str = ""


def held(asset_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the assets that a live bid or contract holds, as the apps above say."""
    if not asset_ids:
        return set()
    answers = assets_in_use.send(sender=Asset, asset_ids=set(asset_ids))
    return {each for _, found in answers for each in found or ()}  # type: ignore[misc]


def refusal_of(asset: Asset, to: AssetStatus, *, is_held: bool) -> str:
    """Why the asset can't have this status; empty when it can."""
    if to == AssetStatus.IN_DEVELOPMENT and asset.operational_date is None:
        return NO_DATE
    return HELD if to == AssetStatus.ARCHIVED and is_held else ""


def outcomes_of(by: Member, asset_ids: Collection[uuid.UUID], to: AssetStatus) -> list[StatusOutcome]:
    """What giving the member's assets a status would do, in the order of their refs; nothing is changed."""
    own = Asset.objects.filter(provider=by.organisation_id, pk__in=list(asset_ids)).exclude(status=to)
    found = list(own.select_related("asset_type").order_by("ref"))
    in_use = held({each.pk for each in found}) if to == AssetStatus.ARCHIVED else set()
    return [StatusOutcome(each, refusal_of(each, to, is_held=each.pk in in_use)) for each in found]


def change_status(
    *, by: Member, asset_ids: Collection[uuid.UUID], to: AssetStatus, now: datetime
) -> list[StatusOutcome]:
    """Give the member's assets a status; each succeeds or fails by itself, those that have it already are
    left out.

    Raises ``NotAllowed`` for members who don't manage assets. Other companies' assets are passed over.
    """
    rules.check_may_manage_assets(by)
    with transaction.atomic():
        now = freeze.ready_for_asset_writes()
        own = Asset.objects.filter(provider=by.organisation_id, pk__in=list(asset_ids)).exclude(status=to)
        found = list(own.select_for_update(of=("self",)).select_related("asset_type").order_by("pk"))
        in_use = held({each.pk for each in found}) if to == AssetStatus.ARCHIVED else set()
        outcomes = [StatusOutcome(each, refusal_of(each, to, is_held=each.pk in in_use)) for each in found]
        saved = []
        for asset in (each.asset for each in outcomes if not each.refusal):
            saved.append(Saved(asset, False, {"status": (asset.status, to.value)}))
            asset.status = to.value
        if saved:
            store(by, saved, (), now)
    return sorted(outcomes, key=lambda each: each.asset.ref)
