"""The small figures of rows as template tags."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from marketplace import clock
from marketplace.web import figures
from marketplace.web.heat import HeatMap, heat_html

register = template.Library()


@register.simple_tag
def pill(text: str, colour: str = "") -> SafeString:
    """The state of a thing: {% pill "Entered" "blue" %}."""
    return figures.pill_html(text, colour)


@register.simple_tag
def track(step: figures.Step) -> SafeString:
    """Where a competition stands on its way."""
    return figures.track_html(step)


@register.simple_tag(takes_context=True)
def due(
    context: template.Context,
    at: datetime | None,
    words: str = "",
    must_act: bool = True,
    zone: ZoneInfo | None = None,
) -> SafeString:
    """A deadline with how long it takes until then, by the server's clock, which a page reads once."""
    read = context.render_context
    now = read.get("server_now")
    if now is None:
        now = read["server_now"] = clock.now()
    return figures.due_html(
        at,
        zone or timezone.get_current_timezone(),
        now,
        words=words,
        must_act=must_act,
    )


@register.simple_tag
def bullet(required: Decimal, parts: Iterable[tuple[str, Decimal]], sentence: str) -> SafeString:
    """Quantities against what is required."""
    return figures.bullet_html(required, parts, sentence)


@register.simple_tag
def gantt_row(axis: figures.Axis, spans: Iterable[figures.Span], sentence: str) -> SafeString:
    """A row of a timeline."""
    return figures.gantt_row_html(axis, spans, sentence)


@register.simple_tag
def gantt_head(axis: figures.Axis) -> SafeString:
    """The head of a timeline."""
    return figures.gantt_head_html(axis)


@register.filter
def figure_rows(rows: Iterable[Sequence[str]]) -> SafeString:
    """The rows of a figure's table, each headed by its first cell."""
    return figures.rows_html(rows)


@register.simple_tag
def heat_map(heat: HeatMap) -> SafeString:
    """A heat map of rows and columns."""
    return heat_html(heat)
