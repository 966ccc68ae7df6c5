"""Storing a competition from terms: the one place that writes its header, boundary and windows."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Member, Organisation
from competitions import rules
from competitions.domain.locks import lock_for_change
from competitions.domain.places.boundaries import remake_shape
from competitions.domain.setting_up.changes import changes_between, label_of
from competitions.domain.setting_up.terms import HEADER_FIELDS, WINDOW_COLUMNS, Terms, WindowTerms, terms_of
from competitions.enums import BoundaryType
from competitions.models import (
    Area,
    Boundary,
    Competition,
    PurchasingSystem,
    ServicePeriod,
    ServiceWindow,
    TermsRecord,
)
from competitions.signals import (
    competition_cancelled,
    competition_changed,
    competition_changing,
    competition_edited,
)
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.calendar import HolidayRule, available_minutes, holidays_between
from marketplace.errors import Refused
from marketplace.keys import key_form

SHAPING = frozenset({"boundary", "area_buffer_km"})
MOVED_ON = (
    "{ref} changed after this was prepared, so nothing was saved. Look at it again and repeat your change."
)


@transaction.atomic
def create_competition(*, by: Member, terms: Terms, now: datetime) -> Competition:
    """Store a new competition with what belongs to it. ``terms`` has passed the checks.

    Raises ``NotAllowed``, and ``Refused`` when the ref was taken meanwhile.
    """
    rules.check_may_procure(by)
    _claim_ref(terms.ref)
    competition = Competition(operator=by.organisation, ref=terms.ref, created_at=now)
    _write_header(competition, terms, now)
    _write_boundary(competition, terms)
    _write_windows(competition, terms)
    remake_shape(competition, now)
    _record(competition, None, terms, by, "competition created", now)
    competition_changed.send(Competition, competition_ids=[competition.pk], now=now)
    return competition


def _claim_ref(ref: str) -> None:
    """Hold the ref until the transaction ends, so that of two who want it one is told so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"competition ref {key_form(ref)}"]
        )
    if Competition.objects.filter(ref__iexact=ref).exists():
        raise Refused(f"The ref “{ref}” is taken on this platform. Choose another.")


@transaction.atomic
def update_competition(
    *, by: Member, competition_id: UUID, expected: Terms, terms: Terms, now: datetime
) -> Competition:
    """Change a stored competition from what the member saw (``expected``) to ``terms``.

    Raises ``Refused`` when it changed meanwhile or its phase no longer allows a change, ``NotAllowed``.
    """
    rules.check_may_procure(by)
    competition = lock_for_change(competition_id)
    instant = clock.now()
    if competition.operator_id != by.organisation_id or terms_of(competition) != expected:
        raise Refused(MOVED_ON.format(ref=terms.ref))
    changes = list(changes_between(expected, terms))
    for key, before, after in changes:
        refusal = rules.refusal_of_edit(
            key, label_of(key), before, after, competition.phase(instant), instant
        )
        if refusal is not None:
            raise Refused(refusal)
    competition_changing.send(Competition, competition_ids=[competition.pk], now=instant)
    changed = {key for key, *_ in changes}
    _write_header(competition, terms, instant)
    if "boundary" in changed:
        _replace_boundary(competition, terms)
    if "windows" in changed:
        competition.windows.all().delete()
        competition.periods.all().delete()
        _write_windows(competition, terms)
    if changed & SHAPING:
        remake_shape(competition, instant)
    _record(competition, expected, terms, by, "competition changed", instant)
    competition_edited.send(Competition, competition=competition, changes=changes, now=instant)
    competition_changed.send(Competition, competition_ids=[competition.pk], now=instant)
    return competition


@transaction.atomic
def cancel_competition(*, by: Member, competition: Competition, reason: str, now: datetime) -> Competition:
    """Cancel with a reason, any time before confirmation. Raises ``Refused`` and ``NotAllowed``."""
    rules.check_may_procure(by)
    locked = lock_for_change(competition.pk)
    rules.check_may_cancel(locked, now)
    if not reason.strip():
        raise Refused("Say why the competition is cancelled.")
    locked.cancelled_at = clock.now()
    locked.cancellation_reason = reason.strip()
    locked.changed_at = locked.cancelled_at
    locked.save(update_fields=["cancelled_at", "cancellation_reason", "changed_at"])
    record(
        organisation_id=locked.operator_id,
        by=by,
        action="competition cancelled",
        subject=locked,
        changes={"cancellation_reason": ("", locked.cancellation_reason)},
        now=locked.cancelled_at,
    )
    competition_cancelled.send(Competition, competition=locked, now=locked.cancelled_at)
    competition_changed.send(Competition, competition_ids=[locked.pk], now=locked.cancelled_at)
    return locked


def _write_header(competition: Competition, terms: Terms, now: datetime) -> None:
    for key in HEADER_FIELDS:
        value = terms.header[key]
        if key == "dps_reference":
            competition.purchasing_system = _dps(competition.operator, value)
        elif key == "settlement_terms":
            competition.settlement_terms = _settlement_terms(competition.operator, value)
        elif key == "publish_on":
            competition.publish_on = _publish_on(competition, value, terms.header, now)
        else:
            setattr(competition, key, list(value) if isinstance(value, tuple) else value)
    competition.changed_at = now
    competition.save()


def _publish_on(
    competition: Competition, told: datetime | None, header: Mapping[str, Any], now: datetime
) -> datetime:
    """Blank means at once: the earlier of now and qualification open; what is published already stays so."""
    if told is not None:
        return told
    if competition.publish_on is not None and competition.publish_on <= now:
        return competition.publish_on
    opening: datetime = header["qualification_open"]
    return min(now, opening)


def _dps(operator: Organisation, reference: str | None) -> PurchasingSystem | None:
    return operator.purchasing_systems.get(reference__iexact=reference) if reference else None


def _settlement_terms(operator: Organisation, ref: str | None) -> TermsRecord | None:
    return operator.settlement_terms.get(ref__iexact=ref) if ref else None


def _replace_boundary(competition: Competition, terms: Terms) -> None:
    """Areas that it had may stay, though they were archived since."""
    had = list(competition.boundaries.exclude(area=None).values_list("area", flat=True))
    competition.boundaries.all().delete()
    _write_boundary(competition, terms, had)


def _write_boundary(competition: Competition, terms: Terms, had: Collection[UUID | None] = ()) -> None:
    named = {key_form(part.value) for part in terms.boundary if part.kind == BoundaryType.AREA}
    areas = {
        key_form(area.reference): area
        for area in Area.objects.filter(
            Q(archived_at=None) | Q(pk__in=had), operator=competition.operator
        ).defer("shape_wkb")
        if key_form(area.reference) in named
    }
    Boundary.objects.bulk_create(
        Boundary(
            competition=competition,
            kind=part.kind,
            area=areas[key_form(part.value)] if part.kind == BoundaryType.AREA else None,
            value="" if part.kind == BoundaryType.AREA else part.value,
            north=part.north,
            south=part.south,
            east=part.east,
            west=part.west,
            position=position,
        )
        for position, part in enumerate(terms.boundary)
    )


def _write_windows(competition: Competition, terms: Terms) -> None:
    periods: dict[str, ServicePeriod] = {}
    for window in terms.windows:
        periods.setdefault(
            key_form(window.period),
            ServicePeriod(
                competition=competition,
                name=window.period,
                first_day=window.first_day,
                last_day=window.last_day,
            ),
        )
    ServicePeriod.objects.bulk_create(periods.values())
    ServiceWindow.objects.bulk_create(
        ServiceWindow(
            competition=competition,
            period=periods[key_form(window.period)],
            **_stored_of(window),
            available_minutes=minutes_of(window, competition.operator),
            position=position,
        )
        for position, window in enumerate(terms.windows)
    )


def _stored_of(window: WindowTerms) -> dict[str, Any]:
    """What the window's own row stores of it; the rest is its period's."""
    values = {column.key: getattr(window, column.key) for column in WINDOW_COLUMNS if not column.stored}
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in values.items()}


def minutes_of(window: WindowTerms, operator: Organisation) -> int:
    """The available minutes of a window by the operator's holidays and time zone."""
    return _minutes(
        (window.first_day, window.last_day, window.weekdays, window.start, window.end),
        HolidayRule(window.public_holidays),
        (operator.country, operator.holiday_region, operator.zone),
    )


@lru_cache(maxsize=2048)
def _minutes(
    times: tuple[date, date, frozenset[int], time, time], rule: HolidayRule, place: tuple[str, str, ZoneInfo]
) -> int:
    """As :func:`minutes_of`; the windows of a round have few different times, and each is asked for several times."""
    first, last, *_ = times
    country, region, zone = place
    ignored = rule is HolidayRule.IGNORE
    days: frozenset[date] = frozenset() if ignored else holidays_between(country, region, first, last)
    return available_minutes(*times, rule, days, zone)


def _record(
    competition: Competition, before: Terms | None, after: Terms, by: Member, action: str, now: datetime
) -> None:
    record(
        organisation_id=competition.operator_id,
        by=by,
        action=action,
        subject=competition,
        changes={key: (_text(old), _text(new)) for key, old, new in changes_between(before, after)},
        now=now,
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)
