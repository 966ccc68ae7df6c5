"""The one way to list: an app declares a list's columns in its ``tables.py``; the page says with ``{% list
%}`` what a cell looks like where it is more than its value.

A list brings sorting, paging, exclusive views with counts, columns that can be hidden, views saved under a
name, ticks for actions on several rows, a download of what is shown, and rows of a few lines on phones. All
of how it is shown lives in the address. It stands on django-tables2 (docs/decisions/0017-one-way-to-list.md).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe

from marketplace import attachments, clock
from marketplace.dates import moment_text, season_text
from marketplace.numbers import exact_text, grouped_text
from marketplace.web.list_files import rows_as_csv
from marketplace.web.list_rows import ListRow
from marketplace.web.list_values import way_to
from marketplace.web.models import SavedView
from marketplace.web.saved_views import views_of

PAGE_ROWS = 25
PHONE = ("label", "wide", "right", "tick", "hide")
MARKS = ("page", "download")  # what of an address is no part of how a list is shown
PHONE_CSS = {"wide": "p-wide", "right": "p-right", "tick": "p-tick", "hide": "p-hide"}
CARDS_FROM = 3  # columns; a narrower table fits on a phone as it is


class UnorderedList(Exception):
    """Rows without an order were to be cut into pages: a row could come twice, or never."""


def page_of(
    rows: Any, number: str | int | None, per_page: int = PAGE_ROWS, count: int | None = None
) -> "Page[Any]":
    """One page of rows in a fixed order; the first page for anything but a number, the last for one too high.

    ``count`` is how many rows there are, where that is known. Raises :class:`UnorderedList` for a queryset without an order.
    """
    if isinstance(rows, QuerySet) and not rows.ordered:
        raise UnorderedList(f"{rows.model.__name__}: order the rows before they are cut into pages.")
    pages = Paginator(rows, per_page)
    if count is not None:
        pages.count = count
    return pages.get_page(number)


class Column(tables.Column):  # type: ignore[misc]
    """A column of a list: its title, the value of a cell, by what it sorts, and how it shows.

    ``sort`` names the fields to sort by (none: not sortable); ``number`` aligns right with figures of one
    width; ``phone`` says how the cell shows on a phone: beside its title ("label"), alone ("wide"), at the
    right ("right"), before the whole row ("tick"), or not ("hide"); ``unseen`` keeps the title for screen
    readers only; ``head`` makes its cells the heads of their rows; ``css`` are classes of its cells;
    ``hidden`` leaves the column out until it is chosen; ``file_title`` heads the column in the file (with the
    unit, which stands in the cells on the page). ``accessor`` and ``linkify`` are as in django-tables2;
    ``text`` tells what the file holds of a record, where no accessor does; ``draw`` what the page shows of it,
    as safe HTML, where that is more than the value and no page needs to say it. A column with none of them has
    its cells from the page alone and is not downloaded.
    """

    def __init__(
        self,
        title: str,
        *,
        sort: str | Sequence[str] = (),
        number: bool = False,
        phone: str = "label",
        unseen: bool = False,
        head: bool = False,
        css: str = "",
        file_title: str = "",
        hidden: bool = False,
        text: Callable[[Any], Any] | None = None,
        draw: Callable[[Any], str] | None = None,
        **options: Any,
    ) -> None:
        if phone not in PHONE:
            raise ValueError(f"phone={phone!r}: choose one of {', '.join(PHONE)}")
        keys = (sort,) if isinstance(sort, str) else tuple(sort)
        options = {"default": ""} | options
        super().__init__(verbose_name=title, orderable=bool(keys), order_by=keys or None, **options)
        self.file_title = file_title or title
        self.has_value = options.get("accessor") is not None
        self.number, self.phone, self.unseen, self.head, self.css = number, phone, unseen, head, css
        self.hidden, self.text, self.draw = hidden, text, draw

    @property
    def is_in_file(self) -> bool:
        """Whether the file has the column."""
        return self.has_value or self.text is not None

    def value(self, value: Any, table: "List") -> Any:
        """What the file holds: the value as it is, whatever the page shows."""
        return value

    @property
    def cell_css(self) -> str:
        """Classes of its head and cells."""
        return " ".join(filter(None, ("num" * self.number, PHONE_CSS.get(self.phone, ""), self.css)))


class NumberColumn(Column):
    """A column of numbers: exact, thousands grouped, aligned right."""

    def __init__(self, title: str, **options: Any) -> None:
        super().__init__(title, **{"number": True} | options)

    def render(self, value: Any) -> str:
        """The number as text, without trailing zeros."""
        return grouped_text(value)


class MomentColumn(Column):
    """A column of instants, in the list's time zone."""

    def render(self, value: datetime, table: "List") -> str:
        """5 Apr, 17:00."""
        return season_text(value, table.zone, clock.near_now())

    def value(self, value: Any, table: "List") -> str:
        """5 April 2026, 17:00 BST, in the file."""
        return moment_text(value, table.zone)


class SelectColumn(Column):
    """A column of boxes to tick rows for an action on all of them, with one box for all at its head.

    ``form`` is the id of the page's form that the boxes belong to, ``field`` their name in it, ``box`` the
    class by which the head's box finds them. The value is what ``accessor`` leads to; ``label`` leads to the
    row's name, ``amount`` to what the bar for ticked rows adds up (in ``unit``), ``verbs`` to the words of
    what can be done with the row: a button of the bar that carries one shows while it holds for all that are
    ticked.
    """

    def __init__(
        self,
        *,
        form: str,
        field: str,
        box: str,
        label: str,
        title: str = "Select all",
        amount: str = "",
        unit: str = "",
        verbs: str = "",
        **options: Any,
    ) -> None:
        super().__init__(title, **{"phone": "tick"} | options)
        self.form, self.field, self.box, self.unit = form, field, box, unit
        self._label = way_to(label)
        self._amount, self._verbs = way_to(amount) if amount else None, way_to(verbs) if verbs else None

    @property
    def is_in_file(self) -> bool:
        """Boxes are never in the file."""
        return False

    def render(self, value: Any, record: Any, table: "List") -> str:
        """The box of a row, or nothing when the row can't be chosen."""
        if not table.is_selectable(record):
            return ""
        key, label = escape(str(value)), escape(str(self._label(record)))
        chosen = " checked" if str(value) in table.chosen else ""
        return mark_safe(  # noqa: S308  what is not safe is escaped
            f'<input class="check {self.box}" type="checkbox" form="{self.form}" name="{self.field}" value="{key}"'
            f'{chosen}{self._told(record)} aria-label="Select {label}">'
        )

    def _told(self, record: Any) -> str:
        amount = self._amount(record) if self._amount else None
        summed = "" if amount is None else f' data-amount="{exact_text(amount)}"'
        if self._verbs is None:
            return summed
        return f'{summed} data-verbs="{escape(" ".join(self._verbs(record)))}"'


@dataclass(frozen=True)
class Chip:
    """One of the exclusive views of a list: the value in the address, its words, and how many rows it
    holds."""

    value: str
    label: str
    number: int | None = None


class List(tables.Table):  # type: ignore[misc]
    """A list of one page: rows in a fixed order, cut into pages, sorted by what the address asks for.

    ``rows`` makes presenters' rows of a page's records; ``chosen`` are the values ticked before; ``zone`` is
    for instants; ``chips`` are the list's exclusive views, the first of them shown when the address names
    none; ``totals`` stand in the foot under their columns; ``count`` is how many rows there are, where that is
    known; ``narrowed_by`` the filter of the data: where it asks for one of the chips alone, the chip tells how many.
    """

    caption = ""  # what the list is of, for screen readers
    nouns = ("row", "rows")
    css = "tbl is-tight rows-phone"
    per_page = PAGE_ROWS
    page_name = "page"
    sort_name = "sort"
    chip_name = "show"
    columns_name = "cols"
    nothing = "Nothing matches."
    keys_first = (
        False  # of many rows with much beside them: which are on the page is found before what is beside them
    )
    most_rows = 0  # a list that may have very many rows stops after so many; 0: it has them all
    file_name = ""  # of the downloaded file, without its ending; none: the list is not downloaded

    def __init__(
        self,
        data: Any,
        *,
        request: HttpRequest,
        rows: Callable[[list[Any]], Iterable[Any]] | None = None,
        zone: ZoneInfo | None = None,
        chosen: Iterable[str] = (),
        chips: Sequence[Chip] = (),
        totals: Mapping[str, Any] | None = None,
        count: int | None = None,
        narrowed_by: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(data, page_field=self.page_name, order_by_field=self.sort_name, **options)
        self.chips, self.totals = chips, totals or {}
        self.zone, self.chosen, self._presented = zone or ZoneInfo("UTC"), frozenset(chosen), rows
        if asked := self._sort_asked(request):
            self.order_by = asked
        self.request = request
        self.choosable = self._chosen_columns(request)
        known = self._count_told(narrowed_by) if count is None else count
        self.page = page_of(
            self._bounded(self._sorted()), request.GET.get(self.page_name), self.per_page, known
        )
        self.paginator = self.page.paginator
        self.records = self._rows_of(self._on_page())

    def _count_told(self, narrowed_by: Any) -> int | None:
        """How many rows there are, by the chip that is shown, unless something else narrows them too."""
        if narrowed_by is None or not narrowed_by.form.is_valid():
            return None
        asked = narrowed_by.form.cleaned_data
        if any(value for name, value in asked.items() if name != self.chip_name):
            return None
        shown = asked.get(self.chip_name) or ""
        return next((each.number for each in self.chips if each.value == shown), None)

    def _chosen_columns(self, request: HttpRequest) -> list[tuple[str, str, bool]]:
        """The columns that may be hidden, each with its title and whether it is shown; hides those that are
        not."""
        own = [each for each in self.columns if not isinstance(each.column, SelectColumn)]
        asked = request.GET.getlist(self.columns_name)
        told = []
        for each in own[1:]:
            if not each.column.unseen:
                is_shown = each.name in asked if asked else not each.column.hidden
                told.append((each.name, each.header, is_shown))
                if not is_shown:
                    self.columns.hide(each.name)
        return told

    @cached_property
    def now(self) -> datetime:
        """The instant by the server's clock, read once for all rows."""
        return clock.now()

    @property
    def key(self) -> str:
        """What the list's saved views are kept under."""
        return type(self).__name__

    @cached_property
    def saved_views(self) -> list[SavedView]:
        """The views of this list that the reader has saved."""
        return views_of(getattr(self.request, "user", None), self.key)

    @property
    def shown_by(self) -> str:
        """What of the address says how the list is shown: filters, order, columns."""
        asked = self.request.GET.copy()
        for mark in {*MARKS, self.page_name}:
            asked.pop(mark, None)
        return asked.urlencode()

    @property
    def count(self) -> int:
        """How many rows match, on all pages."""
        return self.paginator.count

    @property
    def is_cut(self) -> bool:
        """Whether the list stops before its last row."""
        return bool(self.most_rows) and self.count >= self.most_rows

    @property
    def count_text(self) -> str:
        """How many rows match, in words."""
        return f"{'first ' if self.is_cut else ''}{grouped_text(self.count)} {self.nouns[self.count != 1]}"

    @property
    def select(self) -> SelectColumn | None:
        """The column of boxes, where the reader has one."""
        found = [each.column for each in self.columns if isinstance(each.column, SelectColumn)]
        return found[0] if found else None

    def _sort_asked(self, request: HttpRequest) -> list[str]:
        asked = ",".join(request.GET.getlist(self.sort_name)).split(",")
        known = {name for name, column in self.columns.items() if column.orderable}
        return [each for each in asked if each.removeprefix("-") in known]

    def _sorted(self) -> Any:
        found = self.data.data
        if self.order_by and isinstance(found, QuerySet) and "pk" not in found.query.order_by:
            return found.order_by(
                *found.query.order_by, "pk"
            )  # equal rows keep their places from page to page
        return found

    def _bounded(self, rows: Any) -> Any:
        return rows[: self.most_rows] if self.most_rows else rows

    def _on_page(self) -> list[Any]:
        """The records of the page."""
        every: Any = self.paginator.object_list
        shown: Any = self.page.object_list
        if not self.keys_first:
            return list(shown)
        keys = list(shown.select_related(None).values_list("pk", flat=True))
        found = {each.pk: each for each in every.order_by().filter(pk__in=keys)}
        return [found[key] for key in keys]

    def _rows_of(self, records: list[Any]) -> list[Any]:
        return records if self._presented is None else list(self._presented(records))

    def is_selectable(self, record: Any) -> bool:
        """Whether a row can be ticked."""
        return True

    def bound_row(self, record: Any) -> Any:
        """The row of a record, which knows the value of each cell."""
        return ListRow(record, table=self)

    @property
    def is_download(self) -> bool:
        """Whether the address asks for the file instead of the page."""
        return bool(self.file_name) and self.request.GET.get("download") == "csv"

    def download(self) -> HttpResponse:
        """All rows that the filter found, in the order shown, as CSV."""
        text = rows_as_csv(self, self._rows_of, self.paginator.object_list)
        return attachments.response(
            text.encode("utf-8-sig"), f"{self.file_name}.csv", "text/csv; charset=utf-8"
        )


def list_page(request: HttpRequest, template: str, listing: List, context: dict[str, Any]) -> HttpResponse:
    """The page of a list, as ``listing`` in the context, or the file of its rows when that is asked for.

    An address that asks for nothing leads to the view that the reader has chosen to start with.
    """
    if listing.is_download:
        return listing.download()
    if not request.GET and (start := next((each for each in listing.saved_views if each.is_default), None)):
        return redirect(f"{request.path}?{start.query}")
    return render(request, template, context | {"listing": listing})
