"""The lanes of the control desk: one a contract on one time axis, drawn by the server, attributes in percent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.dates import time_text
from marketplace.web.figures import Axis, svg_number

HEIGHT = 46
BAR_TOP, BAR_HEIGHT = 10, 26
LEAST_HEIGHT = 6
WIDE_ENOUGH = 7
LABEL_WIDTH = 10
"""Percent that an hour's label may take on a narrow desk."""
HOUR = timedelta(hours=1)
FEW_HOURS = 12


@dataclass(frozen=True)
class Bar:
    """A stretch that is asked for: its share of the MW available, its colour, and the MW written in it."""

    start: datetime
    end: datetime
    share: Fraction
    colour: str
    text: str


def day_axis(start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> Axis:
    """The axis from start to end with a mark every hour, or every six where there are many."""
    step = 1 if end - start <= FEW_HOURS * HOUR else 6
    marks = []
    at = start
    while at < end:
        local = at.astimezone(zone)
        if local.hour % step == 0:
            marks.append((at, time_text(local.time())))
        at += HOUR
    return Axis(start, end, now, tuple(marks))


def head_html(axis: Axis, zone: ZoneInfo) -> SafeString:
    """The hours above the lanes, and now in place of the hours that it would cover."""
    now = axis.at(axis.now)
    is_shown = axis.start <= axis.now <= axis.end
    hours = format_html_join(
        "",
        '<text class="svg-t is-dim" x="{}%" y="18">{}</text>',
        (
            (svg_number(axis.at(at) + 0.6), word)
            for at, word in axis.marks
            if not is_shown or not -LABEL_WIDTH < axis.at(at) - now < LABEL_WIDTH
        ),
    )
    told = time_text(axis.now.astimezone(zone).time())
    mark = (
        format_html('<text class="svg-t is-now" x="{}%" y="18">{}</text>', svg_number(min(now, 93.0)), told)
        if is_shown
        else ""
    )
    return format_html('<svg height="28" aria-hidden="true">{}{}</svg>', hours, mark)


def lane_html(
    axis: Axis, windows: Iterable[tuple[datetime, datetime]], bars: Sequence[Bar], sentence: str
) -> SafeString:
    """One lane: the window's occurrences, what is asked for as a share of what is there, and now."""
    grid = format_html_join(
        "",
        '<rect class="b-grid" x="{}%" y="0" width="1" height="{}"/>',
        ((svg_number(axis.at(at)), HEIGHT) for at, _ in axis.marks),
    )
    spans = format_html_join(
        "",
        '<rect class="ph-service" x="{}%" y="{}" width="{}%" height="{}" rx="3"/>',
        (
            (svg_number(axis.at(start)), BAR_TOP, svg_number(axis.at(end) - axis.at(start)), BAR_HEIGHT)
            for start, end in windows
            if end > axis.start and start < axis.end
        ),
    )
    shown = [each for each in bars if each.end > axis.start and each.start < axis.end]
    return format_html(
        '<svg height="{}" role="img" aria-label="{}">{}{}{}{}</svg>',
        HEIGHT,
        sentence,
        grid,
        spans,
        format_html_join("", "{}", ((_bar_html(axis, each),) for each in shown)),
        _now_html(axis),
    )


def _bar_html(axis: Axis, bar: Bar) -> SafeString:
    start, width = axis.at(bar.start), axis.at(bar.end) - axis.at(bar.start)
    height = max(float(BAR_HEIGHT * min(bar.share, Fraction(1))), LEAST_HEIGHT)
    top = BAR_TOP + BAR_HEIGHT - height
    rect = format_html(
        '<rect class="b-{}" x="{}%" y="{}" width="{}%" height="{}" rx="3"/>',
        bar.colour,
        svg_number(start),
        svg_number(top),
        svg_number(max(width, 0.4)),
        svg_number(height),
    )
    if width < WIDE_ENOUGH or height < 14:
        return rect
    text = format_html(
        '<text class="svg-t is-lane" x="{}%" y="{}">{}</text>', svg_number(start + 1), BAR_TOP + 21, bar.text
    )
    return rect + text


def _now_html(axis: Axis) -> SafeString | str:
    if not axis.start <= axis.now <= axis.end:
        return ""
    return format_html(
        '<rect class="b-now" x="{}%" y="0" width="1.5" height="{}"/>', svg_number(axis.at(axis.now)), HEIGHT
    )
