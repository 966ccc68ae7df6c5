"""What the pages of market data show: files in groups, and declared columns as a dictionary."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from marketplace.jobs.models import PublicFile
from marketplace.jobs.public_files import public_files
from marketplace.jobs.public_kinds import PublicKind, public_kinds
from marketplace.web.charts import Chart
from marketplace.workbooks.choices import Choice, ChoiceList, Days, TextList, YesNo
from marketplace.workbooks.declare import Column, Sheet
from marketplace.workbooks.kinds import Number, Whole
from marketplace.workbooks.moments import Date, DateTime, Duration, Time

UNITS_OF_KINDS: dict[type, str] = {
    Date: "date, YYYY-MM-DD",
    DateTime: "date and time in UTC, ISO 8601",
    Time: "local time, HH:MM",
    Duration: "duration, HH:MM:SS",
    Days: "names of weekdays, with commas between",
    YesNo: "Yes or No",
    Number: "number",
    Whole: "whole number",
    ChoiceList: "list, with commas between",
    TextList: "list, with commas between",
}


@dataclass(frozen=True)
class FileLine:
    """A file of the page; ``file`` is None before it was first made."""

    kind: PublicKind
    file: PublicFile | None
    url: str


@dataclass(frozen=True)
class DictionaryLine:
    """A column: its header, what it tells, in which unit, and an example."""

    header: str
    meaning: str
    unit: str
    example: str


@dataclass(frozen=True)
class DictionarySection:
    """The columns of one published sheet and the files that have it."""

    title: str
    files: str
    lines: tuple[DictionaryLine, ...]


@dataclass(frozen=True)
class PriceCharts:
    """Charts of past prices, the areas that one can choose, and the one that is chosen (blank: all)."""

    charts: Sequence[Chart]
    areas: Sequence[str]
    area: str


_sections: list[tuple[Sheet, str, str]] = []
_price_makers: list[Callable[[str, datetime], PriceCharts]] = []


def register_prices(maker: Callable[[str, datetime], PriceCharts]) -> None:
    """Register ``maker(area, now)``, which returns the charts of past prices; called once at start."""
    if maker not in _price_makers:
        _price_makers.append(maker)


def prices(area: str, now: datetime) -> PriceCharts:
    """The charts of what was paid in past competitions."""
    return next((maker(area, now) for maker in _price_makers), PriceCharts([], [], ""))


def register_sheet(sheet: Sheet, title: str, files: str) -> None:
    """Add a published sheet to the data dictionary; called once at start."""
    if (sheet, title, files) not in _sections:
        _sections.append((sheet, title, files))


def file_groups(*, is_provider: bool) -> list[dict[str, Any]]:
    """The declared files by group, those for providers only for them."""
    made = public_files()
    groups: dict[str, list[FileLine]] = {}
    for kind in public_kinds():
        if kind.audience == "everyone" or is_provider:
            name = "market_data:file" if kind.audience == "everyone" else "market_data:provider_file"
            groups.setdefault(kind.group, []).append(
                FileLine(kind, made.get(kind.name), reverse(name, args=[kind.name]))
            )
    return [{"title": title, "lines": lines} for title, lines in groups.items()]


def dictionary_sections() -> list[DictionarySection]:
    """Every published sheet, from the declaration that its files are written with."""
    return [DictionarySection(title, files, _lines(sheet.columns)) for sheet, title, files in _sections]


def _lines(columns: Sequence[Column]) -> tuple[DictionaryLine, ...]:
    return tuple(DictionaryLine(each.header, each.meaning, unit_of(each), each.example) for each in columns)


def unit_of(column: Column) -> str:
    """The unit that the header names in brackets, else the form of the column's values."""
    if column.unit:
        return column.unit
    if isinstance(column.kind, Choice) and column.kind.options:
        others = " · or another text" if column.kind.others_up_to else ""
        return "one of: " + " · ".join(column.kind.options) + others
    return UNITS_OF_KINDS.get(type(column.kind), "text")
