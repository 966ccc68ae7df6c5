"""The grid in which a ballot's bids are typed: lines under their windows, windows under their periods."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from bidding.domain.ballots.offers import BiddingContext
from bidding.domain.recommendation.costs import charged_ticks, expected_cost
from bidding.forms.ballot_rows import BidRow, blank_row, texts_of
from competitions.enums import PricingType
from competitions.models import Competition, ServicePeriod, ServiceWindow
from marketplace.dates import time_text
from marketplace.numbers import clock_length, count_text, exact_text, grouped_text, rounded_text
from marketplace.units import power_unit, price_unit

PRICES = {
    "availability_price": "Availability",
    "utilisation_price": "Utilisation",
    "service_fee": "Service fee",
}


FOLDED_FROM = 40
"""Lines from which on periods are folded at first."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class GridColumn:
    """A column that is typed into: its field, its head, and what the operator says of its price."""

    name: str
    cell: str
    title: str
    hint: str = ""


@dataclass(frozen=True)
class GridCell:
    """A field of a line, with what is wrong in it and what would correct it."""

    name: str
    id: str
    text: str
    label: str
    error: str = ""
    repair: str = ""


@dataclass(frozen=True)
class GridLine:
    """A line: a bid, or a window without one. ``cost`` is None while it can't be worked out."""

    row: BidRow
    columns: Sequence[GridColumn]
    cost: Decimal | None
    split: int

    @cached_property
    def cells(self) -> list[GridCell]:
        """Its fields; those of a period that is not on the page are never asked for."""
        row = self.row
        place = row.label if self.split == 1 else f"{row.label}, split {self.split}"
        return [
            GridCell(
                name=column.name,
                id=row.id_of(column.name),
                text=row.texts.get(column.name, ""),
                label=f"{column.cell}, {place}",
                error=" ".join(row.errors.get(column.name, ())) if row.errors else "",
                repair=row.repairs.get(column.name, ""),
            )
            for column in self.columns
        ]

    @property
    def is_bid(self) -> bool:
        return bool(self.row.texts.get("capacity", "").strip())

    @property
    def cost_text(self) -> str:
        return rounded_text(self.cost, 2) if self.cost is not None else "–"

    @property
    def problems(self) -> list[GridCell]:
        return [cell for cell in self.cells if cell.error] if self.row.errors else []


@dataclass(frozen=True)
class WindowLines:
    """A window, what limits a bid for it, and its lines."""

    window: ServiceWindow
    limit_mw: Decimal
    is_applicable: bool
    lines: list[GridLine]

    @property
    def ticks(self) -> dict[str, int]:
        """What each price is charged for, for the sums that the browser shows."""
        return charged_ticks(
            available_minutes=self.window.available_minutes,
            dispatch_estimate=self.window.dispatch_estimate,
            dispatch_duration=self.window.dispatch_duration,
        )

    @property
    def ticks_json(self) -> str:
        return json.dumps(self.ticks, separators=(",", ":"))

    @property
    def times(self) -> str:
        """Mon to Fri 16:00 to 20:00."""
        window = self.window
        return f"{_days_text(window.weekdays)} {time_text(window.start)} to {time_text(window.end)}"

    @property
    def hours(self) -> str:
        return grouped_text((Decimal(self.window.available_minutes) / 60).quantize(Decimal("0.1")))

    @property
    def shortest(self) -> str:
        shortest = self.window.minimum_run_time
        return clock_length(shortest) if shortest else ""

    @property
    def required(self) -> str:
        return exact_text(self.window.capacity_required_mw)

    @property
    def minimum(self) -> str:
        return exact_text(self.window.minimum_aggregate_mw)

    @property
    def limit(self) -> str:
        return grouped_text(self.limit_mw) if self.is_applicable else "–"


@dataclass(frozen=True)
class PeriodLines:
    """A period with its windows, and what their bids add up to. The lines of a late one are not on the page
    until it is opened."""

    number: int
    period: ServicePeriod
    windows: list[WindowLines]
    is_late: bool = False

    @property
    def late(self) -> str:
        """What fetches its lines: its number, and that of its first line."""
        return f"{self.number}.{self.windows[0].lines[0].row.number}"

    @property
    def line_count(self) -> int:
        return sum(len(window.lines) for window in self.windows)

    @property
    def bid(self) -> int:
        return sum(any(line.is_bid for line in window.lines) for window in self.windows)

    @property
    def told(self) -> str:
        count = len(self.windows)
        return f"{count_text(self.bid)} of {count_text(count)} window{'' if count == 1 else 's'} bid"

    @property
    def cost_text(self) -> str:
        costs = [line.cost for window in self.windows for line in window.lines if line.cost is not None]
        return rounded_text(sum(costs), 2) if costs else "–"


@dataclass(frozen=True)
class Grid:
    """The whole grid with its sums."""

    columns: list[GridColumn]
    periods: list[PeriodLines]

    @cached_property
    def windows(self) -> list[WindowLines]:
        return [window for period in self.periods for window in period.windows]

    @cached_property
    def lines(self) -> list[GridLine]:
        return [line for window in self.windows for line in window.lines]

    @cached_property
    def bid_count(self) -> int:
        return sum(line.is_bid for line in self.lines)

    @property
    def window_count(self) -> int:
        return len(self.windows)

    @cached_property
    def error_count(self) -> int:
        return sum(bool(line.problems) for line in self.lines)

    @cached_property
    def cost(self) -> Decimal:
        return sum((line.cost for line in self.lines if line.cost is not None), Decimal(0))

    @property
    def has_late(self) -> bool:
        """Whether lines are fetched when their period is opened."""
        return any(period.is_late for period in self.periods)

    @property
    def width(self) -> int:
        return len(self.columns) + 6


def columns_of(competition: Competition) -> list[GridColumn]:
    """What is typed for a bid in the competition."""
    unit = power_unit(competition.power_type)
    word = "fixed" if competition.pricing_type == PricingType.FIXED else "guide"
    found = [
        GridColumn("capacity", f"Capacity ({unit})", f"Capacity {unit}"),
        GridColumn("run_time", "Maximum run time (h:mm)", "Run time h:mm"),
    ]
    for name in competition.price_fields:
        price, per = getattr(competition, name), price_unit(name, competition.operator.currency)
        cell = PRICES[name] if name == "service_fee" else f"{PRICES[name]} price"
        hint = f"{word} {rounded_text(price, 2)}" if price is not None else ""
        found.append(GridColumn(name, f"{cell} ({per})", f"{PRICES[name]} {per}", hint))
    return found


def grid_of(
    competition: Competition,
    windows: Sequence[ServiceWindow],
    lines: Sequence[BidRow],
    bidding: BiddingContext,
    *,
    is_whole: bool = True,
) -> Grid:
    """A form's lines under their windows and periods; unless it is to be whole, a long one leaves out those
    of later periods in which nothing is typed."""
    columns = columns_of(competition)
    rows: dict[object, list[BidRow]] = {}
    for row in lines:
        rows.setdefault(row.window, []).append(row)
    qualified = bidding.qualified_mw
    judged = [_window_lines(window, rows.get(window.pk, []), columns, qualified) for window in windows]
    is_long = not is_whole and len(lines) >= FOLDED_FROM
    blanks = _Blanks(competition)
    periods = []
    for number, (period, group) in enumerate(groupby(judged, key=lambda each: each.window.period), 1):
        own = list(group)
        is_late = is_long and number > 1 and all(blanks.holds(each) for each in own)
        periods.append(PeriodLines(number, period, own, is_late))
    return Grid(columns, periods)


class _Blanks:
    """The texts of lines as they are made, by the run time that their windows ask for."""

    def __init__(self, competition: Competition) -> None:
        self._competition = competition
        self._texts: dict[timedelta | None, dict[str, str]] = {}

    def holds(self, window: WindowLines) -> bool:
        """Whether the window's one line is as it was made."""
        shortest = window.window.minimum_run_time
        if shortest not in self._texts:
            blank = blank_row(self._competition, window.window.pk, shortest)
            self._texts[shortest] = texts_of(blank, fields_of(self._competition))
        row = window.lines[0].row if len(window.lines) == 1 else None
        return row is not None and not row.errors and row.texts == self._texts[shortest]


def fields_of(competition: Competition) -> tuple[str, ...]:
    """The names of the fields that a line has."""
    return ("capacity", "run_time", *competition.price_fields)


def blank_lines(
    competition: Competition, windows: Sequence[ServiceWindow], firsts: Mapping[int, int]
) -> list[BidRow]:
    """A blank line for each window, those of the periods named numbered from the number beside the
    period."""
    lines = []
    fields = fields_of(competition)
    for number, (_, group) in enumerate(groupby(windows, key=lambda each: each.period), 1):
        for place, window in enumerate(group, firsts.get(number, 0)):
            blank = blank_row(competition, window.pk, window.minimum_run_time)
            lines.append(BidRow(place, window.pk, str(window), texts_of(blank, fields)))
    return lines


def _window_lines(
    window: ServiceWindow, rows: Sequence[BidRow], columns: Sequence[GridColumn], qualified: Decimal
) -> WindowLines:
    return WindowLines(
        window=window,
        limit_mw=min(qualified, window.capacity_required_mw),
        is_applicable=qualified > 0 and qualified >= window.minimum_aggregate_mw,
        lines=[_line(row, window, columns, split) for split, row in enumerate(rows, 1)],
    )


def _line(row: BidRow, window: ServiceWindow, columns: Sequence[GridColumn], split: int) -> GridLine:
    return GridLine(row, columns, _cost(row, window), split)


def _cost(row: BidRow, window: ServiceWindow) -> Decimal | None:
    values: Mapping[str, str] = row.texts
    if not values.get("capacity", "").strip():
        return None
    terms = row.readable_terms
    return expected_cost(terms, window) if terms is not None else None


def _days_text(weekdays: Sequence[int]) -> str:
    days = sorted(weekdays)
    if len(days) == 7:
        return "Daily"
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]} to {DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)
