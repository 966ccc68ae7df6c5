"""What the tags ``{% list %}`` and ``{% table %}`` become: nodes that draw a list or a small table into a page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from marketplace.web.list_cells import Head, Row, cell_html, heads_drawn, rows_drawn
from marketplace.web.list_rows import drawer_of
from marketplace.web.lists import CARDS_FROM, Column, List, SelectColumn

TABLE_CSS = "tbl rows-phone"


@dataclass(frozen=True)
class Declared:
    """A column that a page declares."""

    title: FilterExpression
    flags: frozenset[str]
    options: dict[str, FilterExpression]
    condition: Any
    nodes: NodeList

    def is_shown(self, context: template.Context) -> bool:
        """Whether the page shows the column."""
        return self.condition is None or bool(self.condition.eval(context))

    def css(self, context: template.Context) -> str:
        """Classes of its cells."""
        named = str(self.options["css"].resolve(context)) if "css" in self.options else ""
        return " ".join(filter(None, (self._own_css, named)))

    @cached_property
    def _own_css(self) -> str:
        classes = {"number": "num", "nowrap": "nowrap", "hide": "p-hide"}
        return " ".join(css for flag, css in classes.items() if flag in self.flags)

    def head(self, context: template.Context) -> Head:
        """Its head."""
        return Head(str(self.title.resolve(context)), self._own_css, is_unseen="unseen" in self.flags)


def _unpacked(names: tuple[str, ...], item: Any) -> dict[str, Any]:
    return {names[0]: item} if len(names) == 1 else dict(zip(names, item, strict=True))


def _each(context: template.Context, names: tuple[str, ...], items: list[Any]) -> Iterator[Any]:
    """Each item, with its names and a ``forloop`` in the context as in ``{% for %}``."""
    around = context.get("forloop", {})
    for place, item in enumerate(items):
        loop = {
            "counter": place + 1,
            "counter0": place,
            "first": place == 0,
            "last": place == len(items) - 1,
            "parentloop": around,
        }
        with context.push(forloop=loop, **_unpacked(names, item)):
            yield item


def _safe(html: str) -> SafeString:
    """What a template rendered, which has escaped it, without the white space around it."""
    return mark_safe(html.strip())  # noqa: S308


def _label(head: Head, *, is_untitled: bool, phone: str) -> str:
    """What a cell is called on a phone's card."""
    return "" if is_untitled or head.is_unseen or phone == "wide" else head.title


def _drawn(context: template.Context, heads: list[Head], rows: list[Row], **more: Any) -> SafeString:
    found = context.template.engine.get_template("components/table.html")  # type: ignore[union-attr]
    names = more["css"].split()
    if len(heads) < CARDS_FROM and "rows-phone" in names:
        names.remove("rows-phone")
    more["css"] = " ".join(names)
    told = {"heads": heads_drawn(heads), "columns": len(heads), "rows": rows_drawn(rows, len(heads))}
    return found.render(context.new(told | more))


@lru_cache(maxsize=1024)
def _first(css: str, *, is_first: bool) -> str:
    """The classes of a cell: what a row is called stands alone on a phone."""
    alone = is_first and not {"p-wide", "p-hide", "p-right"} & set(css.split())
    return f"{css} p-wide".strip() if alone else css


class TableNode(template.Node):
    """A table whose columns the page declares."""

    def __init__(
        self,
        names: tuple[str, ...],
        items: FilterExpression,
        options: dict[str, FilterExpression],
        columns: list[Declared],
        attributes: NodeList | None,
    ) -> None:
        self.names, self.items, self.options, self.columns, self.attributes = (
            names,
            items,
            options,
            columns,
            attributes,
        )

    def render(self, context: template.Context) -> SafeString:
        """The table, in a frame that scrolls when it has a label."""
        shown = [each for each in self.columns if each.is_shown(context)]
        heads = [each.head(context) for each in shown]
        first = next((place for place, head in enumerate(heads) if not head.is_unseen), 0)
        columns = [
            (
                each,
                place == first,
                _label(head, is_untitled=place == first, phone="wide" if "wide" in each.flags else "label"),
                "head" in each.flags,
            )
            for place, (each, head) in enumerate(zip(shown, heads, strict=True))
        ]
        rows = []
        for _ in _each(context, self.names, list(self.items.resolve(context) or ())):
            cells = [
                cell_html(
                    each.nodes.render(context).strip(),
                    _first(each.css(context), is_first=is_first),
                    label,
                    is_head=is_head,
                )
                for each, is_first, label, is_head in columns
            ]
            rows.append(Row(cells, _safe(self.attributes.render(context)) if self.attributes else ""))
        told = {name: str(each.resolve(context)) for name, each in self.options.items()}
        css = told.get("css", TABLE_CSS)
        return _drawn(
            context, heads, rows, css=css, label=told.get("label", ""), nothing=told.get("nothing", "")
        )


class ListNode(template.Node):
    """A list that an app declares, with the cells that the page draws itself."""

    def __init__(
        self,
        names: tuple[str, ...],
        listing: FilterExpression,
        cells: dict[str, NodeList],
        parts: dict[str, NodeList],
    ) -> None:
        self.names, self.listing, self.cells, self.parts = names, listing, cells, parts

    def render(self, context: template.Context) -> SafeString:
        """The list in its frame, its pages below."""
        listing: List = self.listing.resolve(context)
        unknown = self.cells.keys() - set(listing.base_columns)
        if unknown:
            raise template.TemplateSyntaxError(f"The list has no column {', '.join(sorted(unknown))}.")
        columns = list(listing.columns)
        heads = [_head_of(each) for each in columns]
        titled = [place for place, head in enumerate(heads) if not head.is_unseen and not head.check_all]
        first = titled[0] if titled else 0
        drawers = [
            self._drawer(listing, column, head, is_first=place == first)
            for place, (column, head) in enumerate(zip(columns, heads, strict=True))
        ]
        rows, before = [], None
        for record in _each(context, self.names, listing.records):
            cells = [draw(context, record) for draw in drawers]
            attributes, group = self._part("row", context), self._part("group", context)
            rows.append(Row(cells, attributes, group if group != before else ""))
            before = group
        more = {"css": listing.css, "label": listing.caption, "nothing": listing.nothing, "listing": listing}
        page = context["request"].GET if "request" in context else None
        more |= {
            "bulk": self._part("bulk", context) if listing.select else "",
            "foot": _foot(listing, first),
        }
        return _drawn(
            context,
            _sortable(heads, listing, page),
            rows,
            **more,
            request=context.get("request"),
            csrf_token=context.get("csrf_token"),
        )

    def _part(self, name: str, context: template.Context) -> str:
        return _safe(self.parts[name].render(context)) if name in self.parts else ""

    def _drawer(
        self, listing: List, column: Any, head: Head, *, is_first: bool
    ) -> Callable[[template.Context, Any], str]:
        """What draws a column's cell of a record: the page's own nodes, else the column, by
        what it draws or by its value."""
        own: Column = column.column
        untitled = is_first or bool(head.check_all) or own.phone == "right"
        css = _first(own.cell_css, is_first=is_first)
        label = _label(head, is_untitled=untitled, phone=own.phone)
        is_head = own.head or is_first
        nodes = self.cells.get(column.name)
        if nodes is not None:
            return lambda context, record: cell_html(
                nodes.render(context).strip(), css, label, is_head=is_head
            )
        if own.draw is not None:
            drawn = own.draw
            return lambda context, record: cell_html(drawn(record), css, label, is_head=is_head)
        if not own.has_value:
            raise template.TemplateSyntaxError(f"The column {column.name} has neither a value nor a cell.")
        draw = drawer_of(column, listing)
        return lambda context, record: cell_html(
            conditional_escape(draw(record)).strip(), css, label, is_head=is_head
        )


def _foot(listing: List, first: int) -> SafeString | str:
    """The last row: how many rows match, and the totals under their columns."""
    if not listing.totals:
        return ""
    cells = []
    for place, column in enumerate(listing.columns):
        html = listing.count_text if place == first else listing.totals.get(column.name, "")
        cells.append(cell_html(conditional_escape(html), column.column.cell_css, is_head=place == first))
    return mark_safe("".join(cells))  # noqa: S308  each cell is safe


def _head_of(column: Any) -> Head:
    own: Column = column.column
    css = own.cell_css
    if isinstance(own, SelectColumn):
        return Head(column.header, css, check_all=f".{own.box}")
    return Head(column.header, css, is_unseen=own.unseen)


def _sortable(heads: list[Head], listing: List, query: Any) -> list[Head]:
    """The heads with the addresses that sort by them; sorting starts at the first page."""
    if query is None:
        return heads
    done, asked = [], query.copy()
    asked.pop(listing.page_name, None)
    for head, column in zip(heads, listing.columns, strict=True):
        if not column.orderable:
            done.append(head)
            continue
        order = column.order_by_alias
        asked[listing.sort_name] = order.next
        direction = ("descending" if order.is_descending else "ascending") if column.is_ordered else ""
        done.append(
            Head(head.title, head.css, head.is_unseen, f"?{asked.urlencode()}", direction, head.check_all)
        )
    return done
