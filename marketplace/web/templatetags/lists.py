"""``{% list %}`` draws a declared list (:mod:`marketplace.web.lists`), ``{% table %}`` a small table declared
in the page.

    {% list_actions listing %}          saved views and the download, beside the page's title
    {% list_filters listing filter %}   the line above the list: filters, chips, columns
    {% list row in listing %}
        {% cell "competition" %}<a href="…">{{ row.competition.ref }}</a>
        {% cell "state" %}{% include "components/badge.html" … %}
        {% bulk %}<button class="btn btn-sm" formaction="…" data-verb="enter">Enter</button>
    {% endlist %}

    {% table window in windows label="Service windows" %}
        {% col "Service window" %}{{ window.name }}
        {% col "Required" number %}{{ window.required_mw|plain }}
        {% col "Chosen" nowrap if can_choose %}…
    {% endtable %}

A cell goes on to the next ``cell`` or ``col``. Words after a column's title: ``number`` (aligned right),
``nowrap``, ``wide`` (no title on a phone's card), ``hide`` (not on a card), ``unseen`` (title for screen
readers only), ``head`` (a row's head), ``css="…"`` (classes of its cells); then ``if`` with a condition under
which the column is there.

``bulk`` holds what can be done with the ticked rows: it is drawn in a form that the boxes belong to, each
button with the address it posts to. ``marketplace.web.ticks.ticked`` reads the form. ``row`` and ``group``
hold a row's attributes, and what a row above it says of it and those that follow.
"""

import re
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.defaulttags import TemplateIfParser
from django.utils.safestring import SafeString

from marketplace.web.list_nodes import Declared, ListNode, TableNode
from marketplace.web.lists import List

register = template.Library()
FLAGS = {"number", "nowrap", "wide", "hide", "unseen", "head"}
OPTIONS = {"css"}
IN_LINE = 3  # filters that stand in the line; the rest is behind a button


@register.simple_tag(takes_context=True)
def query_page(context: template.Context, name: str, value: int | str) -> str:
    """The present query string with another page, or the file of the list, in it."""
    query = context["request"].GET.copy()
    query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/list_actions.html", takes_context=True)
def list_actions(context: template.Context, listing: List) -> dict[str, Any]:
    """Beside a page's title: the reader's saved views of the list, and its download."""
    return {
        "listing": listing,
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
        "can_save": getattr(getattr(listing.request, "user", None), "is_authenticated", False)
        and not getattr(listing.request, "viewing_as", False),
    }


@register.inclusion_tag("components/list_filters.html", takes_context=True)
def list_filters(
    context: template.Context, listing: List, narrowed_by: Any = None, in_line: int = IN_LINE
) -> dict[str, Any]:
    """The line above a list: its filters (a filter set or a form), its exclusive views, and its columns."""
    form: BaseForm | None = getattr(narrowed_by, "form", narrowed_by)
    own_chip = listing.chip_name if listing.chips else ""
    fields = [each for each in form or () if not each.is_hidden and each.html_name != own_chip]
    line, more = fields[:in_line], fields[in_line:]
    if len(more) == 1:
        line, more = fields, []
    asked = listing.request.GET
    own = {each.html_name for each in fields} | {listing.columns_name, listing.page_name, "download"}
    return {
        "listing": listing,
        "line": [_unlabelled(each) for each in line],
        "more": more,
        "more_used": sum(bool(asked.get(each.html_name)) for each in more),
        "kept": [
            (name, value) for name in asked if name not in own for value in asked.getlist(name) if value
        ],
        "chips": _chips(listing),
        "clear_url": _cleared(listing, fields) if any(asked.get(each.html_name) for each in fields) else "",
        "is_choosable": len(listing.choosable) > 1,
        "request": context["request"],
    }


def _unlabelled(field: BoundField) -> SafeString:
    """A filter that says itself what it is: its label as its name, and as its empty choice or its
    placeholder."""
    label = str(field.label)
    choices = [each for each in getattr(field.field.widget, "choices", ())]  # noqa: C416  list() asks for their number
    if choices and choices[0][0] == "":
        field.field.widget.choices = [("", f"{label}: all"), *choices[1:]]
    attributes: dict[str, str | bool] = {"aria-label": label}
    if field.field.widget.__class__.__name__ in ("TextInput", "SearchInput"):
        attributes |= {"placeholder": label, "class": "grow", "type": "search"}
    return field.as_widget(attrs=attributes)


def _cleared(listing: List, fields: list[BoundField]) -> str:
    asked = listing.request.GET.copy()
    for name in [*(each.html_name for each in fields), listing.page_name]:
        asked.pop(name, None)
    return f"{listing.request.path}?{asked.urlencode() or 'view=all'}"


def _chips(listing: List) -> list[dict[str, Any]]:
    shown = listing.request.GET.get(listing.chip_name) or (listing.chips[0].value if listing.chips else "")
    told = []
    for chip in listing.chips:
        asked = listing.request.GET.copy()
        asked.pop(listing.page_name, None)
        asked[listing.chip_name] = chip.value
        told.append({"chip": chip, "url": f"?{asked.urlencode()}", "is_shown": chip.value == shown})
    return told


@register.tag("table")
def table(parser: Parser, token: Token) -> TableNode:
    """A small table declared in the page: ``{% table item in items label="…" css="…" nothing="…" %}``."""
    names, items, options = _loop(parser, token, {"label", "css", "nothing"})
    columns: list[Declared] = []
    attributes = None
    _blank(parser, ("col", "row", "endtable"))
    while (part := parser.next_token()).contents != "endtable":
        nodes = parser.parse(("col", "row", "endtable"))
        if part.contents == "row":
            attributes = nodes
        else:
            columns.append(_declared(parser, part, nodes))
    return TableNode(names, items, options, columns, attributes)


@register.tag("list")
def declared_list(parser: Parser, token: Token) -> ListNode:
    """A declared list: ``{% list row in listing %}``, with the cells that the page draws."""
    names, listing, _ = _loop(parser, token, set())
    cells: dict[str, NodeList] = {}
    parts: dict[str, NodeList] = {}
    marks = ("cell", "group", "row", "bulk", "endlist")
    _blank(parser, marks)
    while (part := parser.next_token()).contents != "endlist":
        nodes = parser.parse(marks)
        if part.contents in ("group", "row", "bulk"):
            parts[part.contents] = nodes
        else:
            cells[part.split_contents()[1].strip("\"'")] = nodes
    return ListNode(names, listing, cells, parts)


def _blank(parser: Parser, until: tuple[str, ...]) -> None:
    """Nothing but white space and comments may stand before the first part."""
    parser.parse(until)


def _loop(
    parser: Parser, token: Token, allowed: set[str]
) -> tuple[tuple[str, ...], FilterExpression, dict[str, FilterExpression]]:
    found = re.fullmatch(r"\S+\s+(.+?)\s+in\s+(.+)", token.contents, re.DOTALL)
    if found is None:
        raise template.TemplateSyntaxError(f"{token.contents!r}: write “item in items”.")
    names = tuple(re.split(r"\s*,\s*", found[1]))
    items, *rest = Token(token.token_type, found[2]).split_contents()
    return names, parser.compile_filter(items), _options(parser, rest, allowed)


def _options(parser: Parser, bits: list[str], allowed: set[str]) -> dict[str, FilterExpression]:
    options = {}
    for bit in bits:
        name, equals, value = bit.partition("=")
        if not equals or name not in allowed:
            raise template.TemplateSyntaxError(f"{bit!r}: known are {', '.join(sorted(allowed))}.")
        options[name] = parser.compile_filter(value)
    return options


def _declared(parser: Parser, part: Token, nodes: NodeList) -> Declared:
    _, title, *rest = part.split_contents()
    if title in ('""', "''"):
        raise template.TemplateSyntaxError("A column has a title; “unseen” keeps it for screen readers.")
    condition = None
    if "if" in rest:
        condition = TemplateIfParser(parser, rest[rest.index("if") + 1 :]).parse()
        rest = rest[: rest.index("if")]
    flags = frozenset(each for each in rest if each in FLAGS)
    options = _options(parser, [each for each in rest if each not in FLAGS], OPTIONS)
    return Declared(parser.compile_filter(title), flags, options, condition, nodes)
