"""Small figures that stand in rows: phase track, deadline, bar against a mark, timeline. SVG in percent, no
script."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.dates import left_text, month_word, season_text

BAR_END = Decimal("2.4")
"""A bar against a mark ends at this many times the mark, so that the mark stands at the same place in every
row."""
BAR_TRACK = '<rect class="b-track" x="0" y="3" width="100%" height="8" rx="2"/>'
BAR_MARK = '<rect class="b-required" x="-1" y="0" width="2" height="14"/>'
SOON_DAYS = 7
STEP_WIDTH = Decimal("6.4")
NARROWEST = 300  # pixels of a timeline
LETTER, WORD_GAP = 6.6, 10  # pixels of a letter of its head, and around a word
PILL_COLOURS = ("blue", "green", "amber", "red", "violet", "teal", "line", "")


@dataclass(frozen=True)
class Step:
    """Where something stands on a track: ``place`` from 0, of ``of``; ``colour`` is the phase's, as in
    ``tokens.css``."""

    word: str
    place: int
    colour: str
    of: int = 6


@lru_cache(maxsize=1024, typed=True)  # text that is safe is not the same as text that is not
def pill_html(text: str, colour: str = "") -> SafeString:
    """The state of a thing; ``colour`` is one of ``PILL_COLOURS``."""
    if colour not in PILL_COLOURS:
        raise ValueError(f"“{colour}” is not a colour of a pill.")
    return format_html('<span class="pill{}">{}</span>', f" {colour}" if colour else "", text)


def track_html(step: Step) -> SafeString:
    """A track with the present part in its colour, and the word beside it."""
    return format_html('<span class="phase">{}{}</span>', _track(step.place, step.colour, step.of), step.word)


@lru_cache(maxsize=1024)
def _track(present: int, colour: str, of: int) -> SafeString:
    parts = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="5.4" height="{}" rx="1.5"/>',
        ((*_part(present, colour, place),) for place in range(of)),
    )
    return format_html('<svg viewBox="0 0 {} 8" aria-hidden="true">{}</svg>', of * STEP_WIDTH - 1, parts)


def _part(present: int, colour: str, place: int) -> tuple[str, Decimal, int, int]:
    x = place * STEP_WIDTH
    if place == present:
        return f"ph-{colour}", x, 0, 8
    return ("trk-done" if place < present else "trk"), x, 1, 6


def due_html(
    at: datetime | None, zone: ZoneInfo, now: datetime, *, words: str = "", must_act: bool = True
) -> SafeString:
    """A deadline: date, time, then how long; amber within seven days where somebody must act, red within
    one."""
    if at is None:
        return SafeString('<span class="dim">–</span>')
    left = left_text(at, now)
    days = (at - now).total_seconds() / 86400
    tone = ""
    if must_act and left:
        tone = " is-late" if days < 1 else " is-soon" if days <= SOON_DAYS + 1 else ""
    after = " · ".join(part for part in (words, left) if part)
    told = f"<i>{escape(after)}</i>" if after else ""
    return SafeString(
        f'<time class="due{tone}" datetime="{at.isoformat()}"><b>{season_text(at, zone, now)}</b>{told}</time>'
    )


def bullet_html(required: Decimal, parts: Iterable[tuple[str, Decimal]], sentence: str) -> SafeString:
    """Quantities against what is required, the mark at the same place in every row.

    ``parts`` are series (``eligible``, ``entered``, ``offered``, ``accepted``, ``short``) with MW, the widest
    first, drawn over one another; ``sentence`` says the same to those who can't see it.
    """
    end = required * BAR_END
    bars = "".join(
        f'<rect class="b-{escape(series)}" x="0" y="3" width="{percent(value, end)}%" height="8" rx="2"/>'
        for series, value in parts
        if value > 0
    )
    mark = f'<svg x="{percent(required, end)}%" overflow="visible">{BAR_MARK}</svg>' if required > 0 else ""
    return SafeString(
        f'<svg class="micro" height="14" role="img" aria-label="{escape(sentence)}">{BAR_TRACK}{bars}{mark}</svg>'
    )


def rows_html(rows: Iterable[Sequence[str]]) -> SafeString:
    """The rows of a figure's table: the first cell of each names it, the others are its figures."""
    return SafeString("".join(map(_row_html, rows)))


def _row_html(cells: Sequence[str]) -> str:
    name, *told = map(html.escape, cells)
    figures = "".join(f'<td class="num">{each}</td>' for each in told)
    return f'<tr><th scope="row">{name}</th>{figures}</tr>'


def svg_number(number: Decimal | float) -> str:
    """A coordinate of a drawing, with two decimals."""
    return f"{number:.2f}"


def percent(value: Decimal | float, end: Decimal | float) -> str:
    """How far along, in percent with two decimals, from 0 to 100."""
    if end <= 0:
        return "0.00"
    return svg_number(min(100.0, max(0.0, float(value) / float(end) * 100)))


@dataclass(frozen=True)
class Axis:
    """The time that a timeline shows, with the month starts (or other marks) that are drawn as lines."""

    start: datetime
    end: datetime
    now: datetime
    marks: Sequence[tuple[datetime, str]] = ()

    def at(self, instant: datetime) -> float:
        """How far along the instant lies, in percent; outside, the nearer end."""
        whole = (self.end - self.start).total_seconds()
        return min(100.0, max(0.0, (instant - self.start).total_seconds() / whole * 100)) if whole else 0.0


@dataclass(frozen=True)
class Span:
    """A stretch of a row: ``colour`` is a phase's (``qualification``, ``bidding``, ``decision``,
    ``service``)."""

    start: datetime
    end: datetime
    colour: str


def gantt_row_html(axis: Axis, spans: Iterable[Span], sentence: str) -> SafeString:
    """A row of a timeline; ``sentence`` says its dates in words."""
    grid = format_html_join(
        "",
        '<rect class="b-grid" x="{}%" y="-8" width="1" height="36"/>',
        ((svg_number(axis.at(at)),) for at, _ in axis.marks),
    )
    shown = [each for each in spans if each.end > axis.start and each.start < axis.end]
    bars = format_html_join(
        "",
        '<rect class="ph-{}" x="{}%" y="{}" width="{}%" height="{}" rx="2"/>',
        (
            (
                each.colour,
                svg_number(axis.at(each.start)),
                8 if each.colour == "service" else 6,
                svg_number(max(0.4, axis.at(each.end) - axis.at(each.start))),
                4 if each.colour == "service" else 8,
            )
            for each in shown
        ),
    )
    return format_html(
        '<svg class="gantt gantt-row" height="20" role="img" aria-label="{}">{}{}{}</svg>',
        sentence,
        grid,
        bars,
        _now_mark(axis),
    )


def gantt_head_html(axis: Axis) -> SafeString:
    """The head of a timeline: the words of its marks as far as they don't touch where it is narrowest, and
    now."""
    apart = _apart(axis, NARROWEST)
    words = format_html_join(
        "",
        '<svg x="{}%" overflow="visible"><text class="svg-t is-dim" x="4" y="15">{}</text></svg>',
        ((svg_number(axis.at(at)), word) for place, (at, word) in enumerate(axis.marks) if place in apart),
    )
    return format_html(
        '<svg class="gantt gantt-head" height="22" aria-hidden="true">{}{}</svg>', words, _now_mark(axis)
    )


def _apart(axis: Axis, pixels: int) -> set[int]:
    """The places of the marks whose words stand apart on an axis of so many pixels, from the left on; none is
    cut at its end."""
    found, free = set(), 0.0
    for place, (at, word) in enumerate(axis.marks):
        begin = axis.at(at) * pixels / 100
        end = begin + WORD_GAP + len(word) * LETTER
        if begin >= free and end <= pixels:
            found.add(place)
            free = end
    return found


def _now_mark(axis: Axis) -> SafeString | str:
    if not axis.start <= axis.now <= axis.end:
        return ""
    return format_html(
        '<rect class="b-now" x="{}%" y="-8" width="1.5" height="36"/>', svg_number(axis.at(axis.now))
    )


def months_between(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """The starts of the months in between, local, each with its short name: the marks of a timeline over a
    season."""
    local = start.astimezone(zone)
    year, month = local.year, local.month
    found: list[tuple[datetime, str]] = []
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        first = datetime(year, month, 1, tzinfo=zone)
        if first >= end:
            return found
        found.append((first, month_word(first)))
