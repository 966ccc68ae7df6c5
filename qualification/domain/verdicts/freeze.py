"""Freezing: at qualification close a competition's verdicts are fixed, with a copy of the data that they
used.

It happens under locks before the first write or bid that comes after the close, with the data as at the
close, whether or not a job has run yet. Whoever writes assets calls :func:`ready_for_asset_writes` first.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from competitions.models import Competition
from marketplace.audit.chain import record
from marketplace.prepared import loaded
from qualification.domain.facts import data
from qualification.domain.locks import own_asset_data, own_verdicts, share_asset_data
from qualification.domain.verdicts import engine
from qualification.domain.verdicts.requirements import requirements_of
from qualification.models import Freeze


def due(now: datetime) -> "QuerySet[Competition]":
    """Competitions whose qualification has closed by ``now``, not frozen yet; drafts and cancelled ones
    apart."""
    competitions = Competition.objects.filter(freeze=None, cancelled_at=None)
    return competitions.filter(qualification_close__lte=now, publish_on__lte=now).order_by("pk")


def ensure_frozen(competition: Competition, now: datetime) -> Freeze | None:
    """The competition's freeze, made now if its close has come; None before the close.

    Call it before locking the competition: the locks are taken in an order.
    """
    found = loaded(Freeze, competition_id=competition.pk)
    if found is not None or now < competition.qualification_close:
        return found
    with transaction.atomic():
        _freeze([competition.pk], own_asset_data())
    return Freeze.objects.filter(competition_id=competition.pk).first()


def freeze_due(now: datetime) -> list[uuid.UUID]:
    """Freeze every competition that is due, each in its own transaction; returns which."""
    frozen = []
    for competition_id in list(due(now).values_list("pk", flat=True)):
        with transaction.atomic():
            frozen += _freeze([competition_id], own_asset_data())
    return frozen


def ready_for_asset_writes() -> datetime:
    """Called once in the transaction that writes assets, before it does; returns the time under the lock.

    Competitions that have closed are frozen first. No freezing can begin until the transaction ends, so a
    write that was in time is counted.
    """
    inner = transaction.savepoint()
    now = share_asset_data()
    if not due(now).exists():
        transaction.savepoint_commit(inner)
        return now
    transaction.savepoint_rollback(inner)  # gives the shared lock back
    now = own_asset_data()
    _freeze(list(due(now).values_list("pk", flat=True)), now)
    return now


def _freeze(competition_ids: list[uuid.UUID], now: datetime) -> list[uuid.UUID]:
    """Judge all assets once more and fix what comes out. The caller owns the asset data. Returns those frozen
    now."""
    competitions = (
        Competition.objects.select_for_update(of=("self",)).filter(pk__in=competition_ids).order_by("pk")
    )
    locked = {each.pk: each for each in competitions}
    own_verdicts(competition_ids)
    wanted = list(due(now).filter(pk__in=locked).values_list("pk", flat=True))
    for competition_id in wanted:
        competition = locked[competition_id]
        engine.judge(requirements_of(Competition.objects.filter(pk=competition_id), now), None, now)
        count = data.freeze_verdicts_of(competition_id)
        Freeze.objects.create(competition=competition, frozen_at=now, verdict_count=count)
        record(
            organisation_id=competition.operator_id,
            by=None,
            action="qualification frozen",
            subject=competition,
            changes={"verdicts": (None, count)},
            now=now,
        )
    return wanted
