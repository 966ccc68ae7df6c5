"""A month of contracts settled: baselines, performance and statements, in memory, beside the same in pandas."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from competitions.domain.settlement_terms import (
    Adjustment,
    BaselineTerms,
    DayCounts,
    PenaltyTerms,
    Select,
    SettlementTerms,
)
from marketplace.calendar import HolidayRule
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.methods import UnitFacts
from operations.domain.known_units import UnitKnown
from operations.domain.occurrences import Window
from operations.domain.profiles import Piece, Requested, Response
from operations.domain.series import MICRO, Series, minute_of
from settlement.domain.cases import CalledDispatch, Case
from settlement.domain.lines import Contracted
from settlement.domain.settling import Settled, settle
from tests.bench import settlement_stored
from tests.bench.measured import Measured, seconds
from tests.bench.settlement_peer import Lines, settled_in_pandas

CONTRACTS, UNITS_EACH, DISPATCHES_EACH = 1_000, 10, 20
ZONE = ZoneInfo("Europe/London")
FIRST, UNTIL = date(2026, 5, 4), date(2026, 7, 1)
"""The days of which there are readings: the month, and as many before as its baselines may look at."""
JUNE = date(2026, 6, 1)
HOLIDAYS = frozenset({date(2026, 5, 4), date(2026, 5, 25)})
WEEKDAYS = [day for day in (JUNE + timedelta(days=each) for each in range(30)) if day.weekday() < 5]
PENALTY = PenaltyTerms(multiple=Fraction(1), tolerance=Fraction(1, 10))
MIDDLE = SettlementTerms(penalty=PENALTY)
HIGH = replace(
    MIDDLE,
    baseline=BaselineTerms(working=DayCounts(5, 10, 5), select=Select.HIGH, adjustment=Adjustment()),
)


@dataclass(frozen=True)
class Market:
    """A case, and the tables of the same for pandas."""

    case: Case
    tables: Mapping[str, Any]


def rows() -> Iterator[Measured]:
    """The pure path. Readings lie in memory in both: ours as what each unit reported, the peer's as one table of all."""
    for contracts in (CONTRACTS // 10, CONTRACTS):
        yield _settled(market_of(contracts))
        gc.collect()
    yield from settlement_stored.rows()


def _settled(market: Market) -> Measured:
    settled: list[Settled] = []
    ours = seconds(lambda: settled.append(settle(market.case)))
    found: list[Lines] = []
    peer = seconds(lambda: found.append(settled_in_pandas(**market.tables)))
    assert amounts_of(settled[0]) == found[0]
    units, dispatches = len(market.case.units), len(market.case.dispatches)
    work = f"{len(market.case.contracts):,} contracts, {units:,} units, {dispatches:,} dispatches, each penny equal"
    return Measured("settlement", work, ours, "pandas", peer)


def amounts_of(settled: Settled) -> Lines:
    """By contract, each line's amount by kind and reference."""
    return {
        each.contract: {(line.kind.value, line.reference): str(line.amount) for line in each.lines}
        for each in settled.statements
    }


def market_of(contracts: int) -> Market:
    """Contracts with units of their own, half of them on the highest five of ten days with an adjustment."""
    random = np.random.default_rng(7)
    start = minute_of(datetime.combine(FIRST, time(), UTC))
    minutes = np.arange(start, start + (UNTIL - FIRST).days * 1440, 30, dtype=np.int64)
    lengths = np.full(len(minutes), 30, np.int64)
    units = contracts * UNITS_EACH
    net = -random.integers(20_000, 90_000, (units, len(minutes))) * (MICRO // 1000)
    missing = random.random((units, len(minutes))) < 0.0005
    known = {
        unit_name(each): UnitKnown(
            Series(minutes, lengths, net[each], np.where(missing[each], 2, 0).astype(np.int8)),
            UnitFacts(UnitDays(HOLIDAYS, (), ())),
        )
        for each in range(units)
    }
    held = {each.id: each for each in map(_contract, range(contracts))}
    dispatches = [each for contract in held.values() for each in _dispatches(contract, random)]
    tables = _tables(list(held.values()), dispatches, net, missing)
    return Market(Case(ZONE, HOLIDAYS, [JUNE], held, dispatches, known, {}), tables)


def _tables(
    contracts: Sequence[Contracted], dispatches: Sequence[CalledDispatch], net: Any, missing: Any
) -> dict[str, Any]:
    """What ``settled_in_pandas`` takes."""
    midnight = datetime.combine(FIRST, time(), UTC)

    def minutes(instant: datetime) -> int:
        return int((instant - midnight).total_seconds() // 60)

    def pence(price: Fraction | None) -> int:
        return int((price or 0) * 100)

    half_hours = np.where(missing, np.nan, net).T
    names = [unit for each in contracts for unit in each.units]
    days = [str(each) for each in WEEKDAYS]
    return {
        "contracts": pd.DataFrame(
            [
                (
                    each.id,
                    each.terms is HIGH,
                    pence(each.availability_price),
                    pence(each.utilisation_price),
                    4,
                    days,
                )
                for each in contracts
            ],
            columns=["contract", "is_high", "availability", "utilisation", "hours", "days"],
        ).set_index("contract"),
        "dispatches": pd.DataFrame(
            [
                (
                    each.id,
                    each.contract,
                    (each.requested.start.date() - FIRST).days,
                    minutes(each.requested.start),
                    minutes(each.requested.end),
                    int(each.requested.pieces[0].mw * 1000),
                )
                for each in dispatches
            ],
            columns=["dispatch", "contract", "day", "start", "end", "kw"],
        ).set_index("dispatch"),
        "units": pd.DataFrame(
            [(each.id, unit) for each in contracts for unit in each.units], columns=["contract", "unit"]
        ),
        "net": pd.DataFrame(np.ascontiguousarray(half_hours), columns=names),
        "working": [
            day
            for day in (FIRST + timedelta(days=each) for each in range((UNTIL - FIRST).days))
            if day.weekday() < 5 and day not in HOLIDAYS
        ],
        "first": FIRST,
    }


def unit_name(number: int) -> str:
    return f"U{number:05}"


def _contract(number: int) -> Contracted:
    return Contracted(
        id=f"C{number:04}",
        seller=f"S{number // 20:02}",
        capacity_mw=Fraction(1),
        sigma=1,
        units=[unit_name(number * UNITS_EACH + each) for each in range(UNITS_EACH)],
        window=Window(JUNE, date(2026, 6, 30), frozenset(range(5)), time(16), time(20), HolidayRule.IGNORE),
        availability_price=Fraction(1000 + number % 500, 100),
        utilisation_price=Fraction(20000 + 7 * number, 100),
        service_fee=None,
        terms=HIGH if number % 2 else MIDDLE,
    )


def _dispatches(contract: Contracted, random: Any) -> Iterator[CalledDispatch]:
    """One on each of twenty days, from 30 minutes to two hours, from the grid and beside it."""
    days: Sequence[int] = random.choice(len(WEEKDAYS), DISPATCHES_EACH, replace=False)
    for place in sorted(days):
        begin, length = int(random.integers(0, 12)) * 10, int(random.integers(3, 13)) * 10
        start = datetime.combine(WEEKDAYS[place], time(16), ZONE).astimezone(UTC) + timedelta(minutes=begin)
        mw = Fraction(int(random.integers(20, 100)), 1000)
        pieces = (Piece(start, start + timedelta(minutes=length), mw),)
        yield CalledDispatch(
            f"{contract.id}-{place:02}",
            contract.id,
            "operational",
            start - timedelta(hours=1),
            Requested(Response.ACKNOWLEDGED, pieces),
        )
