"""What the page of one line shows: how its amount comes about, down to periods, assets and the days of baselines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from competitions.domain.payment import rounded
from competitions.domain.settlement_terms import BaselineMethod
from marketplace.dates import day_text, time_of_day
from marketplace.numbers import rounded_text
from operations.presenters.performance import METHODS, percent_text
from settlement.domain.results import Result, by_id, dispatch_totals, exact
from settlement.models import StatementLine

KW = 1000


@dataclass(frozen=True)
class ShownPeriod:
    start: str
    baseline: str
    metered: str
    flexibility: str
    delivered: str
    requested: str
    deficiency: str
    complete: bool


@dataclass(frozen=True)
class ShownDay:
    asset: str
    day: str
    is_used: bool
    why_not: str
    rank: str


@dataclass(frozen=True)
class ShownDispatch:
    """A dispatch as the version had it."""

    ref: str
    id: str
    requested: str
    delivered: str
    deficiency: str
    share: str
    complete: int
    method: str
    assets: str
    periods: list[ShownPeriod]
    days: list[ShownDay]


def shown_dispatch(line: StatementLine, result: Result, zone: ZoneInfo) -> ShownDispatch | None:
    """The dispatch that a line is for, from what is kept of its version; None for a line of another kind."""
    told = by_id(result).get(str(line.dispatch_id))
    if told is None:
        return None
    totals = dispatch_totals(told)
    asked = totals["requested"]
    share = totals["delivered"] / asked if asked else Fraction(0)
    return ShownDispatch(
        told["ref"],
        told["id"],
        _mwh(totals["requested"]),
        _mwh(totals["delivered"]),
        _mwh(totals["deficiency"]),
        percent_text(share),
        sum(each["complete"] for each in told["periods"]),
        METHODS[BaselineMethod(told["baseline"])],
        ", ".join(told["assets"]),
        [_period(each, zone) for each in told["periods"]],
        [_day(*each) for each in told["days"]],
    )


def _period(told: Mapping[str, Any], zone: ZoneInfo) -> ShownPeriod:
    numbers = {
        name: _kwh(exact(told[name]))
        for name in ("baseline", "metered", "flexibility", "delivered", "requested", "deficiency")
    }
    start = time_of_day(datetime.fromisoformat(told["start"]), zone)
    return ShownPeriod(start, **numbers, complete=told["complete"])


def _day(asset: str, day: str, is_used: bool, why_not: str, rank: int | None) -> ShownDay:
    return ShownDay(
        asset, day_text(date.fromisoformat(day)), is_used, why_not, "–" if rank is None else str(rank)
    )


def _kwh(number: Fraction | None) -> str:
    return "–" if number is None else rounded_text(rounded(number, 3), 3)


def _mwh(kwh: Fraction) -> str:
    return rounded_text(rounded(kwh / KW, 3), 3)
