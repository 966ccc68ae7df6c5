"""Settlement terms as nested fields with decimals as text: read and checked, laid over each other, written. Pure."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import time
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from competitions.domain.curves import GraceSlope, Table, UnusableCurve, curve_of, exact_number
from competitions.domain.settlement_terms import (
    Adjustment,
    AdjustmentKind,
    AvailabilityFactor,
    AvailabilityMode,
    AvailabilityTerms,
    BaselineMethod,
    BaselineTerms,
    Basis,
    Cycle,
    DayCounts,
    DeclarationTerms,
    NominationTerms,
    PenaltyCap,
    PenaltyTerms,
    Select,
    SettlementTerms,
    StatementTerms,
    Unanswered,
    Undeclared,
    Until,
    UnusableTerms,
    UtilisationTerms,
)
from marketplace.dates import time_text
from marketplace.numbers import count_text, exact_text
from marketplace.workbooks.choices import WEEKDAYS

PERIODS = (1, 5, 15, 30)
LONGEST_ACKNOWLEDGEMENT = 44_640
HIGHEST_CAP = 2
LOCKS = {Cycle.WEEKLY: (Until(2, 1440), Until(3, 720)), Cycle.DAY_AHEAD: (Until(None, 600), Until(None, 840))}
"""When declarations of a cycle lock and are answered, where the terms name no times."""
MIDNIGHT = 1440
LATEST_METER_DAY = 28
LONGEST_LOOKBACK = 366
FALLING_CURVE = "The grace and the slope of a curve are 0 or more."
_WHOLE = ("curve", "points", "working", "other", "lock", "answer")
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
                declaration=_declaration(_part(told, "declaration")),
                statement=_statement(_part(told, "statement")),
            )
        )
    except UnusableCurve as error:
        raise UnusableTerms(str(error)) from None


def told_terms_of(told: Mapping[str, Any]) -> SettlementTerms:
    """The same of terms that somebody tells now. Raises ``UnusableTerms`` also for what contracts of before may hold: a
    curve that falls, and minutes of a baseline in which no period fits."""
    terms = terms_of(told)
    for curve in (terms.utilisation.curve, terms.availability.curve):
        if isinstance(curve, GraceSlope) and min(curve.grace, curve.slope) < 0:
            raise UnusableTerms(FALLING_CURVE)
    baseline, shortest = terms.baseline, terms.period_minutes
    if baseline.adjustment is not None and baseline.adjustment.minutes < shortest:
        raise UnusableTerms("An adjustment is as long as a settlement period at least.")
    if baseline.method is BaselineMethod.METER_BEFORE and baseline.before_minutes < shortest:
        raise UnusableTerms("The minutes before are as long as a settlement period at least.")
    return terms


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
    clock_time: time | None
    try:
        clock_time = at if isinstance(at, time) else time.fromisoformat(str(at))
    except ValueError:
        clock_time = None
    if clock_time is None or clock_time.tzinfo is not None:
        raise UnusableTerms(f"The time of nominations must be like 12:00, not “{at}”.")
    return NominationTerms(_whole(told.get("days_before", 1), "The days of nominations"), clock_time)


def _declaration(told: Mapping[str, Any]) -> DeclarationTerms:
    cycle = _word(Cycle, told.get("cycle", "weekly"), "The cycle of declarations")
    lock, answer = (
        _until(told.get(name), cycle, usual)
        for name, usual in zip(("lock", "answer"), LOCKS[cycle], strict=True)
    )
    return DeclarationTerms(
        cycle=cycle,
        lock=lock,
        answer=answer,
        unanswered=_word(Unanswered, told.get("unanswered", "released"), "What is unanswered"),
        default=_word(Undeclared, told.get("default", "full"), "What is not declared"),
    )


def _until(told: Any, cycle: Cycle, usual: Until) -> Until:
    """{"day": "Wednesday", "time": "24:00"}; of a day-ahead cycle the time alone."""
    if told is None:
        return usual
    if not isinstance(told, Mapping):
        told = {"time": told}
    at = str(told.get("time", ""))
    hours, _, minutes = at.partition(":")
    is_time = len(hours) == 2 and len(minutes) == 2 and at.isascii() and (hours + minutes).isdigit()
    minute = int(hours) * 60 + int(minutes) if is_time else -1
    if not is_time or int(minutes) > 59 or not 0 <= minute <= MIDNIGHT:
        raise UnusableTerms(f"The lock and the answer are times from 00:00 to 24:00, not “{at}”.")
    if cycle is Cycle.DAY_AHEAD:
        return Until(None, minute)
    day = str(told.get("day", WEEKDAYS[usual.weekday or 0])).strip().capitalize()
    if day not in WEEKDAYS:
        raise UnusableTerms(
            f"The lock and the answer of a week are on a day from Monday to Sunday, not “{day}”."
        )
    return Until(WEEKDAYS.index(day), minute)


def _statement(told: Mapping[str, Any]) -> StatementTerms:
    return StatementTerms(
        meter_day=_whole(told.get("meter_day", 10), "The day until which meter data is due"),
        dispute_days=_whole(told.get("dispute_days", 10), "The days to dispute"),
        correction_months=_whole(told.get("correction_months", 12), "The months of correction"),
    )


def _checked(terms: SettlementTerms) -> SettlementTerms:
    _check_days(terms.baseline)
    lock, answer = (
        (each.weekday or 0) * MIDNIGHT + each.minute
        for each in (terms.declaration.lock, terms.declaration.answer)
    )
    if answer < lock:
        raise UnusableTerms("Declarations are answered after they are locked, not before.")
    if not 1 <= terms.statement.meter_day <= LATEST_METER_DAY:
        raise UnusableTerms(f"Meter data is due on a day from 1 to {LATEST_METER_DAY} of the next month.")
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


def fields_of(terms: SettlementTerms) -> dict[str, Any]:
    """The terms as nested fields, none left out: what :func:`terms_of` reads as the same terms whatever the defaults."""
    found: dict[str, Any] = _plain(terms)
    baseline = found["baseline"]
    for name in ("working", "other"):
        baseline[name] = list(baseline[name].values())
    for name in ("lock", "answer"):
        weekday, minute = found["declaration"][name].values()
        day = {} if weekday is None else {"day": WEEKDAYS[weekday]}
        found["declaration"][name] = {**day, "time": f"{minute // 60:02}:{minute % 60:02}"}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Table):
        return {"kind": "table", "points": [[decimal_text(x), decimal_text(y)] for x, y in value.points]}
    if isinstance(value, GraceSlope):
        return {
            "kind": "grace_slope",
            "grace": decimal_text(value.grace),
            "slope": decimal_text(value.slope),
        }
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclass_fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Fraction):
        return decimal_text(value)
    return time_text(value) if isinstance(value, time) else value


def decimal_text(exact: Fraction) -> str:
    """A number of the terms as a person types it; they are all decimals."""
    with localcontext() as context:
        context.prec = 60
        return exact_text(Decimal(exact.numerator) / Decimal(exact.denominator))


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
    if not 1 <= baseline.lookback_days <= LONGEST_LOOKBACK:
        raise UnusableTerms(f"A baseline looks 1 to {LONGEST_LOOKBACK} days back.")
    if baseline.before_minutes > MIDNIGHT:
        raise UnusableTerms("The minutes before are those of a day at most.")
    if baseline.adjustment is not None:
        _check_adjustment(baseline.adjustment)


def _check_adjustment(adjustment: Adjustment) -> None:
    if adjustment.cap < 0:
        raise UnusableTerms("The cap of an adjustment is 0 or more.")
    if max(adjustment.minutes, adjustment.gap_minutes) > MIDNIGHT:
        raise UnusableTerms("An adjustment and its gap are a day long at most.")


Words = TypeVar("Words", bound=StrEnum)


def _word(kind: type[Words], told: Any, what: str) -> Words:
    try:
        return kind(str(told))
    except ValueError:
        raise UnusableTerms(f"{what} is one of {', '.join(kind)}, not “{told}”.") from None


def _exact(told: Any, what: str) -> Fraction:
    try:
        return exact_number(told)
    except ValueError:
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
