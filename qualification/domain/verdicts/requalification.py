"""Requests to judge again: written in the transaction of their cause, processed together, each exactly
once."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace.jobs import locks, publishing
from marketplace.prepared import asked
from qualification.domain.overrides import copying
from qualification.domain.verdicts import engine, freeze
from qualification.models import Requalification


def request_for_competitions(competition_ids: Collection[uuid.UUID], now: datetime) -> None:
    """Ask, within the caller's transaction, for all assets to be judged in these competitions."""
    Requalification.objects.bulk_create(
        [Requalification(competition_id=each, requested_at=now) for each in sorted(set(competition_ids))]
    )
    publish_on_commit()


def request_for_assets(provider_id: uuid.UUID, asset_ids: Collection[uuid.UUID], now: datetime) -> None:
    """Ask, within the caller's transaction, for these assets to be judged in all open competitions."""
    if asset_ids:
        Requalification.objects.create(provider_id=provider_id, asset_ids=list(asset_ids), requested_at=now)
        publish_on_commit()


def publish_on_commit() -> None:
    """Wake a worker once the present transaction commits; the sweeper finds what is lost on the way."""
    if not publishing.jobs_run_inline():
        transaction.on_commit(_publish)


def _publish() -> None:
    publishing.hand_over("qualification.requalify")


def close_due(now: datetime) -> None:
    """Freeze and copy overrides where it is due; nothing while another worker is at it, so that none waits
    for it."""
    with locks.hold_key(locks.key_named("qualification: close what is due")) as held:
        if held:
            freeze.freeze_due(now)
            copying.copy_due(now)


def work_off(now: datetime) -> int:
    """Freeze and copy overrides where it is due, then process every request that nobody else is at; returns
    how many.

    Requests that piled up are judged as one: a burst of changes costs one run. The verdicts and the deletion
    of the requests commit together, so a worker that dies leaves the requests for another.
    """
    freeze.freeze_due(now)
    copying.copy_due(now)
    with transaction.atomic():
        taken = list(Requalification.objects.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
        competitions = {each.competition_id for each in taken if each.competition_id}
        assets = {asset for each in taken for asset in each.asset_ids}
        if assets:
            engine.qualify(asset_ids=assets, now=now)
        if competitions:
            engine.qualify(competition_ids=competitions, now=now)
        Requalification.objects.filter(pk__in=[each.pk for each in taken]).delete()
    return len(taken)


def is_pending(provider_id: uuid.UUID, asset_id: uuid.UUID, now: datetime) -> bool:
    """Whether a request waits that may change this asset's verdicts in a published competition."""

    def waiting() -> None:
        naming = Q(provider_id=provider_id, asset_ids__contains=[asset_id])
        Requalification.objects.filter(naming | Q(competition__publish_on__lte=now)).exists()

    return bool(
        asked(
            "qualification.is_pending",
            Requalification,
            waiting,
            whose=None,
            provider=provider_id,
            asset=asset_id,
            now=now,
        )
    )


def waiting_among(competition_ids: Collection[uuid.UUID], asset_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the competitions and of the assets that a request names which waits to be processed."""
    competitions, assets = list(competition_ids), list(asset_ids)
    if not competitions or not assets:
        return set()

    def waiting() -> None:
        naming = Q(competition__among=competitions) | Q(asset_ids__shares=assets)
        list(Requalification.objects.filter(naming).order_by().values_list("competition", "asset_ids"))

    rows = asked(
        "qualification.waiting",
        Requalification,
        waiting,
        whose=None,
        competitions=competitions,
        assets=assets,
    )
    return {each for competition, named in rows for each in (competition, *named)} & {*competitions, *assets}
