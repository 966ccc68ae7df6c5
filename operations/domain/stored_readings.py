"""Readings in the database: what holds of units and days at an instant, and how more is told."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Member
from contracts.models import ContractedAsset
from marketplace import clock
from marketplace.audit.chain import lock_chains, record
from marketplace.copying import copy_rows
from marketplace.jobs.models import StoredFile
from operations import rules
from operations.domain.reading_days import ReadingDay, laid_over, series_of_days, stored_flow
from operations.domain.series import Series
from operations.models import DeliveryUnit, MeterDay
from qualification.models import Asset

COLUMNS = (
    *("unit_id", "day", "minutes", "imported", "import_quality", "exported", "export_quality"),
    *("received_at", "received_by_id", "job_id"),
)
Days = dict[date, list[ReadingDay]]


def told_days(
    units: Collection[UUID], first: date, last: date, instant: datetime | None = None
) -> QuerySet[MeterDay]:
    """What was told of these units from one UTC day to another, inclusive, up to an instant, in the order of telling."""
    found = MeterDay.objects.filter(unit__in=units, day__gte=first, day__lte=last)
    if instant is not None:
        found = found.filter(received_at__lte=instant)
    return found.order_by("unit", "day", "id")


def days_of(
    units: Collection[UUID], first: date, last: date, instant: datetime | None = None
) -> dict[UUID, Days]:
    """What holds of these units, day by day."""
    by_text = {str(unit): unit for unit in units}
    told: dict[tuple[str, date], list[ReadingDay]] = defaultdict(list)
    rows = told_days(units, first, last, instant).values_list(
        Cast("unit_id", TextField()),
        "day",
        "minutes",
        "imported",
        "import_quality",
        "exported",
        "export_quality",
    )
    for unit, day, minutes, imported, import_quality, exported, export_quality in rows.iterator(2000):
        told[unit, day].append(
            ReadingDay(
                day, minutes, stored_flow(imported, import_quality), stored_flow(exported, export_quality)
            )
        )
    found: dict[UUID, Days] = {unit: {} for unit in units}
    for (unit, day), each in told.items():
        found[by_text[unit]][day] = laid_over(each)
    return found


def series_of_units(
    units: Collection[UUID], first: date, last: date, instant: datetime | None = None
) -> dict[UUID, Series]:
    """The series of each of these units over the days, empty where nothing was told."""
    return {
        unit: series_of_days(each for _, each in sorted(days.items()))
        for unit, days in days_of(units, first, last, instant).items()
    }


def last_told(units: Collection[UUID]) -> dict[UUID, datetime]:
    """When something was last told of each of these units."""
    rows = MeterDay.objects.filter(unit__in=units).order_by().values("unit").annotate(at=Max("received_at"))
    return {row["unit"]: row["at"] for row in rows}


def data_mark(units: Collection[UUID]) -> int:
    """A number that grows with everything that is told of these units."""
    return MeterDay.objects.filter(unit__in=units).aggregate(last=Max("id"))["last"] or 0


@transaction.atomic
def store_readings(
    *,
    by: Member,
    days: Mapping[DeliveryUnit, Iterable[ReadingDay]],
    counts: Mapping[str, int],
    job_id: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """Keep what is told of these units beside what was told before, in the logs of the provider and of its buyers.

    Raises ``NotAllowed`` for anybody but members of the provider with the role Operations.
    """
    rules.check_may_tell_readings(by, {unit.provider_id for unit in days})
    buyers = units_by_buyer(days)
    lock_chains([by.organisation_id, *buyers])
    instant = clock.now()
    kept = {unit.pk: list(told) for unit, told in days.items()}
    copy_rows(
        MeterDay._meta.db_table,
        COLUMNS,
        ((unit, *_cells(each), instant, by.user_id, job_id) for unit, told in kept.items() for each in told),
    )
    for organisation_id in [by.organisation_id, *sorted(buyers)]:
        own = [
            unit
            for unit in days
            if organisation_id == by.organisation_id or unit.pk in buyers[organisation_id]
        ]
        told_of = sorted(unit.ref for unit in own)
        record(
            organisation_id=organisation_id,
            by=by,
            action="meter readings stored",
            subject=own[0],
            changes={
                "units": (None, told_of[:50]),
                "days": (None, sum(len(kept[unit.pk]) for unit in own)),
                **({key: (None, value) for key, value in counts.items()} if len(own) == len(days) else {}),
            },
            now=instant,
        )


def _cells(told: ReadingDay) -> tuple[Any, ...]:
    imported, exported = told.imported, told.exported
    return (
        told.day,
        told.minutes,
        _array(imported.stored),
        imported.letters,
        _array(exported.stored),
        exported.letters,
    )


def _array(values: list[int]) -> str:
    return "{" + str(values)[1:-1] + "}"


def units_by_buyer(units: Iterable[DeliveryUnit]) -> dict[UUID, set[UUID]]:
    """The operators with a contract that counts on these units, each with the units."""
    listed = list(units)
    by_asset = {each.asset_id: each.pk for each in listed if each.asset_id}
    by_group = {each.group_id: each.pk for each in listed if each.group_id}
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for buyer, asset in (
        ContractedAsset.objects.filter(asset_id__in=by_asset)
        .values_list("contract__buyer", "asset_id")
        .distinct()
    ):
        found[buyer].add(by_asset[asset])
    if by_group:
        members = dict(Asset.objects.filter(group__in=by_group).values_list("pk", "group_id"))
        for buyer, asset in (
            ContractedAsset.objects.filter(asset_id__in=members)
            .values_list("contract__buyer", "asset_id")
            .distinct()
        ):
            found[buyer].add(by_group[members[asset]])
    return found


def kept_file(member: Member, pk: UUID, kind: str) -> StoredFile | None:
    """A file of the member's company that waits to be told what its columns mean."""
    return StoredFile.objects.filter(pk=pk, organisation_id=member.organisation_id, kept_for=kind).first()
