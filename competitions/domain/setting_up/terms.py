"""What an operator says of a competition, as plain values: the same from a file, a form or the database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from competitions.enums import AssetCategory, AssetStatus, BoundaryType, HolidayRuleChoice, PricingType
from competitions.models import Boundary, Competition, ServiceWindow
from marketplace.dates import day_text, time_text
from marketplace.keys import key_form
from marketplace.workbooks.cells import duration_text

HEADER_FIELDS = (
    "name",
    "round_name",
    "need_type",
    "product_type",
    "power_type",
    "need_direction",
    "competition_type",
    "pricing_type",
    "availability_price",
    "utilisation_price",
    "service_fee",
    "minimum_budget",
    "maximum_budget",
    "publish_on",
    "qualification_open",
    "qualification_close",
    "bidding_open",
    "bidding_close",
    "archive_on",
    "area_buffer_km",
    "minimum_voltage_kv",
    "maximum_voltage_kv",
    "dps_reference",
    "asset_statuses",
    "asset_categories",
    "meter_id_required",
    "meter_id_in_zone",
    "maximum_response_time",
    "maximum_ramping_period",
    "maximum_recovery_time",
    "minimum_run_time",
    "duplicate_overrides_of",
    "contact_email",
    "documents_url",
    "description",
)
"""Every field of the header but the ref, in the order in which people read them."""
DEFAULTS: Mapping[str, Any] = {
    "pricing_type": PricingType.AUCTION.value,
    "area_buffer_km": Decimal(0),
    "asset_statuses": (AssetStatus.OPERATIONAL.value, AssetStatus.IN_DEVELOPMENT.value),
    "asset_categories": tuple(AssetCategory.values),
    "meter_id_required": False,
    "meter_id_in_zone": False,
    "duplicate_overrides_of": (),
    **dict.fromkeys(
        ["round_name", "product_type", "competition_type", "contact_email", "documents_url", "description"], ""
    ),
}
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
UNORDERED = ("asset_statuses", "asset_categories")


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

    def __str__(self) -> str:
        days = ", ".join(DAY_NAMES[day] for day in sorted(self.weekdays))
        hours = f"{time_text(self.start)} to {time_text(self.end)}"
        told = [
            f"{self.period}/{self.name}: {day_text(self.first_day)} to {day_text(self.last_day)}",
            f"{days}, {hours}",
            f"public holidays: {self.public_holidays}" if self.public_holidays != HolidayRuleChoice.IGNORE else "",
            f"{self.capacity_required_mw.normalize():f} MW",
            f"at least {self.minimum_aggregate_mw.normalize():f} MW" if self.minimum_aggregate_mw else "",
            *(f"{name} {_told(value)}" for name, value in self._further() if value is not None),
        ]
        return ", ".join(part for part in told if part)

    def _further(self) -> Iterator[tuple[str, Any]]:
        yield "run time", self.minimum_run_time
        yield "response", self.required_response_time
        yield "dispatches", self.dispatch_estimate
        yield "of each", self.dispatch_duration


def _told(value: timedelta | int) -> str:
    return duration_text(value) if isinstance(value, timedelta) else str(value)


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
    """The terms of what is published already: a blank Publish On (at once) leaves the instant at which it was."""
    if terms.header["publish_on"] is not None:
        return terms
    return replace(terms, header={**terms.header, "publish_on": publish_on})


def cleaned(key: str, value: Any) -> Any:
    """A header value as it is stored: what is blank becomes the default, lists lose their order where it means nothing."""
    if value is None or value == () or value == "":
        value = DEFAULTS.get(key)
    if key in UNORDERED:
        order = AssetStatus.values if key == "asset_statuses" else AssetCategory.values
        return tuple(choice for choice in order if choice in value)
    return tuple(value) if isinstance(value, list) else value


def terms_of(competition: Competition) -> Terms:
    """What is stored, as terms. Uses prefetched boundaries (with areas) and windows (with periods) where there are any."""
    header = {key: cleaned(key, _stored(competition, key)) for key in HEADER_FIELDS}
    return Terms(
        ref=competition.ref,
        header=header,
        boundary=tuple(_part_of(part) for part in competition.boundaries.all()),
        windows=tuple(window_terms(window) for window in competition.windows.all()),
    )


def _stored(competition: Competition, key: str) -> Any:
    if key == "dps_reference":
        return competition.purchasing_system.reference if competition.purchasing_system else None
    return getattr(competition, key)


def _part_of(part: Boundary) -> BoundaryPart:
    value = part.area.reference if part.area else part.value
    return BoundaryPart(part.kind, value, part.north, part.south, part.east, part.west)


def window_terms(window: ServiceWindow) -> WindowTerms:
    """A stored window with its period."""
    return WindowTerms(
        period=window.period.name,
        first_day=window.period.first_day,
        last_day=window.period.last_day,
        name=window.name,
        weekdays=frozenset(window.weekdays),
        start=window.start,
        end=window.end,
        public_holidays=window.public_holidays,
        capacity_required_mw=window.capacity_required_mw,
        minimum_aggregate_mw=window.minimum_aggregate_mw,
        minimum_run_time=window.minimum_run_time,
        required_response_time=window.required_response_time,
        dispatch_estimate=window.dispatch_estimate,
        dispatch_duration=window.dispatch_duration,
    )


FieldChange = tuple[str, Any, Any]


def changes_between(before: Terms | None, after: Terms) -> Iterator[FieldChange]:
    """Every header field that differs, and the boundary and windows as sets: (key, before, after)."""
    for key in HEADER_FIELDS:
        old = None if before is None else before.header[key]
        new = after.header[key]
        if before is None:
            if new is not None and new != DEFAULTS.get(key):
                yield key, None, new
        elif old != new:
            yield key, old, new
    if before is None or {part.key for part in before.boundary} != {part.key for part in after.boundary}:
        yield "boundary", _listed(before.boundary if before else ()), _listed(after.boundary)
    if before is None or set(before.windows) != set(after.windows):
        yield "windows", _listed(before.windows if before else ()), _listed(after.windows)


def _listed(things: Iterable[BoundaryPart | WindowTerms]) -> str:
    return "; ".join(sorted(str(thing) for thing in things))


def label_of(key: str) -> str:
    """A field's name as people read it."""
    if key in ("boundary", "windows"):
        return {"boundary": "Boundary", "windows": "Service windows"}[key]
    name = "purchasing_system" if key == "dps_reference" else key
    label = str(getattr(Competition._meta.get_field(name), "verbose_name", name))
    return label[:1].upper() + label[1:]
