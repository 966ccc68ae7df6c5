"""Settlement terms in words, their curves as drawings, and what a dispatch would earn by them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from competitions.domain.curves import READY_MADE, Curve, GraceSlope, Table
from competitions.domain.payment import Earned, example_of, rounded
from competitions.domain.settlement_terms import (
    AvailabilityFactor,
    AvailabilityMode,
    BaselineMethod,
    BaselineTerms,
    Basis,
    Cycle,
    DayCounts,
    DeclarationTerms,
    PenaltyCap,
    PenaltyTerms,
    Select,
    SettlementTerms,
    Unanswered,
    Undeclared,
    Until,
)
from competitions.domain.terms_fields import terms_of
from competitions.domain.terms_versions import fields_of_competition, version_for
from competitions.models import Competition, TermsVersion
from marketplace.dates import time_text
from marketplace.numbers import counted, exact_text, money_text
from marketplace.workbooks.choices import WEEKDAYS

USUAL_PRICE = Decimal(100)
"""A price for the example where none is known."""
WIDTH, HEIGHT = 300, 150
LEFT, TOP = 40, 10
PLOT_STEPS = 20
CURVE_NAMES = {
    "proportional": "proportional: paid for what is delivered",
    "threshold_50": "nothing below 50 % delivered, from there proportional",
    "threshold_75": "nothing below 75 % delivered, from there proportional",
    "grace_5_slope_3": "in full down to 95 % delivered, below that 3 % less for each 1 % missing",
}


@dataclass(frozen=True)
class CurveShown:
    """A curve as a drawing: the points of its line, its grid, and the sentence for who doesn't see it."""

    line: str
    across: Sequence[tuple[str, str]]
    up: Sequence[tuple[str, str]]
    sentence: str


@dataclass(frozen=True)
class EarnedShown:
    """One row of the example, as text."""

    share: str
    paid: str
    penalty: str
    total: str
    is_negative: bool


@dataclass(frozen=True)
class TermsShown:
    """Settlement terms for reading: facts in words, the curve, and the example in money."""

    label: str
    name: str
    text: str
    facts: Sequence[tuple[str, str]]
    curve: CurveShown
    rows: Sequence[EarnedShown]
    price: str
    is_usual_price: bool
    has_penalty: bool


def shown_version(version: TermsVersion, currency: str) -> TermsShown:
    """A version by itself; what its mode of availability is depends on the contract where it names none."""
    is_named = "mode" in version.fields["availability"]
    return shown_terms(version, version.fields, None, currency, by_contract=not is_named)


def shown_for(version: TermsVersion, competition: Competition) -> TermsShown:
    """A version as the contracts of a competition get it, with the competition's own price where it has one."""
    pays_utilisation = "utilisation_price" in competition.price_fields
    price = competition.utilisation_price if pays_utilisation else None
    return shown_terms(
        version, fields_of_competition(version, competition), price, competition.operator.currency
    )


@dataclass(frozen=True)
class Settlement:
    """By which terms a competition is settled, and whether they can still change (until ``fixed_at``)."""

    shown: TermsShown
    is_fixed: bool
    fixed_at: datetime | None


def settlement_of(competition: Competition, now: datetime) -> Settlement | None:
    """The terms as a competition's page shows them to everybody; None where nobody bids or there are none."""
    opening = competition.bidding_open
    version = version_for(competition, now) if opening is not None else None
    if version is None:
        return None
    return Settlement(shown_for(version, competition), opening is not None and opening <= now, opening)


def shown_terms(
    version: Any,
    fields: Mapping[str, Any],
    price: Decimal | None,
    currency: str,
    *,
    by_contract: bool = False,
) -> TermsShown:
    """Fields of terms for reading; ``version`` has their name, text and label."""
    terms = terms_of(fields)
    example = example_of(terms.utilisation, terms.penalty, Fraction(USUAL_PRICE if price is None else price))
    return TermsShown(
        str(version),
        version.name,
        version.text,
        list(facts_of(terms, currency, by_contract=by_contract)),
        shown_curve(terms.utilisation.curve, terms.utilisation.cap),
        [_row(each, currency) for each in example],
        money_text(USUAL_PRICE if price is None else price, currency),
        price is None,
        any(each.penalty for each in example),
    )


def _row(each: Earned, currency: str) -> EarnedShown:
    return EarnedShown(
        percent_text(each.share),
        _money(each.paid, currency),
        _money(-each.penalty, currency),
        _money(each.total, currency),
        each.total < 0,
    )


def _money(amount: Decimal, currency: str) -> str:
    return f"−{money_text(-amount, currency)}" if amount < 0 else money_text(abs(amount), currency)


def percent_text(share: Fraction) -> str:
    """95 %, with as many decimals as are told, at most one more than the share has of its own."""
    return f"{exact_text(rounded(share * 100, 2))} %"


def number_text(exact: Fraction) -> str:
    """A number of the terms as people read it."""
    return exact_text(rounded(exact, 6))


def shown_curve(curve: Curve, cap: Fraction) -> CurveShown:
    """The drawing of a curve from nothing delivered to all that counts."""
    points = list(_points(curve, max(Fraction(1), cap)))
    right = max(x for x, _ in points)
    top = max(Fraction(1), *(y for _, y in points))
    line = " ".join(f"{_x(x, right)},{_y(y, top)}" for x, y in points)
    shares = [Fraction(step, 4) for step in range(int(right * 4) + 1)]
    heights = [Fraction(step, 2) for step in range(int(top * 2) + 1)]
    return CurveShown(
        line,
        [(_x(each, right), percent_text(each)) for each in shares],
        [(_y(each, top), percent_text(each)) for each in heights],
        f"Share of the full payment by share delivered: {curve_words(curve)}.",
    )


def _points(curve: Curve, right: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Where the line turns, in its order: both payments where it jumps."""
    if isinstance(curve, Table):
        yield Fraction(0), curve.share(Fraction(0)) if curve.points[0][0] > 0 else curve.points[0][1]
        yield from ((x, y) for x, y in curve.points if 0 <= x <= right)
        yield right, curve.share(right)
        return
    assert isinstance(curve, GraceSlope)
    places = {Fraction(step, PLOT_STEPS) * right for step in range(PLOT_STEPS + 1)}
    places.add(max(Fraction(0), 1 - curve.grace))
    if curve.slope > 0:
        places.add(max(Fraction(0), 1 - curve.grace - 1 / curve.slope))
    yield from ((x, curve.share(x)) for x in sorted(places))


def _x(share: Fraction, right: Fraction) -> str:
    return exact_text(rounded(LEFT + share / right * WIDTH, 1))


def _y(share: Fraction, top: Fraction) -> str:
    return exact_text(rounded(TOP + HEIGHT - share / top * HEIGHT, 1))


def curve_words(curve: Curve) -> str:
    """A curve in words."""
    for name, words in CURVE_NAMES.items():
        if curve == READY_MADE[name]:
            return words
    if isinstance(curve, GraceSlope):
        full, slope = percent_text(1 - curve.grace), number_text(curve.slope)
        return f"in full down to {full} delivered, below that {slope} % less for each 1 % missing"
    assert isinstance(curve, Table)
    told = ", ".join(f"{percent_text(y)} at {percent_text(x)}" for x, y in curve.points)
    return f"by points, linear in between: {told}"


def facts_of(
    terms: SettlementTerms, currency: str, *, by_contract: bool = False
) -> Iterator[tuple[str, str]]:
    """The terms in words, one after the other, as a contract is run by them."""
    yield "Settlement period", counted(terms.period_minutes, "minute")
    yield "Baseline", baseline_words(terms.baseline)
    if terms.baseline.method is BaselineMethod.NOMINATED:
        at = time_text(terms.nomination.time)
        days = counted(terms.nomination.days_before, "day")
        yield "Nominations", f"until {at} local time, {days} before the day"
    yield "Estimated readings", "count" if terms.estimated_counts else "do not count"
    yield "Availability", _availability_words(terms, by_contract)
    if by_contract or terms.availability.mode is AvailabilityMode.DECLARED:
        yield "Declarations", _declaration_words(terms.declaration)
    yield (
        "Acknowledging a dispatch",
        f"within {counted(terms.acknowledge_minutes, 'minute')}, and before its start",
    )
    yield "Utilisation", _utilisation_words(terms)
    yield "Penalty", _penalty_words(terms.penalty, currency)
    yield "Statements", _statement_words(terms)


def baseline_words(terms: BaselineTerms) -> str:
    """The method of the baseline and what it needs."""
    if terms.method is BaselineMethod.CONSTANT:
        return f"constant, {number_text(terms.kw)} kW net" if terms.kw else "zero: everything counts"
    if terms.method is BaselineMethod.FIXED_REFERENCE:
        return "the operator's reference profile, by device"
    if terms.method is BaselineMethod.NOMINATED:
        return "nominated by the provider beforehand"
    if terms.method is BaselineMethod.METER_BEFORE:
        return f"the mean of the meter in the {counted(terms.before_minutes, 'minute')} before the start"
    choice = {Select.MIDDLE: "middle", Select.HIGH: "highest", Select.LOW: "lowest"}[terms.select]
    told = f"{_days_words(choice, terms.working, 'working')}; {_days_words(choice, terms.other, 'other')}"
    found = f"recent days without events: {told}; up to {counted(terms.lookback_days, 'day')} back"
    change = terms.adjustment
    if change is None:
        return found
    way = ", only where it lowers no flexibility" if change.one_sided else ""
    return (
        f"{found}; {change.kind.value} adjustment to the {counted(change.minutes, 'minute')} that end "
        f"{counted(change.gap_minutes, 'minute')} before the start, at most {percent_text(change.cap)}{way}"
    )


def _days_words(choice: str, days: DayCounts, kind: str) -> str:
    chosen = f"the {choice} {days.used} of" if days.used != days.nearest else "all of"
    return f"{chosen} the last {days.nearest} {kind} days (at least {days.least})"


def _availability_words(terms: SettlementTerms, by_contract: bool) -> str:
    words = {
        AvailabilityMode.FIXED: "fixed: the contracted capacity is accepted in every service window",
        AvailabilityMode.DECLARED: "declared: paid for what the provider declares and the operator accepts",
        AvailabilityMode.NONE: "none: nothing is promised, and a dispatch binds only once acknowledged",
    }
    found = "as the contract pays" if by_contract else words[terms.availability.mode]
    if not by_contract and terms.availability.mode is AvailabilityMode.NONE:
        return found
    scaled = {
        AvailabilityFactor.OCCURRENCE: "the dispatches of its window on the day",
        AvailabilityFactor.MONTH: "the dispatches of the month",
        AvailabilityFactor.PREVIOUS_MONTH: "the dispatches of the month before",
    }.get(terms.availability.factor)
    if scaled:
        found += f"; scaled by what {scaled} delivered, {curve_words(terms.availability.curve)}"
    if terms.availability.declined_forfeits:
        found += "; a declined dispatch takes that day's payment"
    return found


def _declaration_words(terms: DeclarationTerms) -> str:
    ahead = "by week" if terms.cycle is Cycle.WEEKLY else "by day"
    missing = "counts as full" if terms.default is Undeclared.FULL else "counts as nothing"
    left = "accepted" if terms.unanswered is Unanswered.ACCEPTED else "released"
    return (
        f"{ahead}, until {_until_words(terms.lock)}; answered until {_until_words(terms.answer)}, else {left}; "
        f"what is not declared {missing}"
    )


def _until_words(until: Until) -> str:
    at = f"{until.minute // 60:02}:{until.minute % 60:02}"
    return (
        f"{at} the day before"
        if until.weekday is None
        else f"{WEEKDAYS[until.weekday]} {at} of the week before"
    )


def _utilisation_words(terms: SettlementTerms) -> str:
    over = "each settlement period" if terms.utilisation.basis is Basis.PERIOD else "the dispatch as a whole"
    found = f"{curve_words(terms.utilisation.curve)}; for {over}"
    found += f"; up to {percent_text(terms.utilisation.cap)} of what is requested counts"
    return found if terms.utilisation.tests_paid else f"{found}; tests are not paid"


def _penalty_words(terms: PenaltyTerms, currency: str) -> str:
    parts = []
    if terms.price:
        parts.append(f"{money_text(rounded(terms.price, 2), currency)} /MWh")
    if terms.multiple:
        parts.append(f"{number_text(terms.multiple)} × the utilisation price")
    if not parts:
        return "none"
    found = f"{' plus '.join(parts)} on what is missing"
    if terms.tolerance:
        found += f" beyond {percent_text(terms.tolerance)} of what is requested"
    cap = {
        PenaltyCap.UTILISATION: "; in a month at most its utilisation payments",
        PenaltyCap.ALL: "; in a month at most all its payments",
    }.get(terms.cap, "")
    return found + cap


def _statement_words(terms: SettlementTerms) -> str:
    told = terms.statement
    return (
        f"meter data until day {told.meter_day} of the next month; {counted(told.dispute_days, 'working day')} to "
        f"dispute; corrections for {counted(told.correction_months, 'month')}"
    )
