"""A month to settle as files tell it (``case.json`` and ``meter-*.csv``), as the functions that settle take it. Pure."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from competitions.domain.settlement_terms import AvailabilityMode, UnusableTerms
from competitions.domain.terms_fields import layered, told_terms_of
from marketplace.calendar import HolidayRule
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.fixed_reference import Reference
from operations.domain.baselines.methods import UnitFacts
from operations.domain.baselines.nominated import Nomination
from operations.domain.known_units import UnitKnown
from operations.domain.occurrences import Stretch, Window
from operations.domain.profiles import Event, EventType, Requested, requested
from operations.domain.series import Quality, Reading, UnusableReading, checked, no_readings, series_of
from settlement.domain.lines import Contracted

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SIGMA = {"Deficit": 1, "Excess": -1}
QUALITIES = {
    "": Quality.ACTUAL,
    "A": Quality.ACTUAL,
    "ACTUAL": Quality.ACTUAL,
    "R": Quality.ACTUAL,
    "E": Quality.ESTIMATED,
    "ESTIMATED": Quality.ESTIMATED,
    "M": Quality.MISSING,
    "MISSING": Quality.MISSING,
}
HALF_HOURS = 48
MOST_DIGITS = 30


class UnusableCase(ValueError):
    """A case that can't be settled: the message is the sentence for people."""


@dataclass(frozen=True)
class CalledDispatch:
    """A dispatch of a case with what its events came to."""

    id: str
    contract: str
    kind: str
    issued_at: datetime
    requested: Requested


@dataclass(frozen=True)
class Case:
    """Everything that settles: ``months`` by their first day, contracts by id, dispatches in the order of the file."""

    zone: ZoneInfo
    holidays: frozenset[date]
    months: Sequence[date]
    contracts: Mapping[str, Contracted]
    dispatches: Sequence[CalledDispatch]
    units: Mapping[str, UnitKnown]
    vat_rates: Mapping[str, Fraction]


def case_of(text: str, meters: Mapping[str, str]) -> Case:
    """The case of ``case.json`` and, by file name, the meter files. Raises ``UnusableCase``."""
    try:
        told = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise UnusableCase("case.json is not a JSON document.") from None
    if not isinstance(told, dict):
        raise UnusableCase("case.json must hold an object.")
    try:
        return _case(told, meters)
    except UnusableTerms as error:
        raise UnusableCase(str(error)) from None
    except KeyError as missing:
        raise UnusableCase(f"case.json lacks the field {missing}.") from None
    except UnusableCase:
        raise
    except (TypeError, AttributeError, ValueError, ArithmeticError):
        raise UnusableCase("case.json does not have the shape of a case.") from None


def _case(told: Mapping[str, Any], meters: Mapping[str, str]) -> Case:
    zone = _zone(told.get("zone", "Europe/London"))
    holidays = frozenset(_day(each) for each in told.get("holidays", ()))
    contracts = {str(each["id"]): _contract(each, told) for each in told["contracts"]}
    dispatches = [_dispatch(each, contracts) for each in told.get("dispatches", ())]
    return Case(
        zone,
        holidays,
        [_month(each) for each in told["months"]],
        contracts,
        dispatches,
        _units(told, meters, contracts, holidays),
        {str(seller): _exact(rate) for seller, rate in (told.get("vat_rates") or {}).items()},
    )


def _contract(told: Mapping[str, Any], case: Mapping[str, Any]) -> Contracted:
    name = str(told["id"])
    if told["direction"] not in SIGMA:
        raise UnusableCase(f"The direction of contract {name} is Deficit or Excess.")
    terms = told_terms_of(layered(case.get("terms") or {}, told.get("terms") or {}))
    return Contracted(
        id=name,
        seller=str(told["seller"]),
        capacity_mw=_exact(told["capacity_mw"]),
        sigma=SIGMA[told["direction"]],
        units=[str(each) for each in told["assets"]],
        window=_window(told["window"]),
        availability_price=_price(told, "availability_price"),
        utilisation_price=_price(told, "utilisation_price"),
        service_fee=_price(told, "service_fee"),
        terms=terms,
        accepted=[
            Stretch(_instant(each["start"]), _instant(each["end"]), _exact(each["accepted_mw"]))
            for each in case.get("availability", ())
            if each["contract"] == name
        ],
        unavailable=[
            Stretch(_instant(each["start"]), _instant(each["end"]), _exact(each["available_mw"]))
            for each in case.get("unavailability", ())
            if each["contract"] == name
        ],
        until=_instant(told["until"]) if told.get("until") else None,
    )


def _window(told: Mapping[str, Any]) -> Window:
    unknown = [each for each in told["days"] if each not in DAYS]
    if unknown:
        raise UnusableCase(f"“{unknown[0]}” is not a day of the week.")
    try:
        rule = HolidayRule(str(told.get("public_holidays", "Ignore")).lower())
    except ValueError:
        raise UnusableCase("public_holidays is Ignore, Exclude or Include.") from None
    return Window(
        _day(told["first_day"]),
        _day(told["last_day"]),
        frozenset(DAYS.index(each) for each in told["days"]),
        _time(told["start"]),
        _time(told["end"]),
        rule,
    )


def _dispatch(told: Mapping[str, Any], contracts: Mapping[str, Contracted]) -> CalledDispatch:
    name, contract = str(told["id"]), contracts.get(str(told["contract"]))
    if contract is None:
        raise UnusableCase(f"Dispatch {name} names a contract that the case does not hold.")
    events = [_event(each) for each in told["events"]]
    if not events or events[0].type is not EventType.ISSUE:
        raise UnusableCase(f"The first event of dispatch {name} must be its issue.")
    events += _end_of(events[0], contract.until)
    return CalledDispatch(
        name,
        contract.id,
        str(told.get("kind", "operational")),
        events[0].at,
        requested(
            events,
            acknowledge_minutes=contract.terms.acknowledge_minutes,
            stands_unanswered=contract.terms.availability.mode is not AvailabilityMode.NONE,
        ),
    )


def _end_of(issue: Event, until: datetime | None) -> list[Event]:
    """What the withdrawal of a contract does to a dispatch: it ends one that runs and cancels one that comes."""
    if until is None or issue.start is None:
        return []
    return [Event(EventType.CANCEL if issue.start >= until else EventType.STOP, until)]


def _event(told: Mapping[str, Any]) -> Event:
    try:
        kind = EventType(str(told["type"]))
    except ValueError:
        raise UnusableCase(f"“{told['type']}” is not an event of a dispatch.") from None
    if kind in (EventType.ISSUE, EventType.AMEND) and not {"start", "end", "mw"} <= set(told):
        raise UnusableCase("An issue or amendment of a dispatch needs start, end and mw.")
    return Event(
        kind,
        _instant(told["at"]),
        _instant(told["start"]) if told.get("start") else None,
        _instant(told["end"]) if told.get("end") else None,
        _exact(told["mw"]) if told.get("mw") is not None else None,
        None if told.get("amendment") is None else int(told["amendment"]),
    )


def _units(
    told: Mapping[str, Any],
    meters: Mapping[str, str],
    contracts: Mapping[str, Contracted],
    holidays: frozenset[date],
) -> dict[str, UnitKnown]:
    readings: dict[str, list[Reading]] = defaultdict(list)
    for name, text in sorted(meters.items()):  # of two files that hold an interval the later name counts
        for unit, reading in readings_of(name, text):
            readings[unit].append(reading)
    nominations = _nominations(told.get("nominations", ()))
    excluded = told.get("excluded_days") or {}
    references = told.get("references") or {}
    names = {unit for each in contracts.values() for unit in each.units}
    return {
        unit: UnitKnown(
            series_of(readings[unit]) if unit in readings else no_readings(),
            UnitFacts(
                UnitDays(holidays, (), frozenset(_day(each) for each in excluded.get(unit, ()))),
                _references(references.get(unit)),
                nominations.get(unit, ()),
            ),
        )
        for unit in sorted(names)
    }


def _nominations(told: Iterable[Mapping[str, Any]]) -> dict[str, list[Nomination]]:
    found: dict[str, list[Nomination]] = defaultdict(list)
    for each in told:
        found[str(each["asset"])].append(
            Nomination(
                _instant(each["period_start"]),
                _exact(each["kw"]),
                _instant(each["submitted_at"]),
                bool(each.get("late_accepted", False)),
            )
        )
    return found


def _references(told: Mapping[str, Any] | None) -> list[Reference]:
    if told is None:
        return []
    kw = [_exact(each) for each in told["kw"]]
    if len(kw) != HALF_HOURS:
        raise UnusableCase(f"A fixed reference has {HALF_HOURS} half-hours, not {len(kw)}.")
    return [Reference(date.min, kw, int(told.get("devices", 1)))]


def readings_of(name: str, text: str) -> Iterable[tuple[str, Reading]]:
    """Unit and reading of each row of a meter file in the canonical form. Raises ``UnusableCase`` naming file and row."""
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    headers = rows.fieldnames or ()
    needed = ("Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)")
    missing = [each for each in needed if each not in headers]
    if missing:
        raise UnusableCase(f"{name} has no column {missing[0]}.")
    known: dict[tuple[str, datetime, int], Reading] = {}
    for number, row in enumerate(rows, 2):
        try:
            unit, reading = str(row["Asset Ref"]).strip(), _reading(row)
            if known.setdefault((unit, reading.start, reading.minutes), reading) != reading:
                raise UnusableCase("The interval is there twice, with different values.")
        except (UnusableCase, UnusableReading) as error:
            raise UnusableCase(f"{name}, row {number}: {error}") from None
        yield unit, reading


def _reading(row: Mapping[str, str | None]) -> Reading:
    imported, exported = (row["Import (kWh)"] or "").strip(), (row["Export (kWh)"] or "").strip()
    quality = QUALITIES.get((row.get("Quality") or "").strip().upper())
    if quality is None:
        raise UnusableCase(f"“{row.get('Quality')}” is not a quality of a reading.")
    if not imported and not exported:
        quality = Quality.MISSING
    minutes = _minutes(row["Minutes"])
    return checked(
        Reading(_instant(row["Period Start"]), minutes, _energy(imported), _energy(exported), quality)
    )


@lru_cache(maxsize=16)  # the rows of a meter say the same
def _minutes(told: str | None) -> int:
    minutes = _exact(told)
    if minutes.denominator != 1:
        raise UnusableCase(f"“{told}” is not a number of minutes.")
    return int(minutes)


def _energy(told: str) -> Decimal:
    try:
        return Decimal(told or "0")
    except InvalidOperation:
        raise UnusableCase(f"“{told}” is not a number.") from None


def _price(told: Mapping[str, Any], name: str) -> Fraction | None:
    return None if told.get(name) in (None, "") else _exact(told[name])


def _exact(told: Any) -> Fraction:
    try:
        number = Decimal(str(told))
        if number.is_finite() and abs(number.adjusted()) > MOST_DIGITS:
            raise UnusableCase(f"“{told}” has more digits than a number here may have.")
        return Fraction(number)
    except UnusableCase:
        raise
    except (InvalidOperation, ValueError, OverflowError):
        raise UnusableCase(f"“{told}” is not a number.") from None


def _instant(told: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        raise UnusableCase(f"“{told}” is not a date and time.") from None
    if found.tzinfo is None:
        raise UnusableCase(f"“{told}” has no offset: write it with Z or +01:00.")
    return found.astimezone(UTC)


def _day(told: Any) -> date:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        raise UnusableCase(f"“{told}” is not a date.") from None


def _month(told: Any) -> date:
    return _day(f"{told}-01")


def _time(told: Any) -> time:
    text = str(told)
    try:
        return time(0) if text == "24:00" else time.fromisoformat(text)
    except ValueError:
        raise UnusableCase(f"“{told}” is not a time of day.") from None


def _zone(told: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(told))
    except (KeyError, ValueError, OSError):
        raise UnusableCase(f"“{told}” is not a time zone.") from None
