"""Heads, cells and rows of a list as the component draws them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from django.utils.html import conditional_escape, escape, strip_tags
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

    @property
    def drawn(self) -> str:
        """The head's element."""
        attributes = _named("class", self.css) + _named("aria-sort", self.direction)
        return f'<th scope="col"{attributes}>{self._content}</th>'

    @property
    def _content(self) -> str:
        title = conditional_escape(self.title)
        if self.check_all:
            box = _named("data-check-all", self.check_all)
            return f'<input class="check" type="checkbox"{box} aria-label="{title}">'
        if self.sort:
            return f'<a href="{escape(self.sort)}">{title}</a>'
        return f'<span class="sr">{title}</span>' if self.is_unseen else title


def cell_html(html: str, css: str = "", label: str = "", *, is_head: bool = False) -> str:
    """A cell's element around its safe contents: with its classes, and what a phone needs.

    ``label`` is the column's title, on a card. What may be shortened is told in full by the cell's title, unless
    something in it has one.
    """
    filled, blank, end, is_shortened = _frame(css, label, is_head=is_head)
    if not html:
        return f"{blank}{end}"
    if is_shortened and " title=" not in html:
        return f'{filled} title="{escape(" ".join(unescape(strip_tags(html)).split()))}">{html}{end}'
    return f"{filled}>{html}{end}"


@lru_cache(maxsize=4096)
def _frame(css: str, label: str, *, is_head: bool) -> tuple[str, str, str, bool]:
    """The start of a cell that holds something, up to its last attribute, and of a blank one; the end of both; and
    whether the text may be shortened."""
    name, scope = ("th", ' scope="row"') if is_head else ("td", "")
    start = f"<{name}{scope}{_named('class', css)}"
    shortened = not SHORTENED.isdisjoint(css.split())
    return f"{start}{_named('data-l', label)}", f"{start} data-blank>", f"</{name}>", shortened


@lru_cache(maxsize=4096)
def _named(name: str, value: str) -> str:
    """An attribute of an element; nothing for a blank one."""
    return f' {name}="{escape(value)}"' if value else ""


def heads_drawn(heads: Iterable[Head]) -> SafeString:
    """The elements of a table's heads."""
    return mark_safe("".join(each.drawn for each in heads))  # noqa: S308  what is not safe is escaped


@dataclass(frozen=True)
class Row:
    """One row as the component draws it, of cells that are drawn already."""

    cells: list[str]
    attributes: str = ""
    group: str = ""  # what a row above it says of it and those that follow

    def drawn(self, columns: int) -> str:
        """Its element in a table of so many columns, after the row that heads its group."""
        group = f'<tr class="group"><th colspan="{columns}" scope="rowgroup">{self.group}</th></tr>'
        attributes = f" {self.attributes}" if self.attributes else ""
        return f"{group if self.group else ''}<tr{attributes}>{''.join(self.cells)}</tr>"


def rows_drawn(rows: Iterable[Row], columns: int) -> SafeString:
    """The rows of a table of so many columns, whose contents are safe."""
    return mark_safe("".join(each.drawn(columns) for each in rows))  # noqa: S308  what is not safe is escaped
