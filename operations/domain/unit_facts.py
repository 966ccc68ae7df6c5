"""What the baselines of units are made of beside readings, as stored: for a buyer, nominations, references, days left out."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from accounts.models import Organisation
from marketplace.calendar import holidays_between
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.fixed_reference import Reference
from operations.domain.baselines.methods import UnitFacts
from operations.domain.baselines.nominated import Nomination, WeekNomination
from operations.domain.group_members import Members, members_of
from operations.enums import ExclusionState
from operations.models import DatedNomination, ExcludedDay, FixedReference, LateNomination, ReferenceAsset
from operations.models import WeekNomination as StoredWeek

DAY = timedelta(days=1)


@dataclass
class _Kept:
    """By unit, what is the same for every buyer."""

    dated: dict[UUID, list[DatedNomination]] = field(default_factory=lambda: defaultdict(list))
    weeks: dict[UUID, list[WeekNomination]] = field(default_factory=lambda: defaultdict(list))


def facts_for(
    buyers: Collection[Organisation], units: Collection[UUID], first: date, last: date, instant: datetime
) -> dict[UUID, dict[UUID, UnitFacts]]:
    """By buyer and unit, what holds at an instant for baselines between two local days."""
    kept = _kept(units, first, last, instant)
    late = _late(units, instant)
    return {buyer.pk: _of_buyer(buyer, units, (first, last), kept, late, instant) for buyer in buyers}


def _kept(units: Collection[UUID], first: date, last: date, instant: datetime) -> _Kept:
    kept = _Kept()
    since, until = (
        datetime.combine(each, datetime.min.time(), instant.tzinfo) for each in (first - DAY, last + 2 * DAY)
    )
    dated = DatedNomination.objects.filter(
        unit__in=units, period_start__gte=since, period_start__lt=until, submitted_at__lte=instant
    )
    for each in dated.order_by("id"):
        kept.dated[each.unit_id].append(each)
    for week in StoredWeek.objects.filter(unit__in=units, submitted_at__lte=instant).order_by("id"):
        kept.weeks[week.unit_id].append(
            WeekNomination(
                week.weekday, week.start.hour * 60 + week.start.minute, Fraction(week.kw), week.submitted_at
            )
        )
    return kept


def _late(units: Collection[UUID], instant: datetime) -> set[tuple[UUID, int]]:
    rows = LateNomination.objects.filter(nomination__unit__in=units, accepted_at__lte=instant)
    return {(operator, nomination) for operator, nomination in rows.values_list("operator", "nomination")}


def _of_buyer(
    buyer: Organisation,
    units: Collection[UUID],
    days: tuple[date, date],
    kept: _Kept,
    late: Collection[tuple[UUID, int]],
    instant: datetime,
) -> dict[UUID, UnitFacts]:
    holidays = holidays_between(buyer.country, buyer.holiday_region, *days)
    excluded: dict[UUID, set[date]] = defaultdict(set)
    approved = ExcludedDay.objects.filter(
        operator=buyer, unit__in=units, state=ExclusionState.APPROVED, answered_at__lte=instant
    )
    for unit, day in approved.values_list("unit", "day"):
        excluded[unit].add(day)
    references = _references(buyer, units, instant)
    return {
        unit: UnitFacts(
            UnitDays(holidays, (), excluded.get(unit, frozenset())),
            references.get(unit, ()),
            [
                Nomination(
                    each.period_start, Fraction(each.kw), each.submitted_at, (buyer.pk, each.pk) in late
                )
                for each in kept.dated.get(unit, ())
            ],
            kept.weeks.get(unit, ()),
        )
        for unit in units
    }


def _references(
    buyer: Organisation, units: Collection[UUID], instant: datetime
) -> Mapping[UUID, list[Reference]]:
    """Each change of a unit's profile or of its number of devices, as a reference from that day on.

    The devices of a group metered as one are its members of the day, not what the operator's file says.
    """
    profiles: dict[str, list[FixedReference]] = defaultdict(list)
    for each in FixedReference.objects.filter(operator=buyer).order_by("from_day"):
        profiles[each.ref.upper()].append(each)
    follows: dict[UUID, list[ReferenceAsset]] = defaultdict(list)
    followed = ReferenceAsset.objects.filter(operator=buyer, unit__in=units).select_related("unit")
    for row in followed.order_by("from_day"):
        follows[row.unit_id].append(row)
    groups = {
        unit: rows[0].unit.group_id for unit, rows in follows.items() if rows[0].unit.group_id is not None
    }
    members = members_of(buyer.pk, groups, instant) if groups else {}
    found: dict[UUID, list[Reference]] = {}
    for unit, rows in follows.items():
        own = members.get(unit)
        days = {row.from_day for row in rows} | {
            each.from_day for row in rows for each in profiles[row.ref.upper()]
        }
        if own is not None:
            days |= own.days_of_change
        found[unit] = [
            made for day in sorted(days) if (made := _reference_on(day, rows, profiles, own)) is not None
        ]
    return found


def _reference_on(
    day: date,
    rows: Collection[ReferenceAsset],
    profiles: Mapping[str, Collection[FixedReference]],
    members: Members | None,
) -> Reference | None:
    row = next((each for each in reversed(list(rows)) if each.from_day <= day), None)
    if row is None:
        return None
    profile = next((each for each in reversed(list(profiles[row.ref.upper()])) if each.from_day <= day), None)
    if profile is None:
        return None
    devices = row.devices if members is None else members.on(day)
    return Reference(day, [Fraction(each) for each in profile.kw], devices)
