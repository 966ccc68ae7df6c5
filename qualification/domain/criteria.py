"""The criteria of technical qualification: a pure calculation over plain arrays.

Numbers are whole numbers so that a value at a limit is decided exactly: voltages in 1/10,000 kV, capacities in
millionths of a MW (or MVAr), durations and instants in microseconds, days as ordinals. Unknown is -1.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from competitions.enums import AssetCategory, AssetStatus
from qualification.enums import CapacityType, Criterion

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Facts = npt.NDArray[Any]
"""A structured array with one record an asset; the fields are those of :data:`FACT_FIELDS`."""

VOLTAGE_SCALE = 10**4
CAPACITY_SCALE = 10**6
UNKNOWN = -1
NO_DAY = 2**31 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATUSES: tuple[str, ...] = tuple(AssetStatus.values)
CATEGORIES: tuple[str, ...] = tuple(AssetCategory.values)
DURATIONS = ("response_time", "ramping_period", "recovery_time", "maximum_run_time")
ORDER: tuple[Criterion, ...] = tuple(Criterion)
BIT: dict[Criterion, int] = {criterion: 1 << place for place, criterion in enumerate(ORDER)}

FACT_FIELDS: dict[str, str] = {
    "id": "V16",
    "provider": "S16",
    "longitude": "f8",
    "latitude": "f8",
    "voltage": "i8",
    **{str(capacity): "i8" for capacity in CapacityType.values},
    "status": "i4",
    "category": "i4",
    "operational_day": "i4",
    "first_uploaded": "i8",
    "import_meter": "i8",
    "export_meter": "i8",
    **dict.fromkeys(DURATIONS, "i8"),
}
FACTS = np.dtype(list(FACT_FIELDS.items()))


@dataclass(frozen=True)
class Terms:
    """What one competition asks of an asset; None where a limit does not bind.

    ``approved`` holds the :func:`provider_key` of each company approved on the DPS ``purchasing_system``; ``zone`` the
    meter IDs, as whole numbers, of the operator's lists for the areas, where one of them is asked for.
    """

    capacities: tuple[str, ...]
    qualification_close: int
    statuses: frozenset[str]
    categories: frozenset[str]
    first_service_day: int | None = None
    minimum_voltage: int | None = None
    maximum_voltage: int | None = None
    purchasing_system: str = ""
    meter_id_required: bool = False
    zone: Whole | None = field(default=None, compare=False)
    response_time: int | None = None
    ramping_period: int | None = None
    recovery_time: int | None = None
    run_time: int | None = None
    approved: frozenset[bytes] = frozenset()


def microseconds(length: timedelta | None) -> int | None:
    """A duration in whole microseconds; None stays None."""
    return None if length is None else length // timedelta(microseconds=1)


def instant(moment: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def scaled(number: Decimal | None, scale: int) -> int | None:
    """A decimal as a whole number of 1/scale; None stays None. Raises ``ValueError`` where digits would be lost."""
    if number is None:
        return None
    whole = number * scale
    if whole != int(whole):
        raise ValueError(f"{number} has more decimals than can be decided exactly.")
    return int(whole)


def megawatts(millionths: int) -> Decimal:
    """A capacity in millionths as MW or MVAr."""
    return Decimal(millionths) / CAPACITY_SCALE


def relevant_capacity(terms: Terms, facts: Facts) -> Whole:
    """The capacity that counts in the competition, in millionths: the sum over its capacity types."""
    total = np.zeros(len(facts), dtype=np.int64)
    for capacity in terms.capacities:
        total += facts[capacity]
    return total


def _outside_voltage(terms: Terms, facts: Facts) -> Flags:
    failed = np.zeros(len(facts), dtype=bool)
    if terms.minimum_voltage is not None:
        failed |= facts["voltage"] < terms.minimum_voltage
    if terms.maximum_voltage is not None:
        failed |= facts["voltage"] > terms.maximum_voltage
    return failed


def _codes(known: tuple[str, ...], taken: frozenset[str]) -> list[int]:
    return [code for code, value in enumerate(known) if value in taken]


def _wrong_status(terms: Terms, facts: Facts) -> Flags:
    failed = ~np.isin(facts["status"], _codes(STATUSES, terms.statuses))
    if terms.first_service_day is not None:
        developing = facts["status"] == STATUSES.index(AssetStatus.IN_DEVELOPMENT)
        failed |= developing & (facts["operational_day"] > terms.first_service_day)
    return failed


def _wrong_category(terms: Terms, facts: Facts) -> Flags:
    return ~np.isin(facts["category"], _codes(CATEGORIES, terms.categories))


def _too_slow(name: str) -> "Callable[[Terms, Facts], Flags]":
    def failing(terms: Terms, facts: Facts) -> Flags:
        limit = getattr(terms, name)
        if limit is None:
            return np.zeros(len(facts), dtype=bool)
        return cast(Flags, (facts[name] == UNKNOWN) | (facts[name] > limit))

    return failing


def _too_short(terms: Terms, facts: Facts) -> Flags:
    if terms.run_time is None:
        return np.zeros(len(facts), dtype=bool)
    return cast(Flags, (facts["maximum_run_time"] == UNKNOWN) | (facts["maximum_run_time"] < terms.run_time))


def provider_key(provider_id: uuid.UUID) -> bytes:
    """A provider's id as the facts hold it: its bytes, without zero bytes at the end."""
    return provider_id.bytes.rstrip(b"\0")


def _not_approved(terms: Terms, facts: Facts) -> Flags:
    if not terms.purchasing_system:
        return np.zeros(len(facts), dtype=bool)
    return ~np.isin(facts["provider"], np.array(sorted(terms.approved), dtype="S16"))


def _without_meter(terms: Terms, facts: Facts) -> Flags:
    if not terms.meter_id_required:
        return np.zeros(len(facts), dtype=bool)
    return cast(Flags, (facts["import_meter"] == UNKNOWN) & (facts["export_meter"] == UNKNOWN))


def _outside_zone(terms: Terms, facts: Facts) -> Flags:
    if terms.zone is None:
        return np.zeros(len(facts), dtype=bool)
    return ~(np.isin(facts["import_meter"], terms.zone) | np.isin(facts["export_meter"], terms.zone))


CHECKS: dict[Criterion, Callable[[Terms, Facts], Flags]] = {
    Criterion.VOLTAGE: _outside_voltage,
    Criterion.CAPACITY: lambda terms, facts: relevant_capacity(terms, facts) <= 0,
    Criterion.STATUS: _wrong_status,
    Criterion.CATEGORY: _wrong_category,
    Criterion.DEADLINE: lambda terms, facts: facts["first_uploaded"] >= terms.qualification_close,
    Criterion.DPS: _not_approved,
    Criterion.METER_ID: _without_meter,
    Criterion.METER_ZONE: _outside_zone,
    Criterion.RESPONSE_TIME: _too_slow("response_time"),
    Criterion.RAMPING_PERIOD: _too_slow("ramping_period"),
    Criterion.RECOVERY_TIME: _too_slow("recovery_time"),
    Criterion.RUN_TIME: _too_short,
}
"""Which assets fail, criterion by criterion; ``location`` is decided by place, in the module of that name."""


def failing(terms: Terms, facts: Facts) -> Whole:
    """For each asset the criteria that it fails, as the sum of their :data:`BIT` values (0: it passes all)."""
    failed = np.zeros(len(facts), dtype=np.int64)
    for criterion, check in CHECKS.items():
        failed |= np.where(check(terms, facts), BIT[criterion], 0)
    return failed


def criteria_of(bits: int) -> list[Criterion]:
    """The criteria that a sum of bits stands for, in the order of the rules."""
    return [criterion for criterion in ORDER if bits & BIT[criterion]]
