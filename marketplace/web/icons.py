"""Outline icons, drawn into the page: Tabler Icons (MIT), their paths in ``icons.json``."""

import json
from functools import cache, lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


@cache
def _paths() -> dict[str, str]:
    return dict(json.loads((Path(__file__).parent / "icons.json").read_text()))


@lru_cache(maxsize=1024)
def icon_html(name: str, css: str = "") -> SafeString:
    """The icon as SVG in the colour of the text around it; hidden from screen readers, so a word stands
    beside it.

    Raises ``KeyError`` for a name that is not among them.
    """
    return format_html(
        '<svg class="ico{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        f" {css}" if css else "",
        mark_safe(_paths()[name]),  # noqa: S308  (our own file)
    )
