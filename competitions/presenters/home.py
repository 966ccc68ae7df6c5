"""What competitions show on the start page: an operator's timeline, the map of what is live, the first
steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from competitions.domain.queries import (
    areas_of,
    by_next_deadline,
    has_competitions,
    historic_competitions,
    largest_windows,
    live_competitions,
    purchasing_systems_of,
    running_competitions_of,
    service_days,
)
from competitions.enums import Phase, PowerType
from competitions.models import Competition
from competitions.presenters.on_maps import legend
from competitions.presenters.phases import step_of
from competitions.presenters.todo import DATES, page_of
from marketplace.calendar import local_instant
from marketplace.dates import day_text
from marketplace.units import power_unit
from marketplace.web.figures import Axis, Span, Step, months_between
from marketplace.web.home import FirstStep, Part

MOST_ROWS = 14
MOST_PUBLIC = 8
DAYS_BACK = 45
DAYS_AHEAD = 120


@dataclass(frozen=True)
class TimelineRow:
    """A competition's dates on the common axis, and which of them comes next."""

    ref: str
    name: str
    url: str
    step: Step
    spans: Sequence[Span]
    sentence: str
    next_at: datetime | None
    next_words: str
    must_act: bool


def timeline(member: Member, now: datetime) -> Part | None:
    """The competitions of the operator with dates to come, the next date first."""
    found = list(running_competitions_of(member, now)[: MOST_ROWS + 1])
    if not found:
        return None
    zone = member.organisation.zone
    start, end = now - timedelta(days=DAYS_BACK), now + timedelta(days=DAYS_AHEAD)
    days = service_days([one.pk for one in found])
    rows = [_row(one, days.get(one.pk), zone, now) for one in found[:MOST_ROWS]]
    rows.sort(key=lambda row: (row.next_at or end, row.ref))
    rounds = {one.round_name for one in found}
    return Part(
        "competitions/_home_timeline.html",
        {
            "title": next(iter(rounds)) if len(rounds) == 1 and rounds != {""} else "Competitions by date",
            "axis": Axis(start, end, now, [(at, word[:3]) for at, word in months_between(start, end, zone)]),
            "rows": rows,
            "has_more": len(found) > MOST_ROWS,
            "url": reverse("competitions:list"),
        },
    )


def _row(
    competition: Competition, days: tuple[date, date] | None, zone: ZoneInfo, now: datetime
) -> TimelineRow:
    phase = competition.phase(now)
    service = None
    if days is not None:
        service = (
            local_instant(days[0], time(), zone),
            local_instant(days[1] + timedelta(days=1), time(), zone),
        )
    at, words = _next(competition, phase, service, now)
    return TimelineRow(
        competition.ref,
        competition.name,
        page_of(competition),
        step_of(phase, visibility_only=competition.is_visibility_only),
        _spans(competition, service, now),
        _sentence(competition, zone),
        at,
        words,
        phase in (Phase.DECISION, Phase.BIDDING_OPEN, Phase.QUALIFICATION_CLOSED),
    )


def _spans(competition: Competition, service: tuple[datetime, datetime] | None, now: datetime) -> list[Span]:
    spans = [Span(competition.qualification_open, competition.qualification_close, "qualification")]
    if competition.bidding_open is not None and competition.bidding_close is not None:
        spans.append(Span(competition.bidding_open, competition.bidding_close, "bidding"))
        decided = competition.confirmed_at or now
        if decided > competition.bidding_close:
            spans.append(Span(competition.bidding_close, decided, "decision"))
    if service is not None:
        spans.append(Span(*service, "service"))
    return spans


def _next(
    competition: Competition, phase: Phase, service: tuple[datetime, datetime] | None, now: datetime
) -> tuple[datetime | None, str]:
    coming = [
        (at, words) for key, words in DATES if (at := getattr(competition, key)) is not None and at > now
    ]
    if coming:
        return min(coming)
    if service is not None and service[0] > now:
        return service[0], "decide" if phase is Phase.DECISION else "service starts"
    if phase is Phase.DECISION:
        return None, "waits for your decision"
    return (service[1], "service ends") if service is not None and service[1] > now else (None, "")


def _sentence(competition: Competition, zone: ZoneInfo) -> str:
    def told(at: datetime | None) -> str:
        return "" if at is None else day_text(at.astimezone(zone))

    parts = [
        f"qualification {told(competition.qualification_open)} to {told(competition.qualification_close)}"
    ]
    if competition.bidding_open is not None:
        parts.append(f"bidding {told(competition.bidding_open)} to {told(competition.bidding_close)}")
    return f"{competition.ref}: {', '.join(parts)}"


def live_map(member: Member, now: datetime) -> Part | None:
    """Where the competitions are that are live: an operator's own, or all of them for a provider."""
    title = "Live now" if member.is_so else "My assets and live competitions"
    return Part("competitions/_home_map.html", {"title": title, "legend": legend()})


def company_qualification_step(member: Member, now: datetime) -> FirstStep:
    """An operator's first list of approved companies."""
    return FirstStep(
        "Set up company qualification",
        "Companies apply once; those you approve count in every competition that asks for it.",
        reverse("competitions:dps_list"),
        "Set up",
        purchasing_systems_of(member).exists(),
        Role.PROCUREMENT,
    )


def areas_step(member: Member, now: datetime) -> FirstStep:
    """An operator's first areas."""
    return FirstStep(
        "Upload your areas",
        "The shapes in which you need flexibility: GeoPackage, GeoJSON, KML or a zipped shapefile.",
        reverse("competitions:areas"),
        "Upload",
        areas_of(member).exists(),
        Role.PROCUREMENT,
    )


def competition_step(member: Member, now: datetime) -> FirstStep:
    """An operator's first competition."""
    return FirstStep(
        "Set up your first competition",
        "On pages, or as a workbook with a whole round in it.",
        reverse("competitions:list"),
        "Set up",
        has_competitions(member),
        Role.PROCUREMENT,
    )


@dataclass(frozen=True)
class PublicRow:
    """A live competition as visitors read it: what happens next, when, and how much is asked for."""

    name: str
    ref: str
    url: str
    at: datetime
    words: str
    direction: str
    required: Decimal | None
    unit: str


def public_market(member: None, now: datetime) -> Part:
    """For visitors: where flexibility is wanted, what closes next, and the market in figures."""
    live = by_next_deadline(live_competitions(now), now)
    required = largest_windows(list(live.order_by().values_list("pk", flat=True)))
    shown = list(live[: 2 * MOST_PUBLIC])
    rows = [row for one in shown if (row := _public_row(one, required.get(one.pk), now)) is not None]
    in_mw = live.filter(power_type=PowerType.ACTIVE).order_by().values_list("pk", flat=True)
    return Part(
        "competitions/_home_public.html",
        {
            "rows": sorted(rows, key=lambda row: (row.at, row.ref))[:MOST_PUBLIC],
            "legend": legend(),
            "live": len(required),
            "wanted": sum((required[pk] for pk in in_mw if pk in required), Decimal(0)),
            "operators": len(set(live.order_by().values_list("operator", flat=True))),
            "over": historic_competitions(now).count(),
        },
    )


def _public_row(competition: Competition, required: Decimal | None, now: datetime) -> PublicRow | None:
    coming = [
        (at, words) for key, words in DATES if (at := getattr(competition, key)) is not None and at > now
    ]
    if not coming:
        return None
    at, words = min(coming)
    return PublicRow(
        competition.name,
        competition.ref,
        page_of(competition),
        at,
        words[0].upper() + words[1:],
        competition.get_need_direction_display().lower(),
        required,
        power_unit(competition.power_type),
    )
