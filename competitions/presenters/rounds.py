"""The page of a round: totals, timeline by shared dates, and the rows of all its competitions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Member
from competitions.domain.queries import required_mw
from competitions.domain.rounds import service_days
from competitions.enums import Phase
from competitions.models import Competition
from competitions.presenters.columns import Extra, Shown, extras_for
from competitions.presenters.listing import EMPTY, filled_columns
from competitions.presenters.on_maps import short_ref
from competitions.presenters.phases import step_of
from marketplace.dates import day_text, season_text
from marketplace.numbers import aligned_texts
from marketplace.web.figures import Axis, Span, Step, months_between

DATES = (
    "publish_on",
    "qualification_open",
    "qualification_close",
    "bidding_open",
    "bidding_close",
    "confirmed_at",
)
NEXT = {
    Phase.DRAFT: ("Publish", "publish_on"),
    Phase.ANNOUNCED: ("Qualification opens", "qualification_open"),
    Phase.QUALIFICATION_OPEN: ("Qualification closes", "qualification_close"),
    Phase.QUALIFICATION_CLOSED: ("Bidding opens", "bidding_open"),
    Phase.BIDDING_OPEN: ("Bidding closes", "bidding_close"),
}
KEYS = (
    ("qualification", "Qualification"),
    ("bidding", "Bidding"),
    ("decision", "Decision"),
    ("service", "Service"),
)
WORDS = {Phase.DECISION: "Decide", Phase.CONFIRMED: "Confirmed", Phase.CANCELLED: "Cancelled"}


@dataclass(frozen=True)
class RoundRow:
    """A competition of the round."""

    competition: Competition
    step: Step
    required_mw: Decimal
    required: str
    cells: Sequence[Shown]
    parts: Sequence[tuple[str, Decimal]]
    sentence: str


@dataclass(frozen=True)
class Total:
    """A figure over the whole round."""

    title: str
    text: str
    unit: str
    before: str = ""


@dataclass(frozen=True)
class Dates:
    """Competitions that share all their dates: a row of the timeline."""

    names: str
    spans: Sequence[Span]
    sentence: str
    next: str


@dataclass(frozen=True)
class RoundPage:
    """What the page of a round shows."""

    extras: Sequence[Extra]
    rows: Sequence[RoundRow]
    totals: Sequence[Total]
    axis: Axis
    dates: Sequence[Dates]
    keys: Sequence[tuple[str, str]]
    short: Sequence[str]
    budget: Decimal | None


def round_page(member: Member, competitions: Sequence[Competition], now: datetime) -> RoundPage:
    """The round's competitions with what every app knows of them, asked for once for all."""
    zone = member.organisation.zone
    extras = extras_for(member, "round")
    filled = filled_columns(member, extras, competitions, now)
    required = required_mw(competitions)
    texts = dict(zip(required, aligned_texts(required.values()), strict=True))
    rows = []
    for each in competitions:
        cells = {extra.name: filled[extra.name].get(each.pk, EMPTY) for extra in extras}
        parts = [
            (extra.series, cells[extra.name].number or Decimal(0))
            for extra in extras
            if extra.series and cells[extra.name].number is not None
        ]
        told = ", ".join(
            f"{extra.title.lower()} {cells[extra.name].text} MW"
            for extra in extras
            if extra.series and cells[extra.name].number is not None
        )
        sentence = f"{each.ref}: required {texts.get(each.pk, '–')} MW{', ' if told else ''}{told}"
        step = step_of(each.phase(now), visibility_only=each.is_visibility_only)
        rows.append(
            RoundRow(
                each,
                step,
                required.get(each.pk, Decimal(0)),
                texts.get(each.pk, "–"),
                list(cells.values()),
                parts,
                sentence,
            )
        )
    axis = _axis(competitions, now, zone)
    return RoundPage(
        extras,
        rows,
        _totals(extras, filled, required.values()),
        axis,
        _dates(competitions, now, zone),
        KEYS,
        _short_of(extras, rows, now),
        _budget(competitions),
    )


def _budget(competitions: Sequence[Competition]) -> Decimal | None:
    """The sum of the maximum budgets; None where no competition has one."""
    budgets = [each.maximum_budget for each in competitions if each.maximum_budget is not None]
    return sum(budgets, Decimal(0)) if budgets else None


def _totals(
    extras: Sequence[Extra], filled: Mapping[str, Mapping[UUID, Shown]], required: Iterable[Decimal]
) -> list[Total]:
    whole = sum(required, Decimal(0))
    totals = [Total("Required", aligned_texts([whole])[0], "MW")]
    for extra in extras:
        numbers = [cell.number for cell in filled[extra.name].values() if cell.number is not None]
        is_money = extra.unit == "£"
        text = aligned_texts([sum(numbers, Decimal(0))], 0 if is_money else 1)[0] if numbers else "–"
        title = f"{extra.title}, bidding closed" if extra.name == "offered" else extra.title
        totals.append(Total(title, text, "" if is_money else extra.unit, "£" if is_money and numbers else ""))
    return totals


def _short_of(extras: Sequence[Extra], rows: Sequence[RoundRow], now: datetime) -> list[str]:
    """The competitions under way for which less is eligible than is required."""
    place = next((number for number, extra in enumerate(extras) if extra.name == "eligible"), None)
    if place is None:
        return []
    return [
        short_ref(row.competition.ref)
        for row in rows
        if row.competition.is_live(now)
        and (number := row.cells[place].number) is not None
        and number < row.required_mw
    ]


def _axis(competitions: Sequence[Competition], now: datetime, zone: ZoneInfo) -> Axis:
    starts = [each.qualification_open for each in competitions]
    ends = [each.bidding_close or each.qualification_close for each in competitions]
    bought = [each for each in competitions if not each.is_visibility_only]
    ends += [days[1] for each in bought or competitions if (days := service_days(each)) is not None]
    start = min(starts, default=now) - timedelta(days=7)
    end = min(max(ends, default=now) + timedelta(days=2), start + timedelta(days=500))
    return Axis(start, end, now, months_between(start, end, zone))


def _dates(competitions: Sequence[Competition], now: datetime, zone: ZoneInfo) -> list[Dates]:
    alike: dict[tuple[object, ...], list[Competition]] = {}
    for each in competitions:
        key = (*(getattr(each, name) for name in DATES), service_days(each), each.cancelled_at is None)
        alike.setdefault(key, []).append(each)
    return [_same_dates(group, now, zone) for group in alike.values()]


def _same_dates(group: Sequence[Competition], now: datetime, zone: ZoneInfo) -> Dates:
    first = group[0]
    spans = [Span(first.qualification_open, first.qualification_close, "qualification")]
    told = [f"qualification {_days(first.qualification_open, first.qualification_close, zone)}"]
    service = service_days(first)
    if first.bidding_open is not None and first.bidding_close is not None:
        spans.append(Span(first.bidding_open, first.bidding_close, "bidding"))
        told.append(f"bidding {_days(first.bidding_open, first.bidding_close, zone)}")
        decided = first.confirmed_at or (
            min(service[0], first.bidding_close + timedelta(days=14)) if service else first.bidding_close
        )
        if decided > first.bidding_close:
            spans.append(Span(first.bidding_close, decided, "decision"))
    if service is not None:
        spans.append(Span(*service, "service"))
        told.append(f"service {_days(*service, zone)}")
    names = ", ".join(short_ref(each.ref) for each in group)
    return Dates(names, spans, f"{names}: {', '.join(told)}", _next(first, now, zone))


def _next(competition: Competition, now: datetime, zone: ZoneInfo) -> str:
    phase = competition.phase(now)
    if phase not in NEXT:
        return WORDS.get(phase, phase.label)
    word, key = NEXT[phase]
    at: datetime | None = getattr(competition, key)
    return "Qualification has closed" if at is None else f"{word} {season_text(at, zone, now)}"


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"{day_text(start.astimezone(zone).date())} to {day_text(end.astimezone(zone).date())}"
