"""Heads, cells and rows of a list as the component draws them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from django.utils.html import escape, strip_tags
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
    def drawn(self) -> str:
        """The cell's element: with its classes, and what a phone needs."""
        name, scope = ("th", ' scope="row"') if self.is_head else ("td", "")
        card = _named("data-l", self.label) if self.label else "" if self.html else " data-blank"
        return f"<{name}{scope}{_named('class', self.css)}{card}{self._whole}>{self.html}</{name}>"

    @property
    def _whole(self) -> str:
        """What may be shortened is told in full by the cell's title, unless something in it has one."""
        if not _is_shortened(self.css) or " title=" in self.html or not self.html:
            return ""
        return f' title="{escape(" ".join(unescape(strip_tags(self.html)).split()))}"'


@lru_cache(maxsize=4096)
def _named(name: str, value: str) -> str:
    """An attribute of an element; nothing for a blank one."""
    return f' {name}="{escape(value)}"' if value else ""


@lru_cache(maxsize=1024)
def _is_shortened(css: str) -> bool:
    return not SHORTENED.isdisjoint(css.split())


def drawn(cells: Iterable[Cell]) -> SafeString:
    """The elements of a row's cells, whose contents are safe."""
    return mark_safe("".join(cell.drawn for cell in cells))  # noqa: S308  what is not safe is escaped


@dataclass(frozen=True)
class Row:
    """One row as the component draws it."""

    cells: list[Cell]
    attributes: str = ""
    group: str = ""  # what a row above it says of it and those that follow

    @property
    def drawn(self) -> SafeString:
        """The elements of its cells."""
        return drawn(self.cells)
