"""What is known of an asset, each fact declared once: how the database gives it and how plain values do.

Facts are whole numbers in the columns of an array, so that a value at a limit is decided exactly: voltages in
1/10,000 kV, capacities in millionths of a MW (or MVAr), durations and instants in microseconds, days as
ordinals.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Facts = npt.NDArray[Any]
"""A structured array with one record an asset and one column a fact."""
Record = Any
"""One record of :data:`Facts`."""

UNKNOWN = -1
NO_DAY = 2**31 - 1
VOLTAGE_SCALE = 10**4
CAPACITY_SCALE = 10**6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(ABC):
    """How a sort of value is kept in a column of the array.

    ``numpy`` is the column's type; ``unknown`` stands for a value that isn't given, None where there always
    is one.
    """

    numpy: ClassVar[str]
    unknown: ClassVar[int | None] = UNKNOWN

    @abstractmethod
    def sql(self, column: str) -> str:
        """The SQL that makes the number of a database column; NULL where it isn't given."""

    @abstractmethod
    def number(self, value: Any) -> Any:
        """The number of a plain value that is given."""


@dataclass(frozen=True)
class Fact:
    """One thing known of an asset. ``name`` is the field of the asset, and the column of the array.

    ``table`` is ``a`` for the asset's own fields and ``t`` for those of its type.
    """

    name: str
    kind: Kind
    table: str = "a"

    def sql(self, *, is_always_given: bool) -> str:
        """The SQL of the number; where the field may be empty, with what stands for unknown."""
        expression = self.kind.sql(f"{self.table}.{self.name}")
        return expression if is_always_given else f"COALESCE({expression}, {self.kind.unknown})"

    def number(self, value: Any) -> Any:
        """The number of a plain value; None and blank text are unknown."""
        if value is None or value == "":
            return self.kind.unknown
        return self.kind.number(value)


@dataclass(frozen=True)
class Keys(Kind):
    """Ids, as their bytes: ``V16``, or ``S16`` to compare many, which drops zero bytes at the end."""

    numpy: str = "V16"  # type: ignore[misc]
    unknown = None

    def sql(self, column: str) -> str:
        return column

    def number(self, value: uuid.UUID) -> bytes:
        return value.bytes


@dataclass(frozen=True)
class Degrees(Kind):
    """Latitudes and longitudes, the only facts that are not whole numbers."""

    numpy = "f8"
    unknown = None

    def sql(self, column: str) -> str:
        return f"{column}::float8"

    def number(self, value: Decimal) -> float:
        return float(value)


@dataclass(frozen=True)
class Decimals(Kind):
    """Decimals in whole numbers of 1/``scale``."""

    scale: int
    numpy = "i8"

    def sql(self, column: str) -> str:
        return f"({column} * {self.scale})::int8"

    def number(self, value: Decimal) -> int | None:
        return scaled(value, self.scale)


@dataclass(frozen=True)
class Durations(Kind):
    """Durations in microseconds."""

    numpy = "i8"

    def sql(self, column: str) -> str:
        return f"(EXTRACT(EPOCH FROM {column}) * 1000000)::int8"

    def number(self, value: timedelta) -> int | None:
        return microseconds(value)


@dataclass(frozen=True)
class Instants(Kind):
    """Instants in microseconds since 1970."""

    numpy = "i8"

    def sql(self, column: str) -> str:
        return f"(EXTRACT(EPOCH FROM {column}) * 1000000)::int8"

    def number(self, value: datetime) -> int:
        return instant(value)


@dataclass(frozen=True)
class Days(Kind):
    """Days as ordinals; an unknown one is after all others."""

    numpy = "i4"
    unknown = NO_DAY

    def sql(self, column: str) -> str:
        return f"{column} - DATE '0001-01-01' + 1"

    def number(self, value: date) -> int:
        return value.toordinal()


@dataclass(frozen=True)
class OneOf(Kind):
    """Values of a list, as their places in it."""

    values: tuple[str, ...]
    numpy = "i4"

    def sql(self, column: str) -> str:
        known = ", ".join(f"'{value}'" for value in self.values)
        return f"array_position(ARRAY[{known}]::text[], {column}::text) - 1"

    def number(self, value: str) -> int:
        return self.values.index(value)

    def among(self, taken: frozenset[str]) -> list[int]:
        """The numbers of the values that are taken."""
        return [number for number, value in enumerate(self.values) if value in taken]


@dataclass(frozen=True)
class MeterIds(Kind):
    """Meter IDs, which are digits, as whole numbers."""

    numpy = "i8"

    def sql(self, column: str) -> str:
        return f"NULLIF({column}, '')::int8"

    def number(self, value: str) -> int:
        return int(value)


def microseconds(length: timedelta | None) -> int | None:
    """A duration in whole microseconds; None stays None."""
    return None if length is None else length // timedelta(microseconds=1)


def instant(moment: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def scaled(number: Decimal | None, scale: int) -> int | None:
    """A decimal as a whole number of 1/scale; None stays None. Raises ``ValueError`` where digits would be
    lost."""
    if number is None:
        return None
    whole = number * scale
    if whole != int(whole):
        raise ValueError(f"{number} has more decimals than can be decided exactly.")
    return int(whole)


def megawatts(millionths: int) -> Decimal:
    """A capacity in millionths as MW or MVAr."""
    return Decimal(millionths) / CAPACITY_SCALE


def provider_key(provider_id: uuid.UUID) -> bytes:
    """A provider's id as the facts hold it: its bytes, without zero bytes at the end."""
    return provider_id.bytes.rstrip(b"\0")


def distinct(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Each fact once, in the order given. Raises ``ValueError`` where one name is declared in two ways."""
    found: dict[str, Fact] = {}
    for fact in facts:
        if found.setdefault(fact.name, fact) != fact:
            raise ValueError(f"The fact {fact.name} is declared in two ways.")
    return tuple(found.values())
