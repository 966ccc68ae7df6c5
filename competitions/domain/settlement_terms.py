"""By what rules a contract is run and paid: the terms as plain data with their defaults. Pure."""

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from fractions import Fraction

from competitions.domain.curves import READY_MADE, Curve


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


class Cycle(StrEnum):
    """How far ahead availability is declared: a week from its Monday, or a day."""

    WEEKLY = "weekly"
    DAY_AHEAD = "day_ahead"


class Unanswered(StrEnum):
    """What becomes of declared availability that the operator did not answer."""

    RELEASED = "released"
    ACCEPTED = "accepted"


class Undeclared(StrEnum):
    """What counts as declared where nothing was: the contract's capacity, or nothing."""

    FULL = "full"
    NONE = "none"


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
class Until:
    """A local instant before what is declared: minutes after the midnight that begins the day.

    ``weekday`` is a day of the week before (Monday 0); None: the day before the declared one. 24:00 is 1,440 minutes.
    """

    weekday: int | None
    minute: int


@dataclass(frozen=True)
class DeclarationTerms:
    """When declarations freeze, until when they are answered, and what counts without either."""

    cycle: Cycle = Cycle.WEEKLY
    lock: Until = Until(2, 1440)
    answer: Until = Until(3, 720)
    unanswered: Unanswered = Unanswered.RELEASED
    default: Undeclared = Undeclared.FULL


@dataclass(frozen=True)
class StatementTerms:
    """The day of the next month until whose end meter data is due; working days to dispute; months to correct."""

    meter_day: int = 10
    dispute_days: int = 10
    correction_months: int = 12


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
    declaration: DeclarationTerms = field(default_factory=DeclarationTerms)
    statement: StatementTerms = field(default_factory=StatementTerms)


def default_mode(product_type: str, *, pays_availability: bool, pays_service_fee: bool) -> AvailabilityMode:
    """The mode of availability that follows from what a contract pays, where its terms name none."""
    if not pays_availability and not pays_service_fee:
        return AvailabilityMode.NONE
    if product_type.startswith("Variable Availability"):
        return AvailabilityMode.DECLARED
    return AvailabilityMode.FIXED
