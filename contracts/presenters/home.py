"""What contracts add to the start page: a provider's service of the next days; and the count in the
navigation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from contracts.domain.queries import contracts_in_service
from contracts.domain.service import Stretch, service_between
from marketplace.calendar import local_instant
from marketplace.dates import short_day_text, short_weekday_text, time_text
from marketplace.numbers import counted, power_text
from marketplace.units import power_unit
from marketplace.web.figures import percent, svg_number
from marketplace.web.home import Part

DAYS = 14
MOST_CONTRACTS = 300
MOST_ROWS = 40


@dataclass(frozen=True)
class Bar:
    """A stretch of service as drawn: places in percent."""

    x: str
    width: str
    y: str
    height: str
    title: str


def service(member: Member, now: datetime) -> Part | None:
    """For a provider with contracts: its accepted capacity over the next two weeks, as drawing and as
    table."""
    if not member.holds(Role.CONTRACTS):
        return None
    zone = member.organisation.zone
    first = now.astimezone(zone).date()
    found = list(contracts_in_service(member, first, first + timedelta(days=DAYS - 1))[:MOST_CONTRACTS])
    if not found:
        return None
    unit = power_unit(found[0].competition.power_type)
    alike = [one for one in found if power_unit(one.competition.power_type) == unit]
    start = local_instant(first, time(), zone)
    end = local_instant(first + timedelta(days=DAYS), time(), zone)
    stretches = [
        each for each in service_between(alike, first, first + timedelta(days=DAYS - 1)) if each.end > now
    ]
    if not stretches:
        return None
    highest = max(each.mw for each in stretches)
    return Part(
        "contracts/_home_service.html",
        {
            "bars": [_bar(each, start, end, highest, unit, zone) for each in stretches if each.start < end],
            "days": [
                (
                    percent(
                        (local_instant(day, time(), zone) - start).total_seconds(),
                        (end - start).total_seconds(),
                    ),
                    f"{short_weekday_text(day)} {day.day}",
                )
                for day in (first + timedelta(days=number) for number in range(DAYS))
            ],
            "now": percent((now - start).total_seconds(), (end - start).total_seconds()),
            "highest": power_text(highest, unit),
            "rows": [(*_told(each, zone), power_text(each.mw, unit)) for each in stretches[:MOST_ROWS]],
            "sentence": f"{counted(len(stretches), 'stretch', 'stretches')} of service within {DAYS} days, up to "
            f"{power_text(highest, unit)}; the first on {' '.join(_told(stretches[0], zone))}",
            "url": reverse("contracts:list"),
        },
    )


def _bar(each: Stretch, start: datetime, end: datetime, highest: Decimal, unit: str, zone: ZoneInfo) -> Bar:
    whole = (end - start).total_seconds()
    since, until = max(each.start, start), min(each.end, end)
    height = percent(each.mw, highest)
    day, hours = _told(each, zone)
    return Bar(
        percent((since - start).total_seconds(), whole),
        percent((until - since).total_seconds(), whole),
        svg_number(100 - float(height)),
        height,
        f"{day}, {hours}: {power_text(each.mw, unit)}",
    )


def _told(each: Stretch, zone: ZoneInfo) -> Sequence[str]:
    start, end = each.start.astimezone(zone), each.end.astimezone(zone)
    return (
        f"{short_weekday_text(start)} {short_day_text(start)}",
        f"{time_text(start.time())} to {time_text(end.time())}",
    )
