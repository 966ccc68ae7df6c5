"""A second working out of random months, built otherwise: whole numbers in arrays of half-hours, straight from the files.

Energy is counted in units of 1/3,600,000 kWh, in which requested energy of whole minutes and means of up to six days are whole.
"""

import csv
import io
import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest

from settlement.domain.cases import case_of
from settlement.domain.settling import settle

EPOCH = datetime(2026, 5, 11, tzinfo=UTC)
DAYS = 52
UNIT = 3_600_000
LOCAL = timedelta(hours=1)
HALF_HOUR = timedelta(minutes=30)
CURVES = (
    "proportional",
    "threshold_50",
    {"kind": "grace_slope", "grace": "0.05", "slope": "3"},
    {"kind": "table", "points": [["0", "0"], ["0.4", "0"], ["0.4", "0.3"], ["0.9", "1"]]},
)


def random_case(seed):
    """A month of one or two contracts on two assets, weekdays 16:00-20:00 local."""
    dice = random.Random(seed)
    terms = {
        "baseline": dice.choice(
            (
                {"method": "constant", "kw": str(-dice.randint(1500, 2500))},
                {"method": "meter_before", "before_minutes": dice.choice((30, 60))},
                {"method": "recent_days", "select": "high", "working": [3, 5, 2], "other": [2, 2, 2]},
            )
        ),
        "availability": {
            "mode": "fixed",
            "factor": dice.choice(("none", "occurrence", "month")),
            "curve": dice.choice(CURVES),
        },
        "utilisation": {
            "curve": dice.choice(CURVES),
            "basis": dice.choice(("period", "dispatch")),
            "cap": dice.choice(("1", "1.25")),
        },
        "penalty": {
            "price": dice.choice(("0", "13.5")),
            "multiple": dice.choice(("0", "0.75", "1")),
            "tolerance": dice.choice(("0", "0.1")),
            "cap": dice.choice(("none", "utilisation", "all")),
        },
    }
    contracts = [
        {
            "id": name,
            "seller": "S",
            "direction": "Deficit",
            "capacity_mw": "1",
            "assets": assets,
            "availability_price": dice.choice((None, "7.35")),
            "utilisation_price": str(Decimal(dice.randint(5000, 30000)) / 100),
            "service_fee": dice.choice((None, "412.50")),
            "window": {
                "first_day": "2026-06-01",
                "last_day": "2026-07-10",
                "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                "start": "16:00",
                "end": "20:00",
            },
        }
        for name, assets in (("C1", ["A", "B"]), ("C2", ["B"]))[: dice.randint(1, 2)]
    ]
    for each in contracts:
        for price in ("availability_price", "service_fee"):
            if each[price] is None:
                del each[price]
    weekdays = [day for day in range(1, 31) if date(2026, 6, day).weekday() < 5]
    dispatches = []
    for contract in contracts:
        for day in sorted(dice.sample(weekdays, 4)):
            start = datetime(2026, 6, day, 15, dice.choice((0, 10, 30)), tzinfo=UTC)
            end = start + timedelta(minutes=dice.choice((30, 45, 70, 90)))
            issued = start - timedelta(minutes=dice.randint(60, 200))
            events = [
                {
                    "type": "issue",
                    "at": issued.isoformat(),
                    "start": start.isoformat(),
                    "end": end.isoformat(),
                    "mw": str(Decimal(dice.randint(200, 1000)) / 1000),
                }
            ]
            if (answer := dice.choice(("acknowledge", "acknowledge", "decline", ""))) != "":
                events.append({"type": answer, "at": (issued + timedelta(minutes=3)).isoformat()})
            name = f"{contract['id']}-{day:02}"
            dispatches.append(
                {"id": name, "contract": contract["id"], "kind": "operational", "events": events}
            )
    case = {
        "zone": "Europe/London",
        "months": ["2026-06"],
        "terms": terms,
        "contracts": contracts,
        "dispatches": dispatches,
    }
    return case, _meter(dice)


def _meter(dice):
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)", "Quality"])
    for asset in ("A", "B"):
        for number in range(DAYS * 48):
            at = EPOCH + number * HALF_HOUR
            quality = "M" if dice.random() < 0.004 else "A"
            used = dice.randint(500_000, 1_100_000) if 14 <= at.hour <= 19 else 900_000 + dice.randint(0, 9)
            rows.writerow([asset, at.isoformat(), 30, Decimal(used) / 1000, 0, quality])
    return text.getvalue()


def arrays_of(text):
    """By asset, import by half-hour in units, and where it is known."""
    used = {asset: np.zeros(DAYS * 48, dtype=np.int64) for asset in ("A", "B")}
    known = {asset: np.zeros(DAYS * 48, dtype=bool) for asset in ("A", "B")}
    for row in csv.DictReader(io.StringIO(text)):
        place = place_of(row["Period Start"])
        used[row["Asset Ref"]][place] = int(Decimal(row["Import (kWh)"]) * UNIT)
        known[row["Asset Ref"]][place] = row["Quality"] == "A"
    return used, known


def place_of(text):
    return (datetime.fromisoformat(text) - EPOCH) // HALF_HOUR


def expected(case, meter):
    """The amounts of each contract by kind and reference."""
    used, known = arrays_of(meter)
    terms = case["terms"]
    contracts = {each["id"]: each for each in case["contracts"]}
    calls = sorted(case["dispatches"], key=lambda each: (each["events"][0]["at"], each["id"]))
    events = {asset: set() for asset in used}
    for call in calls:
        for asset in contracts[call["contract"]]["assets"]:
            events[asset].add(date.fromisoformat(call["events"][0]["start"][:10]))
    spent = {asset: np.zeros(DAYS * 48, dtype=np.int64) for asset in used}
    found = {name: {} for name in contracts}
    energies = {}
    for number, call in enumerate(calls):
        energies[call["id"]] = _delivered(
            call, calls[number + 1 :], contracts, terms, used, known, events, spent
        )
    for name, contract in contracts.items():
        own = {each["id"]: energies[each["id"]] for each in case["dispatches"] if each["contract"] == name}
        found[name] = _lines(contract, case, own)
    return found


def _delivered(call, later, contracts, terms, used, known, events, spent):
    """Requested, delivered and lacking of each half-hour, in units; credits the assets."""
    issue = call["events"][0]
    start, end = (datetime.fromisoformat(issue[name]) for name in ("start", "end"))
    places = np.arange(
        place_of(issue["start"]), -(-((end - EPOCH).total_seconds() // 60) // 30), dtype=np.int64
    )
    edges = [(EPOCH + int(place) * HALF_HOUR) for place in places]
    minutes = [int((min(end, edge + HALF_HOUR) - max(start, edge)).total_seconds() // 60) for edge in edges]
    asked = [int(Decimal(issue["mw"]) * 1000 * each) * (UNIT // 60) for each in minutes]
    declined = any(each["type"] == "decline" for each in call["events"])
    assets = contracts[call["contract"]]["assets"]
    bases = {asset: _base(asset, start, places, terms["baseline"], used, known, events) for asset in assets}
    cap, tolerance = Decimal(terms["utilisation"]["cap"]), Decimal(terms["penalty"]["tolerance"])
    rows = []
    for number, place in enumerate(places):
        counting = [asset for asset in assets if bases[asset] is not None and known[asset][place]]
        given = {
            asset: int(bases[asset][number]) - int(used[asset][place]) - int(spent[asset][place])
            for asset in counting
        }
        flexibility = 0 if declined else sum(given.values())
        delivered = min(max(flexibility, 0), int(cap * asked[number]))
        complete = len(counting) == len(assets)
        lacking = max(Decimal(0), (1 - tolerance) * asked[number] - flexibility) if complete else Decimal(0)
        again = {
            asset
            for each in later
            if datetime.fromisoformat(each["events"][0]["start"]) < edges[number] + HALF_HOUR
            and datetime.fromisoformat(each["events"][0]["end"]) > edges[number]
            for asset in contracts[each["contract"]]["assets"]
        }
        left = delivered
        for asset in sorted(
            (each for each in given if given[each] > 0), key=lambda each: (each in again, each)
        ):
            credit = min(left, given[asset])
            spent[asset][place] += credit
            left -= credit
        rows.append((asked[number], delivered, lacking))
    return {"rows": rows, "declined": declined, "day": start.date()}


def _base(asset, start, places, told, used, known, events):
    """Expected import of each half-hour in units; None without a baseline."""
    if told["method"] == "constant":
        return np.full(len(places), -int(told["kw"]) * UNIT // 2)
    if told["method"] == "meter_before":
        last = (start - EPOCH) // HALF_HOUR
        before = np.arange(last - told["before_minutes"] // 30, last)
        return (
            np.full(len(places), used[asset][before].sum() // len(before))
            if known[asset][before].all()
            else None
        )
    days, back = [], 0
    while len(days) < 5 and back < 60:
        back += 1
        day = start.date() - timedelta(days=back)
        there = places - 48 * back
        if there.min() < 0:
            break
        if day.weekday() < 5 and day not in events[asset] and known[asset][there].all():
            days.append(used[asset][there])
    if len(days) < 2:
        return None
    chosen = sorted(days, key=lambda each: -each.sum())[:3]  # stable: of equals the more recent ranks higher
    return sum(chosen) // len(chosen)


def share_paid(curve, share):
    if curve == "proportional":
        curve = {"kind": "table", "points": [["0", "0"], ["1", "1"]]}
    if curve == "threshold_50":
        curve = {"kind": "table", "points": [["0", "0"], ["0.5", "0"], ["0.5", "0.5"], ["1", "1"]]}
    if curve["kind"] == "grace_slope":
        return max(
            Decimal(0), 1 - Decimal(curve["slope"]) * max(Decimal(0), 1 - Decimal(curve["grace"]) - share)
        )
    points = [(Decimal(x), Decimal(y)) for x, y in curve["points"]]
    paid = points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= share:
            paid = y1 if share >= x1 else y0 + (y1 - y0) * (share - x0) / (x1 - x0)
    return paid


def pence(exact):
    near = exact.quantize(Decimal("1e-12"), ROUND_HALF_UP)
    return near.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _lines(contract, case, energies):
    terms, found = case["terms"], {}
    weekdays = [day for day in range(1, 31) if date(2026, 6, day).weekday() < 5]
    price = Decimal(contract["utilisation_price"])
    if "availability_price" in contract:
        for day in weekdays:
            factor = _factor(terms["availability"], date(2026, 6, day), energies)
            found["Availability", f"2026-06-{day:02}"] = pence(
                Decimal(contract["availability_price"]) * 4 * factor
            )
    rate = Decimal(terms["penalty"]["price"]) + Decimal(terms["penalty"]["multiple"]) * price
    for name, told in energies.items():
        rows = [(Decimal(asked), Decimal(given)) for asked, given, _ in told["rows"]]
        if terms["utilisation"]["basis"] == "dispatch":
            rows = [(sum(asked for asked, _ in rows), sum(given for _, given in rows))]
        paid = sum(asked * share_paid(terms["utilisation"]["curve"], given / asked) for asked, given in rows)
        found["Utilisation", name] = pence(price * paid / UNIT / 1000)
        lacking = sum((each for _, _, each in told["rows"]), Decimal(0))
        if rate and lacking:
            found["Penalty", name] = -pence(rate * lacking / UNIT / 1000)
    if "service_fee" in contract:
        days = len(weekdays)
        whole = sum((date(2026, 6, 1) + timedelta(days=n)).weekday() < 5 for n in range(40))
        found["Service fee", "2026-06"] = pence(Decimal(contract["service_fee"]) * days / whole)
    _relieve(found, terms["penalty"]["cap"])
    return found


def _relieve(found, cap):
    counting = {"utilisation": ("Utilisation",), "all": ("Utilisation", "Availability", "Service fee")}.get(
        cap
    )
    if counting is None:
        return
    penalties = -sum(amount for (kind, _), amount in found.items() if kind == "Penalty")
    beyond = penalties - sum(amount for (kind, _), amount in found.items() if kind in counting)
    if beyond > 0:
        found["Penalty relief", "2026-06"] = min(beyond, penalties)


def _factor(told, day, energies):
    within = [each for each in energies.values() if each["day"] == day]
    if any(each["declined"] for each in within):
        return Decimal(0)
    if told["factor"] == "none":
        return Decimal(1)
    counting = within if told["factor"] == "occurrence" else list(energies.values())
    asked = sum(row[0] for each in counting for row in each["rows"])
    given = sum(row[1] for each in counting for row in each["rows"])
    return share_paid(told["curve"], min(Decimal(1), Decimal(given) / asked)) if asked else Decimal(1)


@pytest.mark.parametrize("seed", range(50))
def test_a_month_comes_to_the_same_when_it_is_worked_out_otherwise(seed):
    case, meter = random_case(seed)
    settled = settle(case_of(json.dumps(case), {"meter-1.csv": meter}))
    ours = {
        each.contract: {(line.kind.value, line.reference): line.amount for line in each.lines}
        for each in settled.statements
    }
    with localcontext(prec=60):
        assert ours == expected(case, meter)


def test_the_random_months_hold_what_is_worth_checking():
    """Penalties, relief, half-delivered dispatches and shared assets are among them."""
    kinds = set()
    for seed in range(10):
        case, meter = random_case(seed)
        with localcontext(prec=60):
            kinds |= {kind for lines in expected(case, meter).values() for kind, _ in lines}
    assert kinds == {"Availability", "Utilisation", "Penalty", "Penalty relief", "Service fee"}
