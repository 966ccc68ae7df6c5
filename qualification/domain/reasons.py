"""Verdicts in words: why an asset fails a criterion, with the numbers, and what would make it pass."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from competitions.enums import AssetCategory, AssetStatus
from marketplace.dates import day_text, moment_text
from qualification.domain.criteria import (
    CATEGORIES,
    EPOCH,
    NO_DAY,
    STATUSES,
    UNKNOWN,
    VOLTAGE_SCALE,
    Facts,
    Terms,
)
from qualification.enums import CapacityType, Criterion

OUTSIDE = "It lies outside the boundary."


def reasons(terms: Terms, facts: Facts, failed: Mapping[Criterion, Any] | list[Criterion]) -> dict[Criterion, str]:
    """Why one asset (the only record of ``facts``) fails each of ``failed``, in words with the numbers."""
    return {criterion: REASONS[criterion](terms, facts[0]) for criterion in failed}


def _number(whole: int, scale: int) -> str:
    text = f"{Decimal(int(whole)) / scale:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration_in_words(length: int) -> str:
    """A number of microseconds in words: ``1 h 30 min``."""
    seconds, rest = divmod(int(length), 10**6)
    days, seconds = divmod(seconds, 86_400)
    parts = [
        f"{number} {unit}"
        for number, unit in (
            (days, "d"),
            (seconds // 3600, "h"),
            (seconds % 3600 // 60, "min"),
            (seconds % 60, "s"),
            (rest, "µs"),
        )
        if number
    ]
    return " ".join(parts) or "0 s"


def _day(ordinal: int) -> str:
    return day_text(date.fromordinal(int(ordinal)))


def _voltage_reason(terms: Terms, one: Any) -> str:
    own = _number(one["voltage"], VOLTAGE_SCALE)
    if terms.minimum_voltage is not None and one["voltage"] < terms.minimum_voltage:
        return f"Its voltage of {own} kV is below the minimum of {_number(terms.minimum_voltage, VOLTAGE_SCALE)} kV."
    limit = _number(terms.maximum_voltage or 0, VOLTAGE_SCALE)
    return f"Its voltage of {own} kV is above the maximum of {limit} kV."


def _capacity_reason(terms: Terms, one: Any) -> str:
    names = " and ".join(CapacityType(capacity).label.lower() for capacity in terms.capacities)
    verb = "are" if len(terms.capacities) > 1 else "is"
    return f"It offers none of the capacity that is bought: its {names} {verb} 0."


def _listed(known: tuple[str, ...], taken: frozenset[str], labels: Callable[[str], str]) -> str:
    return ", ".join(labels(value) for value in known if value in taken)


def _status_reason(terms: Terms, one: Any) -> str:
    status = STATUSES[one["status"]]
    if status in terms.statuses and terms.first_service_day is not None:
        ready = _day(one["operational_day"]) if one["operational_day"] != NO_DAY else "an unknown date"
        return f"It is to operate from {ready}, after the first service day, {_day(terms.first_service_day)}."
    taken = _listed(STATUSES, terms.statuses, lambda value: AssetStatus(value).label)
    return f"Its status is {AssetStatus(status).label}; taken: {taken}."


def _category_reason(terms: Terms, one: Any) -> str:
    taken = _listed(CATEGORIES, terms.categories, lambda value: AssetCategory(value).label)
    return f"Its category is {AssetCategory(CATEGORIES[one['category']]).label}; taken: {taken}."


def _deadline_reason(terms: Terms, one: Any) -> str:
    """In the reader's time zone, which is active while a page or file is made for them; seconds where it was close."""
    zone = timezone.get_current_timezone()
    uploaded, closed = (
        EPOCH + timedelta(microseconds=int(each)) for each in (one["first_uploaded"], terms.qualification_close)
    )
    is_close = abs(uploaded - closed) < timedelta(minutes=1)
    told, limit = (moment_text(each, zone, seconds=is_close) for each in (uploaded, closed))  # type: ignore[arg-type]
    return f"It was first uploaded on {told}; qualification closed on {limit}."


def _slow_reason(name: str, words: str) -> Callable[[Terms, Any], str]:
    def reason(terms: Terms, one: Any) -> str:
        limit = duration_in_words(getattr(terms, name))
        if one[name] == UNKNOWN:
            return f"Its {words} is not given; at most {limit} is allowed."
        return f"Its {words} of {duration_in_words(one[name])} is above the maximum of {limit}."

    return reason


def _zone_reason(terms: Terms, one: Any) -> str:
    if one["import_meter"] == UNKNOWN and one["export_meter"] == UNKNOWN:
        return "It has no meter ID; one on the operator's list for the areas is needed."
    return "None of its meter IDs is on the operator's list for the areas."


def _run_time_reason(terms: Terms, one: Any) -> str:
    limit = duration_in_words(terms.run_time or 0)
    if one["maximum_run_time"] == UNKNOWN:
        return f"Its maximum run time is not given; at least {limit} is needed."
    return f"Its maximum run time of {duration_in_words(one['maximum_run_time'])} is below the minimum of {limit}."


REASONS: dict[Criterion, Callable[[Terms, Any], str]] = {
    Criterion.LOCATION: lambda terms, one: OUTSIDE,
    Criterion.VOLTAGE: _voltage_reason,
    Criterion.CAPACITY: _capacity_reason,
    Criterion.STATUS: _status_reason,
    Criterion.CATEGORY: _category_reason,
    Criterion.DEADLINE: _deadline_reason,
    Criterion.DPS: lambda terms, one: f"Its company is not approved on the DPS {terms.purchasing_system}.",
    Criterion.METER_ID: lambda terms, one: "It has no meter ID; one is required.",
    Criterion.METER_ZONE: _zone_reason,
    Criterion.RESPONSE_TIME: _slow_reason("response_time", "response time"),
    Criterion.RAMPING_PERIOD: _slow_reason("ramping_period", "ramping period"),
    Criterion.RECOVERY_TIME: _slow_reason("recovery_time", "recovery time"),
    Criterion.RUN_TIME: _run_time_reason,
}


def remedies(terms: Terms, failed: Mapping[Criterion, Any] | list[Criterion]) -> dict[Criterion, str]:
    """What would make an asset pass each of ``failed`` in this competition, in words."""
    return {criterion: REMEDIES[criterion](terms) for criterion in failed}


def _voltage_remedy(terms: Terms) -> str:
    limits = []
    if terms.minimum_voltage is not None:
        limits.append(f"at least {_number(terms.minimum_voltage, VOLTAGE_SCALE)} kV")
    if terms.maximum_voltage is not None:
        limits.append(f"at most {_number(terms.maximum_voltage, VOLTAGE_SCALE)} kV")
    return f"A voltage of {' and '.join(limits)}."


def _capacity_remedy(terms: Terms) -> str:
    names = " or ".join(CapacityType(capacity).label.lower() for capacity in terms.capacities)
    return f"Some {names} above 0."


def _status_remedy(terms: Terms) -> str:
    taken = _listed(STATUSES, terms.statuses, lambda value: AssetStatus(value).label)
    if AssetStatus.IN_DEVELOPMENT not in terms.statuses or terms.first_service_day is None:
        return f"One of these statuses: {taken}."
    return (
        f"One of these statuses: {taken}; in development with an operational date by {_day(terms.first_service_day)}."
    )


def _at_most(name: str, words: str) -> Callable[[Terms], str]:
    return lambda terms: f"A {words} of at most {duration_in_words(getattr(terms, name))}."


REMEDIES: dict[Criterion, Callable[[Terms], str]] = {
    Criterion.LOCATION: lambda terms: "A place in the boundary; or the operator qualifies it by an override.",
    Criterion.VOLTAGE: _voltage_remedy,
    Criterion.CAPACITY: _capacity_remedy,
    Criterion.STATUS: _status_remedy,
    Criterion.CATEGORY: lambda terms: (
        "One of these categories: "
        + _listed(CATEGORIES, terms.categories, lambda value: AssetCategory(value).label)
        + "."
    ),
    Criterion.DEADLINE: lambda terms: "Nothing any more, but an override by the operator.",
    Criterion.DPS: lambda terms: f"An approval of the company on the DPS {terms.purchasing_system}.",
    Criterion.METER_ID: lambda terms: "An import or export meter ID.",
    Criterion.METER_ZONE: lambda terms: "A meter ID that the operator lists for the areas; ask the operator.",
    Criterion.RESPONSE_TIME: _at_most("response_time", "response time"),
    Criterion.RAMPING_PERIOD: _at_most("ramping_period", "ramping period"),
    Criterion.RECOVERY_TIME: _at_most("recovery_time", "recovery time"),
    Criterion.RUN_TIME: lambda terms: f"A maximum run time of at least {duration_in_words(terms.run_time or 0)}.",
}


def asked(terms: Terms) -> list[Criterion]:
    """The criteria that bind in this competition, in the order of the rules: the others every asset passes."""
    free = {
        Criterion.VOLTAGE: terms.minimum_voltage is None and terms.maximum_voltage is None,
        Criterion.DPS: not terms.purchasing_system,
        Criterion.METER_ID: not terms.meter_id_required,
        Criterion.METER_ZONE: terms.zone is None,
        Criterion.RESPONSE_TIME: terms.response_time is None,
        Criterion.RAMPING_PERIOD: terms.ramping_period is None,
        Criterion.RECOVERY_TIME: terms.recovery_time is None,
        Criterion.RUN_TIME: terms.run_time is None,
    }
    return [criterion for criterion in Criterion if not free.get(criterion, False)]
