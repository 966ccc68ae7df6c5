"""What the columns of a meter file mean. Pure, and plain enough to be kept under a name."""

from collections.abc import Mapping as Told
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Shape(StrEnum):
    LONG = "long"
    WIDE = "wide"


class Names(StrEnum):
    """Which end of its interval a stamp names."""

    START = "start"
    END = "end"


class Clock(StrEnum):
    """By which clock stamps without an offset are read."""

    OFFSET = "offset"
    UTC = "utc"
    LOCAL = "local"
    STANDARD = "standard"


class Order(StrEnum):
    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Measure(StrEnum):
    """Energy of the interval, or its mean power."""

    WH = "Wh"
    KWH = "kWh"
    MWH = "MWh"
    W = "W"
    KW = "kW"
    MW = "MW"

    @property
    def is_power(self) -> bool:
        return not self.value.endswith("h")

    @property
    def kilo(self) -> Decimal:
        """How many kW or kWh one of it is."""
        return {"W": Decimal("0.001"), "k": Decimal(1), "M": Decimal(1000)}[self.value[0]]


class Sign(StrEnum):
    """What a positive number in a column for both directions means."""

    IMPORT = "import"
    EXPORT = "export"


@dataclass(frozen=True)
class Mapping:
    """How a file is read. Columns are counted from 0.

    ``head`` lines come before the first reading. A meter stands in a column, or the whole file is of ``asset``. The time is one
    column, or a day with a column for clock time or period number; wide files have a day a row and ``periods``, the columns
    of its periods in their order, each with its ``label``. Values are one column for both directions, or one for each;
    ``flow`` is the column that tells the direction of the row. ``exact`` refuses more than six decimals.
    """

    shape: Shape
    head: int = 1
    meter: int | None = None
    asset: str = ""
    stamp: int | None = None
    time: int | None = None
    period: int | None = None
    names: Names = Names.START
    clock: Clock = Clock.LOCAL
    order: Order = Order.YEAR_FIRST
    minutes: int = 30
    minutes_column: int | None = None
    periods: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    value: int | None = None
    imported: int | None = None
    exported: int | None = None
    measure: Measure = Measure.KWH
    sign: Sign = Sign.IMPORT
    flow: int | None = None
    quality: int | None = None
    qualities: tuple[int, ...] = ()
    decimal: str = "."
    exact: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values, such that :func:`mapping_of` gives the mapping again."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


TYPES: dict[str, Any] = {
    "shape": Shape,
    "names": Names,
    "clock": Clock,
    "order": Order,
    "measure": Measure,
    "sign": Sign,
    "periods": tuple,
    "labels": tuple,
    "qualities": tuple,
}


def mapping_of(told: Told[str, Any]) -> Mapping:
    """The mapping that these plain values tell; what they don't name is as it is by default. Raises ``ValueError``."""
    known = {each.name for each in fields(Mapping)}
    values = {
        name: TYPES.get(name, lambda value: value)(value) for name, value in told.items() if name in known
    }
    return Mapping(**values)


def with_values(mapping: Mapping, **values: Any) -> Mapping:
    """The mapping with some of its fields replaced."""
    return replace(mapping, **values)
