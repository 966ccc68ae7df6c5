"""What tests.bench.settlement settles, in pandas: whole columns at once, in integers so that each penny is exact.

It knows no more than that market needs: half-hours, working days without a change of clocks, two kinds of baseline, one contract
a unit. Its readings come as a table of half-hours by units.
"""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

HALF_HOURS, NEAREST, LEAST, LOOKBACK = 48, 10, 5, 60
MOST, BEFORE = 5, 4
"""Periods that a dispatch touches at most, and of the hours before it."""
WHOLE = 756_000
"""A multiple of whatever is divided by: days, periods, the fifth of the cap, minutes of an hour."""
MICRO, KWH_OF_MWH = 1_000_000, 1000
Lines = dict[str, dict[tuple[str, str], str]]


def settled_in_pandas(
    contracts: pd.DataFrame,
    dispatches: pd.DataFrame,
    units: pd.DataFrame,
    net: pd.DataFrame,
    working: list[date],
    first: date,
) -> Lines:
    """By contract, the amounts of lines by kind and reference.

    ``contracts`` by id: is_high, availability and utilisation price in pence, hours a day, days; ``dispatches`` by id:
    contract, day, start and end in minutes since ``first``, kw; ``units``: contract, unit; ``net``: micro-kWh by half-hour
    and unit, NaN where missing.
    """
    asked = dispatches.join(contracts["is_high"], on="contract")
    asked["first"] = asked["start"] // 30
    asked["length"] = -(-asked["end"] // 30) - asked["first"]
    asked["window"] = (asked["start"] - 60) // 30 - BEFORE
    energies = net.to_numpy()
    place = pd.Series(np.arange(len(net.columns)), index=net.columns)
    called = asked.reset_index().merge(units, on="contract")
    called["column"] = called["unit"].map(place)
    expected = _expected(called, _days(asked, working, first), energies)
    return _lines(contracts, asked, _measured(asked, called, expected, energies))


def _days(asked: pd.DataFrame, working: list[date], first: date) -> pd.DataFrame:
    """The working days before each dispatch without one of its contract, the nearest first."""
    days = pd.DataFrame({"back_day": [(each - first).days for each in working]})
    found = asked.reset_index()[["dispatch", "contract", "day"]].merge(days, how="cross")
    events = asked[["contract", "day"]].rename(columns={"day": "back_day"}).assign(is_event=True)
    found = found.merge(events, on=["contract", "back_day"], how="left")
    back = found["day"] - found["back_day"]
    found = found[found["is_event"].isna() & (back > 0) & (back <= LOOKBACK)]
    return found.sort_values(["dispatch", "back_day"], ascending=[True, False])[
        ["dispatch", "day", "back_day"]
    ]


def _places(rows: pd.DataFrame) -> tuple[Any, Any]:
    """Of each row the half-hours of the dispatch, then of the hours before where these count; and which are meant."""
    of_dispatch = rows["first"].to_numpy()[:, None] + np.arange(MOST)
    of_window = rows["window"].to_numpy()[:, None] + np.arange(BEFORE)
    is_meant = np.hstack(
        [
            np.arange(MOST) < rows["length"].to_numpy()[:, None],
            np.repeat(rows["is_high"].to_numpy()[:, None], BEFORE, axis=1),
        ]
    )
    return np.hstack([of_dispatch, of_window]), is_meant


def _gathered(rows: pd.DataFrame, energies: Any, moved: Any) -> tuple[Any, Any]:
    """Net energies at these places, 0 where none is meant, and which rows are complete."""
    places, is_meant = _places(rows)
    places = np.where(is_meant, places - moved[:, None] * HALF_HOURS, 0)
    found = energies[places, rows["column"].to_numpy()[:, None]]
    found[~is_meant] = 0
    is_complete = ~np.isnan(found).any(axis=1)
    return found, is_complete


def _expected(called: pd.DataFrame, days: pd.DataFrame, energies: Any) -> pd.DataFrame:
    """Baselines in WHOLE parts of micro-kWh, a column for each period, for the calls that have one."""
    near = days.merge(called, on=["dispatch", "day"])
    found, is_complete = _gathered(near, energies, (near["day"] - near["back_day"]).to_numpy())
    names = list(range(MOST + BEFORE))
    near = pd.concat([near[["dispatch", "unit", "is_high"]], pd.DataFrame(found, columns=names)], axis=1)
    near = near[is_complete]
    near = near[near.groupby(["dispatch", "unit"]).cumcount() < NEAREST]
    near["sum"] = near[names[:MOST]].sum(axis=1)
    near = near.sort_values("sum", kind="stable")
    by_call = near.groupby(["dispatch", "unit"])
    is_chosen = ~near["is_high"] | (by_call.cumcount() < 5)
    near = near[by_call["sum"].transform("size").ge(LEAST) & is_chosen]
    by_call = near.groupby(["dispatch", "unit"])
    sums = by_call[names].sum().astype("int64")
    expected = sums.mul(WHOLE // by_call.size(), axis=0)
    return _adjusted(called.merge(expected.reset_index(), on=["dispatch", "unit"]), energies)


def _adjusted(rows: pd.DataFrame, energies: Any) -> pd.DataFrame:
    """Moved by the mean difference in the hours before, within a fifth of the mean, where these are complete."""
    places = rows["window"].to_numpy()[:, None] + np.arange(BEFORE)
    before = energies[places, rows["column"].to_numpy()[:, None]]
    is_moved = rows["is_high"].to_numpy() & ~np.isnan(before).any(axis=1)
    metered = np.nan_to_num(before).sum(axis=1).astype("int64") * WHOLE
    of_window = rows[list(range(MOST, MOST + BEFORE))].sum(axis=1).to_numpy()
    of_dispatch = rows[list(range(MOST))].abs().sum(axis=1).to_numpy()
    limit = of_dispatch // (5 * rows["length"].to_numpy())
    moved = np.clip((metered - of_window) // BEFORE, -limit, limit)
    for place in range(MOST):
        rows[place] += np.where(is_moved, moved, 0)
    return rows


def _measured(asked: pd.DataFrame, called: pd.DataFrame, expected: pd.DataFrame, energies: Any) -> Any:
    """By dispatch: delivered and deficient energy in WHOLE parts of micro-kWh."""
    number_of_units = called.groupby("dispatch").size()
    parts = []
    for place in range(MOST):
        rows = expected[expected["length"] > place]
        metered = energies[(rows["first"] + place).to_numpy(), rows["column"].to_numpy()]
        rows = rows.assign(flexibility=metered, place=place)[~np.isnan(metered)]
        rows["flexibility"] = rows["flexibility"].astype("int64") * WHOLE - rows[place]
        parts.append(rows[["dispatch", "place", "flexibility"]])
    sums = pd.concat(parts).groupby(["dispatch", "place"])["flexibility"].agg(["sum", "size"])
    spans = asked[["start", "end", "first", "length", "kw"]].merge(
        pd.DataFrame({"place": range(MOST)}), how="cross"
    )
    spans["dispatch"] = np.repeat(asked.index.to_numpy(), MOST)
    spans = spans[spans["place"] < spans["length"]].join(sums, on=["dispatch", "place"]).fillna(0)
    begin = (spans["first"] + spans["place"]) * 30
    minutes = np.minimum(begin + 30, spans["end"]) - np.maximum(begin, spans["start"])
    wanted = spans["kw"] * minutes * MICRO * (WHOLE // 60)
    spans["delivered"] = np.clip(spans["sum"].astype("int64"), 0, wanted)
    is_complete = spans["size"] == spans["dispatch"].map(number_of_units)
    missing = (wanted // 10 * 9 - spans["sum"].astype("int64")).clip(lower=0)
    spans["deficiency"] = missing.where(is_complete, 0)
    return spans.groupby("dispatch")[["delivered", "deficiency"]].sum()


def _pence(price: int, energy: int) -> str:
    """Price in pence a MWh times energy, rounded half up, in pounds."""
    divisor = WHOLE * MICRO * KWH_OF_MWH
    return _pounds((2 * price * energy + divisor) // (2 * divisor))


def _pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02}"


def _lines(contracts: pd.DataFrame, asked: pd.DataFrame, measured: pd.DataFrame) -> Lines:
    found: Lines = {
        name: {("Availability", day): _pounds(price * hours) for day in days}
        for name, price, hours, days in contracts[["availability", "hours", "days"]].itertuples(name=None)
    }
    rows = asked[["contract"]].join(contracts["utilisation"], on="contract").join(measured)
    for dispatch, name, price, delivered, missing in rows.itertuples(name=None):
        own = found[name]
        own["Utilisation", dispatch] = _pence(price, int(delivered))
        if missing:
            owed = _pence(price, int(missing))
            own["Penalty", dispatch] = owed if owed == "0.00" else f"-{owed}"
    return found
