"""Demand series that an operator plans by: kept as they were sent, read again for each look at them."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from competitions import rules
from competitions.domain.demand_cells import UnreadableSeries
from competitions.domain.demand_reading import Series, read_series_apart
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.jobs.queries import files_visible_to
from marketplace.jobs.rules import check_named_and_sized
from marketplace.memo import cache_get, cache_set

KEPT_SECONDS = 3600

KEPT_FOR = "competitions.demand_series"


def keep_series(*, by: Member, filename: str, data: bytes, now: datetime) -> StoredFile:
    """Keep a CSV of half-hourly demand. Raises ``NotAllowed``, and ``Refused`` for what holds no series."""
    rules.check_may_procure(by)
    check_named_and_sized(filename, len(data), (".csv",))
    try:
        series = read_series_apart(data, by.organisation.zone)
    except UnreadableSeries as error:
        raise Refused(str(error)) from error
    with transaction.atomic():
        kept = StoredFile.objects.keep(
            filename, data, organisation_id=by.organisation_id, now=now, kept_for=KEPT_FOR
        )
        record(
            organisation_id=by.organisation_id,
            by=by,
            action="demand series kept",
            subject=kept,
            changes={"readings": (None, len(series.stamps))},
            now=now,
        )
    return kept


def series_visible_to(member: Member) -> QuerySet[StoredFile]:
    """The demand series of the member's own organisation, to members who may plan with them."""
    return files_visible_to(member).filter(kept_for=KEPT_FOR)


def series_of(file: StoredFile, member: Member) -> Series:
    """The series that the file holds, kept for an hour once it is read. Raises ``Refused`` when it holds
    none."""
    key = f"demand-series-{file.pk}-{member.organisation.zone.key}"
    known = cache_get(key)
    try:
        series: Series = known or read_series_apart(file.read(), member.organisation.zone)
    except UnreadableSeries as error:
        raise Refused(str(error)) from error
    if known is None:
        cache_set(key, series, KEPT_SECONDS)
    return series
