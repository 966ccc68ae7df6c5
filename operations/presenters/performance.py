"""What the pages of performance show: dispatches of a month, and one of them with everything its figures are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString

from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import BaselineMethod
from marketplace.dates import day_text, short_day_text, time_of_day, time_text
from marketplace.numbers import rounded_text
from marketplace.web.figures import svg_number
from operations.domain.baselines.asked import Baseline
from operations.domain.kept_figures import Figures
from operations.domain.measuring import Measured
from operations.domain.performance import PeriodResult, UnitPeriod
from operations.domain.profiles import Response
from operations.models import DeliveryUnit, Dispatch

PILLS = {
    Response.ACKNOWLEDGED: ("Acknowledged", "green"),
    Response.LATE: ("Acknowledged late", "amber"),
    Response.UNANSWERED: ("Unanswered", "amber"),
    Response.DECLINED: ("Declined", "red"),
}
METHODS = {
    BaselineMethod.CONSTANT: "constant",
    BaselineMethod.FIXED_REFERENCE: "the operator's fixed reference",
    BaselineMethod.NOMINATED: "nominated by the provider",
    BaselineMethod.RECENT_DAYS: "recent days of the same kind",
    BaselineMethod.METER_BEFORE: "the minutes before the start",
}
KW = 1000
BAR = (
    '<svg class="micro" height="14" aria-hidden="true" focusable="false">'
    '<rect class="b-track" y="3" width="100%" height="8" rx="2"></rect>'
    '<rect class="{}" y="3" width="{}%" height="8" rx="2"></rect>'
    '<rect class="b-required" x="83.3%" width="1.5" height="14"></rect></svg>'
)


def kwh_text(exact: Fraction | None) -> str:
    """kWh with three decimals, half up; – where nothing is known."""
    return "–" if exact is None else rounded_text(rounded(exact, 3), 3)


def mwh_text(exact: Fraction) -> str:
    return rounded_text(rounded(exact / KW, 3), 3)


def percent_text(share: Fraction) -> str:
    return f"{rounded(share * 100, 1):f} %"


@dataclass(frozen=True)
class DispatchRow:
    """A dispatch in the list that was measured."""

    dispatch: Dispatch
    figures: Figures
    is_measured = True

    @property
    def requested(self) -> str:
        return mwh_text(self.figures.requested)

    @property
    def delivered(self) -> str:
        return mwh_text(self.figures.delivered)

    @property
    def share(self) -> str:
        return percent_text(self.figures.share)

    @property
    def bar(self) -> SafeString:
        return share_bar(self.figures.share)

    @property
    def complete(self) -> int:
        return self.figures.complete

    @property
    def periods(self) -> int:
        return self.figures.periods

    @property
    def is_whole(self) -> bool:
        return self.complete == self.periods

    @property
    def status(self) -> tuple[str, str]:
        return PILLS[self.figures.response]


@dataclass(frozen=True)
class WaitingRow:
    """A dispatch in the list that a worker measures just now."""

    dispatch: Dispatch
    is_measured = False
    status = ("Being measured", "line")


def row_of(dispatch: Dispatch, figures: Figures | None) -> DispatchRow | WaitingRow:
    """The dispatch with its figures, or waiting for them."""
    return WaitingRow(dispatch) if figures is None else DispatchRow(dispatch, figures)


def share_bar(share: Fraction) -> SafeString:
    """Delivered of requested as a bar with a mark at all of it; the figure stands beside it."""
    width = min(share, Fraction(6, 5)) / Fraction(6, 5) * 100
    return format_html(BAR, "b-green" if share >= 1 else "b-amber", svg_number(float(width)))


@dataclass(frozen=True)
class PeriodRow:
    """A period of a dispatch."""

    number: int
    start: str
    requested: str
    baseline: str
    metered: str
    flexibility: str
    delivered: str
    deficiency: str
    share: str
    bar: SafeString
    complete: bool
    counting: str
    is_shown: bool


def period_rows(measured: Measured, zone: ZoneInfo, shown: int | None) -> list[PeriodRow]:
    """Each period with its sums."""
    rows = []
    for number, each in enumerate(measured.performance.periods, 1):
        counting = [unit for unit in each.units if unit.flexibility is not None]
        share = each.delivered / each.requested if each.requested else Fraction(0)
        rows.append(
            PeriodRow(
                number,
                time_of_day(each.start, zone),
                kwh_text(each.requested),
                kwh_text(each.baseline) if counting else "–",
                kwh_text(each.metered) if counting else "–",
                kwh_text(each.flexibility) if counting else "–",
                kwh_text(each.delivered),
                kwh_text(each.deficiency),
                percent_text(share) if each.requested else "–",
                share_bar(share),
                each.complete,
                f"{len(counting)} of {len(each.units)}",
                number == shown,
            )
        )
    return rows


@dataclass(frozen=True)
class UnitRow:
    """A unit in one period, or over all of them."""

    ref: str
    unit: DeliveryUnit | None
    baseline: str
    metered: str
    taken: str
    flexibility: str
    credited: str
    why: str


def unit_rows(measured: Measured, period: PeriodResult | None) -> list[UnitRow]:
    """The units of a period, or their sums over the dispatch."""
    found = []
    for place, ref in enumerate(measured.performance.called.units):
        parts = [each.units[place] for each in ([period] if period else measured.performance.periods)]
        unit = measured.units.get(ref)
        found.append(
            UnitRow(
                ref,
                unit if isinstance(unit, DeliveryUnit) else None,
                kwh_text(_sum(parts, "baseline")),
                kwh_text(_sum(parts, "metered")),
                kwh_text(_sum(parts, "taken")),
                kwh_text(_sum(parts, "flexibility")),
                kwh_text(_sum(parts, "credited")),
                _why_not(parts, measured.performance.baselines[ref]),
            )
        )
    return found


def _sum(parts: Sequence[UnitPeriod], name: str) -> Fraction | None:
    known = [value for each in parts if (value := getattr(each, name)) is not None]
    return sum(known, Fraction(0)) if known else None


def _why_not(parts: Sequence[UnitPeriod], baseline: Baseline) -> str:
    lacking = [each for each in parts if each.flexibility is None]
    if not lacking:
        return baseline.note
    reasons = []
    if any(each.metered is None for each in lacking):
        reasons.append("readings are missing")
    if any(each.baseline is None for each in lacking):
        reasons.append(
            f"no baseline: {baseline.note[:1].lower()}{baseline.note[1:]}" if baseline.note else "no baseline"
        )
    many = f"{len(lacking)} of {len(parts)} periods: " if len(parts) > 1 else ""
    return f"{many}{'; '.join(reasons)}"


@dataclass(frozen=True)
class DayRow:
    """A day that the baseline of a unit looked at."""

    day: str
    used: bool
    rank: str
    why: str


def day_rows(baseline: Baseline) -> list[DayRow]:
    """The days, the latest first."""
    ordered = sorted(baseline.days, key=lambda each: each.day, reverse=True)
    return [
        DayRow(day_text(each.day), each.is_used, "–" if each.rank is None else str(each.rank), each.why_not)
        for each in ordered
    ]


def span_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """16:30 to 19:30, with the day where it is another."""
    since, until = start.astimezone(zone), end.astimezone(zone)
    later = f"{short_day_text(until.date())}, " if until.date() != since.date() else ""
    return f"{time_text(since.time())} to {later}{time_text(until.time())}"
