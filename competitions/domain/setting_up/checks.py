"""The rules between the fields of a competition, its boundary and its windows. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from competitions.columns import HEADER
from competitions.domain.setting_up.terms import BoundaryPart, Terms, WindowTerms
from competitions.enums import BoundaryType, CompetitionType, PricingType
from competitions.rules import DATES
from marketplace import geo
from marketplace.calendar import local_instant
from marketplace.dates import day_text
from marketplace.keys import key_form
from marketplace.postcodes import is_postcode, is_sector
from marketplace.text import did_you_mean
from marketplace.workbooks.declare import Level

NAMES = {column.key: column.name for column in HEADER}
ORDER_OF_DATES = (
    ("publish_on", "qualification_open", False),
    ("qualification_open", "qualification_close", True),
    ("qualification_close", "bidding_open", False),
    ("bidding_open", "bidding_close", True),
    ("bidding_close", "archive_on", False),
)
"""Pairs of dates in their order, and whether the later one must be later by more than nothing."""
RANGES = (("minimum_budget", "maximum_budget"), ("minimum_voltage_kv", "maximum_voltage_kv"))
YEARS = range(1970, 2200)
LONGEST_PERIOD_DAYS = 30 * 366


@dataclass(frozen=True)
class Finding:
    """A rule that is broken, at a header field (``key``), or a thing worth a look (``level`` warning)."""

    key: str | None
    message: str
    level: Level = "error"
    cause: str | None = None
    """The other field that the rule reads: where that one is unreadable, the finding says nothing."""


@dataclass(frozen=True)
class Known:
    """What the operator has that a competition may name; texts are case-folded, areas in the form of keys."""

    areas: frozenset[str]
    dps_references: frozenset[str]
    competition_refs: frozenset[str]
    country: str = ""
    terms_refs: Mapping[str, str] = field(default_factory=dict)
    """The refs of the operator's settlement terms as they are spelt, by their form as keys."""

    def with_areas_of(self, terms: Terms) -> "Known":
        """As for a stored competition, which keeps the areas that it has though they were archived since."""
        kept = {key_form(part.value) for part in terms.boundary if part.kind == BoundaryType.AREA}
        return replace(self, areas=self.areas | kept)


def header_findings(terms: Terms, known: Known, zone: ZoneInfo) -> Iterator[Finding]:
    """Every rule of the header that the terms break. Fields that are None count as absent."""
    header = terms.header
    yield from _date_findings(header)
    yield from _type_findings(header)
    yield from _range_findings(header)
    yield from _name_findings(terms, known)
    close, first_day = header["bidding_close"], terms.first_service_day
    if first_day is not None and first_day.year not in YEARS:
        first_day = None  # its window says so
    if close is not None and first_day is not None and close > local_instant(first_day, time(0), zone):
        yield Finding(
            "bidding_close", f"Bidding Close must not be after the first service day, {day_text(first_day)}."
        )
    if header["meter_id_in_zone"] and not any(part.kind == BoundaryType.AREA for part in terms.boundary):
        yield Finding("meter_id_in_zone", "Meter ID In Zone needs at least one area in the boundary.")


def _date_findings(header: Mapping[str, Any]) -> Iterator[Finding]:
    for key in DATES:
        if header[key] is not None and header[key].year not in YEARS:
            yield Finding(key, f"{NAMES[key]} must lie in a year from {YEARS[0]} to {YEARS[-1]}.")
    for earlier, later, is_strict in ORDER_OF_DATES:
        first, second = header[earlier], header[later]
        if first is None or second is None:
            continue
        if first > second or (is_strict and first == second):
            rule = "after" if is_strict else "at or after"
            yield Finding(later, f"{NAMES[later]} must be {rule} {NAMES[earlier]}.")


def _type_findings(header: Mapping[str, Any]) -> Iterator[Finding]:
    kind = header["competition_type"]
    for key in ("bidding_open", "bidding_close"):
        if kind and header[key] is None:
            message = f"{NAMES[key]} is required for a competition with a Competition Type."
            yield Finding(key, message, cause="competition_type")
        if not kind and header[key] is not None:
            message = f"{NAMES[key]} must be blank for a visibility-only competition (one without Competition Type)."
            yield Finding(key, message, cause="competition_type")
    if header["pricing_type"] == PricingType.FIXED:
        if not kind:
            yield Finding("pricing_type", "Fixed pricing needs a Competition Type.", cause="competition_type")
        for key in CompetitionType(kind).prices if kind else ():
            if header[key] is None:
                yield Finding(key, f"Fixed pricing with {CompetitionType(kind).label} needs this price.")


def _range_findings(header: Mapping[str, Any]) -> Iterator[Finding]:
    for low, high in RANGES:
        if header[low] is not None and header[high] is not None and header[high] < header[low]:
            yield Finding(high, f"{NAMES[high]} must not be less than the minimum.")


def _name_findings(terms: Terms, known: Known) -> Iterator[Finding]:
    reference = terms.header["dps_reference"]
    if reference and key_form(reference) not in known.dps_references:
        yield Finding(
            "dps_reference",
            f"You have no DPS with the reference “{reference}”.{did_you_mean(reference, known.dps_references)}",
        )
    ref = terms.header["settlement_terms"]
    if ref and key_form(ref) not in known.terms_refs:
        nearest = did_you_mean(ref, known.terms_refs.values())
        yield Finding("settlement_terms", f"You have no settlement terms with the ref “{ref}”.{nearest}")
    for ref in terms.header["duplicate_overrides_of"]:
        if key_form(ref) == key_form(terms.ref) or key_form(ref) not in known.competition_refs:
            yield Finding(
                "duplicate_overrides_of",
                f"“{ref}” is not one of your earlier competitions.{did_you_mean(ref, known.competition_refs)}",
            )


def boundary_fault(part: BoundaryPart, known: Known) -> tuple[str, str] | None:
    """What is wrong with one part of a boundary: (column key, sentence), or None."""
    corners = {"north": part.north, "south": part.south, "east": part.east, "west": part.west}
    if part.kind == BoundaryType.BOUNDING_BOX:
        return _box_fault(part, corners)
    for key, value in corners.items():
        if value is not None:
            return key, "Must be blank: only a Bounding Box has corners."
    if not part.value:
        return "value", "Must name the area, postcode or sector."
    if part.kind == BoundaryType.AREA and key_form(part.value) not in known.areas:
        nearest = did_you_mean(part.value, known.areas) or " Upload it first."
        return "value", f"You have no area with the reference “{part.value}”.{nearest}"
    if part.kind == BoundaryType.POSTCODE and not is_postcode(part.value):
        return "value", f"“{part.value}” is not a postcode such as EH21 8RE."
    if part.kind == BoundaryType.POSTCODE_SECTOR and not is_sector(part.value):
        return "value", f"“{part.value}” is not a postcode sector such as EH21 8."
    return None


def _box_fault(part: BoundaryPart, corners: Mapping[str, Any]) -> tuple[str, str] | None:
    if part.value:
        return "value", "Must be blank for a Bounding Box."
    for key, value in corners.items():
        if value is None:
            return key, "A Bounding Box needs North, South, East and West."
    if corners["south"] >= corners["north"]:
        return "south", "South must be less than North."
    if corners["west"] >= corners["east"]:
        return "west", "West must be less than East."
    return None


def boundary_doubt(part: BoundaryPart, known: Known) -> str | None:
    """Why a box that breaks no rule can't be meant: swapped, a sign lost, outside the operator's country."""
    if part.north is None or part.south is None or part.east is None or part.west is None:
        return None
    return geo.box_doubt(part.north, part.south, part.east, part.west, known.country)


@dataclass
class EarlierWindows:
    """The windows before one in the file, found by their names: a competition may have very many."""

    periods: dict[str, WindowTerms] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    full_names: dict[str, WindowTerms] = field(default_factory=dict)

    def add(self, window: WindowTerms) -> None:
        self.periods.setdefault(window.key[0], window)
        self.names.add(window.key)
        self.full_names.setdefault(_full_name(window), window)


def window_fault(window: WindowTerms, earlier: EarlierWindows) -> tuple[str, str] | None:
    """What is wrong with a window beside those before it in the file: (column key, sentence), or None."""
    for key, day in (("first_day", window.first_day), ("last_day", window.last_day)):
        if day.year not in YEARS:
            return key, f"A service period lies in the years {YEARS[0]} to {YEARS[-1]}."
    if window.last_day < window.first_day:
        return "last_day", "Period End Date must not be before Period Start Date."
    if (window.last_day - window.first_day).days > LONGEST_PERIOD_DAYS:
        return "last_day", "A service period lasts up to 30 years."
    if window.minimum_aggregate_mw > window.capacity_required_mw:
        return "minimum_aggregate_mw", "Minimum Aggregate Size must not be more than Capacity Required."
    period = earlier.periods.get(window.key[0])
    if period is not None and (period.first_day, period.last_day) != (window.first_day, window.last_day):
        return "first_day", f"The period “{window.period}” has other dates in an earlier row."
    if window.key in earlier.names:
        return "name", f"The period “{window.period}” already has a window named “{window.name}”."
    other = earlier.full_names.get(_full_name(window))
    if other is not None:
        return (
            "name",
            f"Can't be told from “{other.name}” in the period “{other.period}”: rename one of them.",
        )
    return None


def _full_name(window: WindowTerms) -> str:
    """How the window is named beside others, as in “Winter/Evening”."""
    return key_form(f"{window.period}/{window.name}")


def warnings_about(terms: Terms, *, is_new: bool, now: datetime) -> Iterator[Finding]:
    """What is allowed but worth a look."""
    if is_new:
        for key in ("qualification_open", "qualification_close", "bidding_open", "bidding_close"):
            if terms.header[key] is not None and terms.header[key] <= now:
                yield Finding(key, f"{NAMES[key]} is in the past.", "warning")
    kind = terms.header["competition_type"]
    if kind and "utilisation_price" in CompetitionType(kind).prices:
        missing = [
            w.name for w in terms.windows if w.dispatch_estimate is None or w.dispatch_duration is None
        ]
        if missing:
            names = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
            message = f"Without dispatch estimate and duration the utilisation of these windows counts as zero cost: {names}."
            yield Finding(None, message, "warning")
