"""For the pages that offer an upload or a file."""

from django import template
from django.utils import timezone

from marketplace.dates import told_text
from marketplace.jobs.kinds import registry
from marketplace.numbers import percent_of

register = template.Library()


@register.filter
def accepts_of(kind: str) -> str:
    """The file types of an upload kind, for the file field's ``accept``: ".xlsx"."""
    return ",".join(registry.uploads[kind].accepts)


@register.filter
def types_in_words(kind: str) -> str:
    """The file types of an upload kind, for a sentence: ".gpkg, .geojson or .kml"."""
    *most, last = registry.uploads[kind].accepts
    return f"{', '.join(most)} or {last}" if most else last


@register.filter
def upload_title(kind: str) -> str:
    return registry.uploads[kind].title


@register.filter
def file_title(kind: str) -> str:
    return registry.files[kind].title


@register.filter
def percent(progress: tuple[int, int] | None) -> int:
    """Rows done of all, in whole percent."""
    done, total = progress or (0, 0)
    return percent_of(done, total)


@register.filter
def in_words(value: object) -> str:
    """A field's value in a preview; a dash for none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "—"
    return told_text(str(value), timezone.get_current_timezone())
