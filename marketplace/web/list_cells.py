"""Heads, cells and rows of a list as the component draws them."""

from dataclasses import dataclass
from html import unescape

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

SHORTENED = {"name", "cut"}  # classes of cells whose text may end in "…"


@dataclass(frozen=True)
class Head:
    """The head of a column as the component draws it."""

    title: str
    css: str = ""
    is_unseen: bool = False
    sort: str = ""  # the order that a click asks for
    direction: str = ""  # ascending, descending, or not sorted by this
    check_all: str = ""  # class of the boxes that the head's box ticks


@dataclass(frozen=True)
class Cell:
    """One cell as the component draws it."""

    html: str
    css: str = ""
    label: str = ""  # the column's title, on a card
    is_head: bool = False

    @property
    def attributes(self) -> SafeString:
        """Attributes of the cell's element: its classes, and what a phone needs."""
        css = format_html(' class="{}"', self.css) if self.css else ""
        card = format_html(' data-l="{}"', self.label) if self.label else "" if self.html else " data-blank"
        return mark_safe(f"{css}{card}{self._whole}")  # noqa: S308  all are escaped

    @property
    def _whole(self) -> SafeString | str:
        """What may be shortened is told in full by the cell's title, unless something in it has one."""
        if not SHORTENED.intersection(self.css.split()) or " title=" in self.html or not self.html:
            return ""
        return format_html(' title="{}"', " ".join(unescape(strip_tags(self.html)).split()))


@dataclass(frozen=True)
class Row:
    """One row as the component draws it."""

    cells: list[Cell]
    attributes: str = ""
    group: str = ""  # what a row above it says of it and those that follow
