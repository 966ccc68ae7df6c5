"""Copying overrides from earlier competitions: once, when qualification opens."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from competitions.enums import AssetStatus
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import record
from qualification import rules
from qualification.domain.overrides import deciding
from qualification.domain.overrides.deciding import Decided
from qualification.models import Override, OverridesCopied


def due(now: datetime) -> "QuerySet[Competition]":
    """Published competitions whose qualification has opened, which name earlier ones and have not copied
    yet."""
    named = Competition.objects.filter(overrides_taken_over=None, cancelled_at=None).exclude(
        duplicate_overrides_of=[]
    )
    opened = named.filter(publish_on__lte=now, qualification_open__lte=now)
    return opened.filter(
        Q(bidding_open=None) | Q(bidding_open__gt=now), Q(archive_on=None) | Q(archive_on__gt=now)
    )


def copy_due(now: datetime) -> int:
    """Copy for every competition that is due, each in its own transaction; returns how many overrides."""
    return sum(_copy(competition) for competition in due(now).order_by("pk"))


def _copy(competition: Competition) -> int:
    with transaction.atomic():
        competition = deciding.prepare(competition)
        now = clock.now()
        taken_over = OverridesCopied.objects.filter(competition=competition)
        if taken_over.exists() or not rules.can_override(competition, now):
            return 0
        count = deciding.store(competition, _of_the_named(competition), by=None, now=now)
        fact = OverridesCopied.objects.create(competition=competition, copied_at=now, override_count=count)
        record(
            organisation_id=competition.operator_id,
            by=None,
            action="overrides copied",
            subject=competition,
            changes={"overrides": (None, fact.override_count)},
            now=now,
        )
    return count


def _of_the_named(competition: Competition) -> list[Decided]:
    """What counts in the competitions named; of several the latest in time. Own decisions win over copies."""
    named = [ref.lower() for ref in competition.duplicate_overrides_of]
    sources = Competition.objects.annotate(ref_in_small=Lower("ref")).filter(
        operator=competition.operator_id, ref_in_small__in=named
    )
    own = Override.objects.filter(competition=competition).values("asset")
    found = Override.objects.filter(competition__in=sources.exclude(pk=competition.pk), is_latest=True)
    found = found.exclude(decision="").exclude(asset__in=own).exclude(asset__status=AssetStatus.ARCHIVED)
    latest = {
        each.asset_id: each for each in found.select_related("competition").order_by("decided_at", "id")
    }
    return [Decided(each.asset_id, each.decision, each.reason, each.competition) for each in latest.values()]
