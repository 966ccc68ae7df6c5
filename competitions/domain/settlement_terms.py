"""By what rules a contract is run and paid: the terms as plain data, their defaults, and what can't be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from competitions.domain.curves import READY_MADE, Curve, UnusableCurve, curve_of
from marketplace.numbers import count_text


class UnusableTerms(ValueError):
    """Terms that can't be: the message is the sentence for people."""


class AvailabilityMode(StrEnum):
    FIXED = "fixed"
    DECLARED = "declared"
    NONE = "none"


class AvailabilityFactor(StrEnum):
    """Over which dispatches the rate is taken that scales the availability payment."""

    NONE = "none"
    OCCURRENCE = "occurrence"
    MONTH = "month"
    PREVIOUS_MONTH = "previous_month"


class Basis(StrEnum):
    """Whether the curve is applied to each settlement period or to the dispatch as a whole."""

    PERIOD = "period"
    DISPATCH = "dispatch"


class PenaltyCap(StrEnum):
    """What the penalties of a month are at most: its utilisation payments, or all its payments."""

    NONE = "none"
    UTILISATION = "utilisation"
    ALL = "all"


class BaselineMethod(StrEnum):
    CONSTANT = "constant"
    FIXED_REFERENCE = "fixed_reference"
    NOMINATED = "nominated"
    RECENT_DAYS = "recent_days"
    METER_BEFORE = "meter_before"


class Select(StrEnum):
    """Which of the days that may be used are."""

    MIDDLE = "middle"
    HIGH = "high"
    LOW = "low"


class AdjustmentKind(StrEnum):
    ADDITIVE = "additive"
    MULTIPLICATIVE = "multiplicative"


@dataclass(frozen=True)
class DayCounts:
    """Of a class of days: how many are used, how many are looked at, with how few there is still a baseline."""

    used: int
    nearest: int
    least: int


@dataclass(frozen=True)
class Adjustment:
    """How a baseline follows the meter before the dispatch: over ``minutes`` that end ``gap_minutes`` before its start."""

    kind: AdjustmentKind = AdjustmentKind.ADDITIVE
    minutes: int = 120
    gap_minutes: int = 60
    cap: Fraction = Fraction(1, 5)
    one_sided: bool = False


@dataclass(frozen=True)
class BaselineTerms:
    """The method and what it needs; ``kw`` is the net power of the constant, export positive."""

    method: BaselineMethod = BaselineMethod.RECENT_DAYS
    kw: Fraction = Fraction(0)
    working: DayCounts = DayCounts(10, 10, 5)
    other: DayCounts = DayCounts(4, 4, 2)
    select: Select = Select.MIDDLE
    lookback_days: int = 60
    adjustment: Adjustment | None = None
    before_minutes: int = 30


@dataclass(frozen=True)
class AvailabilityTerms:
    mode: AvailabilityMode = AvailabilityMode.FIXED
    factor: AvailabilityFactor = AvailabilityFactor.NONE
    curve: Curve = READY_MADE["proportional"]
    declined_forfeits: bool = True


@dataclass(frozen=True)
class UtilisationTerms:
    """``cap``: delivered energy counts up to this share of the requested."""

    curve: Curve = READY_MADE["proportional"]
    basis: Basis = Basis.PERIOD
    cap: Fraction = Fraction(1)
    tests_paid: bool = True


@dataclass(frozen=True)
class PenaltyTerms:
    """``price`` in currency a MWh, and ``multiple`` times the utilisation price, added; ``tolerance`` is free of it."""

    price: Fraction = Fraction(0)
    multiple: Fraction = Fraction(0)
    tolerance: Fraction = Fraction(0)
    cap: PenaltyCap = PenaltyCap.NONE


@dataclass(frozen=True)
class NominationTerms:
    """Until when a nominated baseline must be there: local time, so many days before the period's day."""

    days_before: int = 1
    time: time = time(12)


@dataclass(frozen=True)
class SettlementTerms:
    """All of them; what a settlement is made of depends on nothing else of a competition."""

    period_minutes: int = 30
    baseline: BaselineTerms = field(default_factory=BaselineTerms)
    estimated_counts: bool = False
    availability: AvailabilityTerms = field(default_factory=AvailabilityTerms)
    acknowledge_minutes: int = 15
    utilisation: UtilisationTerms = field(default_factory=UtilisationTerms)
    penalty: PenaltyTerms = field(default_factory=PenaltyTerms)
    nomination: NominationTerms = field(default_factory=NominationTerms)


PERIODS = (1, 5, 15, 30)
LONGEST_ACKNOWLEDGEMENT = 44_640
HIGHEST_CAP = 2
_WHOLE = ("curve", "points", "working", "other")
"""What one layer of terms replaces whole in the layer below."""


def layered(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of ``above`` over those of ``below``, field by field; a curve is replaced whole."""
    found = dict(below)
    for name, value in above.items():
        known = found.get(name)
        if name not in _WHOLE and isinstance(value, Mapping) and isinstance(known, Mapping):
            found[name] = layered(known, value)
        else:
            found[name] = value
    return found


def terms_of(told: Mapping[str, Any]) -> SettlementTerms:
    """Terms as nested fields, decimals as text; what is absent is the default. Raises ``UnusableTerms``."""
    try:
        return _checked(
            SettlementTerms(
                period_minutes=_whole(told.get("period_minutes", 30), "The settlement period"),
                baseline=_baseline(told.get("baseline", {})),
                estimated_counts=_yes(told.get("estimated_counts", False), "estimated_counts"),
                availability=_availability(_part(told, "availability")),
                acknowledge_minutes=_whole(told.get("acknowledge_minutes", 15), "The time to acknowledge"),
                utilisation=_utilisation(_part(told, "utilisation")),
                penalty=_penalty(_part(told, "penalty")),
                nomination=_nomination(_part(told, "nomination")),
            )
        )
    except UnusableCurve as error:
        raise UnusableTerms(str(error)) from None


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name) or {}
    if not isinstance(found, Mapping):
        raise UnusableTerms(f"The terms' {name} must be a group of fields.")
    return found


def _baseline(told: Any) -> BaselineTerms:
    if isinstance(told, str):
        told = {"method": told}
    if not isinstance(told, Mapping):
        raise UnusableTerms("The terms' baseline must be a method or a group of fields.")
    return BaselineTerms(
        method=_word(BaselineMethod, told.get("method", "recent_days"), "The baseline's method"),
        kw=_exact(told.get("kw", "0"), "The constant baseline"),
        working=_days(told.get("working", (10, 10, 5))),
        other=_days(told.get("other", (4, 4, 2))),
        select=_word(Select, told.get("select", "middle"), "The choice of days"),
        lookback_days=_whole(told.get("lookback_days", 60), "The days looked back"),
        adjustment=_adjustment(told.get("adjustment")),
        before_minutes=_whole(told.get("before_minutes", 30), "The minutes before"),
    )


def _days(told: Any) -> DayCounts:
    if not isinstance(told, list | tuple) or len(told) != 3:
        raise UnusableTerms("Days of a baseline are three numbers: used, looked at, and the least.")
    return DayCounts(*(_whole(each, "A number of days") for each in told))


def _adjustment(told: Any) -> Adjustment | None:
    if told in (None, "none"):
        return None
    if not isinstance(told, Mapping):
        raise UnusableTerms("The terms' adjustment must be a group of fields.")
    return Adjustment(
        kind=_word(AdjustmentKind, told.get("kind", "additive"), "The kind of adjustment"),
        minutes=_whole(told.get("minutes", 120), "The minutes of the adjustment"),
        gap_minutes=_whole(told.get("gap_minutes", 60), "The gap of the adjustment"),
        cap=_exact(told.get("cap", "0.2"), "The cap of the adjustment"),
        one_sided=_yes(told.get("one_sided", False), "one_sided"),
    )


def _availability(told: Mapping[str, Any]) -> AvailabilityTerms:
    return AvailabilityTerms(
        mode=_word(AvailabilityMode, told.get("mode", "fixed"), "The mode of availability"),
        factor=_word(AvailabilityFactor, told.get("factor", "none"), "The factor of availability"),
        curve=curve_of(told.get("curve", "proportional")),
        declined_forfeits=_yes(told.get("declined_forfeits", True), "declined_forfeits"),
    )


def _utilisation(told: Mapping[str, Any]) -> UtilisationTerms:
    return UtilisationTerms(
        curve=curve_of(told.get("curve", "proportional")),
        basis=_word(Basis, told.get("basis", "period"), "The basis of utilisation"),
        cap=_exact(told.get("cap", "1"), "The cap of delivered energy"),
        tests_paid=_yes(told.get("tests_paid", True), "tests_paid"),
    )


def _penalty(told: Mapping[str, Any]) -> PenaltyTerms:
    return PenaltyTerms(
        price=_exact(told.get("price", "0"), "The penalty price"),
        multiple=_exact(told.get("multiple", "0"), "The penalty multiple"),
        tolerance=_exact(told.get("tolerance", "0"), "The tolerance"),
        cap=_word(PenaltyCap, told.get("cap", "none"), "The cap of penalties"),
    )


def _nomination(told: Mapping[str, Any]) -> NominationTerms:
    at = told.get("time", "12:00")
    try:
        clock_time = at if isinstance(at, time) else time.fromisoformat(str(at))
    except ValueError:
        raise UnusableTerms(f"The time of nominations must be like 12:00, not “{at}”.") from None
    return NominationTerms(_whole(told.get("days_before", 1), "The days of nominations"), clock_time)


def _checked(terms: SettlementTerms) -> SettlementTerms:
    _check_days(terms.baseline)
    if terms.period_minutes not in PERIODS:
        raise UnusableTerms("The settlement period is 1, 5, 15 or 30 minutes.")
    if not 1 <= terms.acknowledge_minutes <= LONGEST_ACKNOWLEDGEMENT:
        raise UnusableTerms(f"The time to acknowledge is 1 to {count_text(LONGEST_ACKNOWLEDGEMENT)} minutes.")
    if not 0 < terms.utilisation.cap <= HIGHEST_CAP:
        raise UnusableTerms("Delivered energy counts up to a share above 0 and up to 2 of the requested.")
    if min(terms.penalty.price, terms.penalty.multiple) < 0:
        raise UnusableTerms("A penalty is 0 or more.")
    if not 0 <= terms.penalty.tolerance < 1:
        raise UnusableTerms("The tolerance is 0 or more and below 1.")
    return terms


def _check_days(baseline: BaselineTerms) -> None:
    for what, counts in (("working", baseline.working), ("other", baseline.other)):
        if counts.used > counts.nearest:
            raise UnusableTerms(
                f"More {what} days are used than looked at: {counts.used} of {counts.nearest}."
            )
        if counts.least > counts.nearest or min(counts.used, counts.nearest, counts.least) < 1:
            raise UnusableTerms(f"The least number of {what} days must be 1 to {counts.nearest}.")
        if baseline.select is Select.MIDDLE and (counts.nearest - counts.used) % 2:
            raise UnusableTerms(
                f"The middle {counts.used} of {counts.nearest} {what} days is not the middle."
            )
    if baseline.adjustment is not None and baseline.adjustment.cap < 0:
        raise UnusableTerms("The cap of an adjustment is 0 or more.")


Words = TypeVar("Words", bound=StrEnum)


def _word(kind: type[Words], told: Any, what: str) -> Words:
    try:
        return kind(str(told))
    except ValueError:
        raise UnusableTerms(f"{what} is one of {', '.join(kind)}, not “{told}”.") from None


def _exact(told: Any, what: str) -> Fraction:
    try:
        return Fraction(Decimal(str(told)))
    except (InvalidOperation, ValueError, OverflowError):
        raise UnusableTerms(f"{what} must be a number, not “{told}”.") from None


def _whole(told: Any, what: str) -> int:
    exact = _exact(told, what)
    if exact.denominator != 1 or exact < 0:
        raise UnusableTerms(f"{what} must be a whole number, not “{told}”.")
    return exact.numerator


def _yes(told: Any, what: str) -> bool:
    if isinstance(told, bool):
        return told
    if str(told).lower() in ("yes", "true"):
        return True
    if str(told).lower() in ("no", "false"):
        return False
    raise UnusableTerms(f"{what} is yes or no, not “{told}”.")
