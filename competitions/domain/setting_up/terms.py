"""What an operator says of a competition, as plain values: the same from a file, a form or the database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from competitions.columns import HEADER, WINDOW
from competitions.columns.field import Field
from competitions.enums import BoundaryType, HolidayRuleChoice
from competitions.models import Boundary, Competition, ServiceWindow
from marketplace.dates import day_text, time_text
from marketplace.keys import key_form
from marketplace.numbers import grouped_text
from marketplace.workbooks.cells import duration_text
from marketplace.workbooks.choices import ChoiceList

HEADER_COLUMNS = HEADER[1:]
HEADER_FIELDS = tuple(column.key for column in HEADER_COLUMNS)
"""Every field of the header but the ref, in the order in which people read them."""
DEFAULTS: Mapping[str, Any] = {column.key: column.default for column in HEADER_COLUMNS}
WINDOW_COLUMNS = WINDOW[1:]
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_COLUMNS = {column.key: column for column in HEADER}
_WINDOW_VALUES = tuple((column.key, attrgetter(column.path)) for column in WINDOW_COLUMNS)
_WORDED = tuple(column for column in WINDOW_COLUMNS if column.wording)


@dataclass(frozen=True)
class BoundaryPart:
    """One part of a boundary; ``value`` is an area's reference, a postcode or a sector."""

    kind: str
    value: str = ""
    north: Decimal | None = None
    south: Decimal | None = None
    east: Decimal | None = None
    west: Decimal | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two parts the same."""
        return (self.kind, key_form(self.value), self.north, self.south, self.east, self.west)

    def __str__(self) -> str:
        if self.kind == BoundaryType.BOUNDING_BOX:
            return f"Box {self.north}, {self.south}, {self.east}, {self.west}"
        return f"{BoundaryType(self.kind).label} {self.value}"


@dataclass(frozen=True)
class WindowTerms:
    """A service window with its period."""

    period: str
    first_day: date
    last_day: date
    name: str
    weekdays: frozenset[int]
    start: time
    end: time
    capacity_required_mw: Decimal
    public_holidays: str = HolidayRuleChoice.IGNORE.value
    minimum_aggregate_mw: Decimal = Decimal(0)
    minimum_run_time: timedelta | None = None
    required_response_time: timedelta | None = None
    dispatch_estimate: int | None = None
    dispatch_duration: timedelta | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What names a window within its competition."""
        return (key_form(self.period), key_form(self.name))

    def in_words(self, unit: str) -> str:
        """The window as a sentence lists it; ``unit`` is that of its power."""
        days = ", ".join(DAY_NAMES[day] for day in sorted(self.weekdays))
        hours = f"{time_text(self.start)} to {time_text(self.end)}"
        said = (
            column.wording.format(_in_words(value), unit=unit)
            for column in _WORDED
            if (value := getattr(self, column.key)) is not None and value != column.default
        )
        dates = f"{self.period}/{self.name}: {day_text(self.first_day)} to {day_text(self.last_day)}"
        return ", ".join([dates, days, hours, *said])


def _in_words(value: Any) -> str:
    if isinstance(value, timedelta):
        return duration_text(value)
    return grouped_text(value) if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True)
class Terms:
    """A whole competition: header by field (``publish_on`` None: at once), boundary and windows."""

    ref: str
    header: Mapping[str, Any]
    boundary: tuple[BoundaryPart, ...]
    windows: tuple[WindowTerms, ...]

    @property
    def first_service_day(self) -> date | None:
        return min((window.first_day for window in self.windows), default=None)


def staying_published(terms: Terms, publish_on: datetime) -> Terms:
    """The terms of what is published already: a blank Publish On (at once) leaves the instant at which it
    was."""
    if terms.header["publish_on"] is not None:
        return terms
    return replace(terms, header={**terms.header, "publish_on": publish_on})


def cleaned(key: str, value: Any) -> Any:
    """A header value as it is stored: what is blank becomes the default, lists lose their order where it
    means nothing."""
    column = _COLUMNS[key]
    if value is None or value == () or value == "":
        value = column.default
    if isinstance(column.kind, ChoiceList):
        return tuple(choice for choice in column.kind.labels.values() if choice in value)
    return tuple(value) if isinstance(value, list) else value


def terms_of(competition: Competition) -> Terms:
    """What is stored, as terms. Prefetched boundaries (with areas) and windows (with periods) are used; else they are read
    with what they name, and not kept."""
    is_there = getattr(competition, "_prefetched_objects_cache", ()).__contains__
    boundaries, windows = competition.boundaries.all(), competition.windows.all()
    return Terms(
        ref=competition.ref,
        header=header_of(competition),
        boundary=tuple(
            _part_of(part)
            for part in (boundaries if is_there("boundaries") else boundaries.select_related("area"))
        ),
        windows=tuple(
            window_terms(window)
            for window in (windows if is_there("windows") else windows.select_related("period"))
        ),
    )


def header_of(competition: Competition) -> dict[str, Any]:
    """The stored values of the header by key."""
    return {column.key: cleaned(column.key, _stored(competition, column)) for column in HEADER_COLUMNS}


def _stored(competition: Competition, column: Field) -> Any:
    value: Any = competition
    for name in column.path.split("."):
        value = None if value is None else getattr(value, name)
    return value


def _part_of(part: Boundary) -> BoundaryPart:
    value = part.area.reference if part.area else part.value
    return BoundaryPart(part.kind, value, part.north, part.south, part.east, part.west)


def window_terms(window: ServiceWindow) -> WindowTerms:
    """A stored window with its period."""
    values: dict[str, Any] = {key: read(window) for key, read in _WINDOW_VALUES}
    return WindowTerms(**values | {"weekdays": frozenset(window.weekdays)})
