"""Cases to settle made at random from a seed: three months around clock changes, contracts that share assets, every
baseline and curve, meters with gaps, dispatches amended, stopped, declined and not answered."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.settlement.case import HEADER, stamp
from tests.settlement.second_settling import NAMES

ZONE = ZoneInfo("Europe/London")
MONTHS = [date(2026, 3, 1), date(2026, 6, 1), date(2026, 10, 1), date(2026, 11, 1)]
HOLIDAYS = ["2026-04-03", "2026-05-25", "2026-10-19", "2026-11-30", "2026-06-11", "2026-03-17"]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CURVES: list[dict[str, Any]] = [
    {"kind": "table", "points": [["0", "0"], ["1", "1"]]},
    {"kind": "table", "points": [["0", "0"], ["0.5", "0"], ["0.5", "0.5"], ["1", "1"]]},
    {"kind": "table", "points": [["0.2", "0.1"], ["0.75", "0.75"], ["0.75", "0.8"], ["1.5", "1.25"]]},
    {"kind": "grace_slope", "grace": "0.05", "slope": "3"},
]


def case_from(seed: int) -> tuple[dict[str, Any], list[str]]:
    """``case.json`` and the texts of its meter files."""
    return _Maker(Random(seed)).made()


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.month = random.choice(MONTHS)
        self.end = (self.month + 32 * DAY).replace(day=1)
        late = 17 if self.month.month in (3, 10) else random.choice([-2, 0, 12])  # clocks change late
        self.first = self.month + late * DAY  # of the days on which something is asked for
        self.last = self.first + 15 * DAY
        self.assets = [f"A-{number}" for number in range(1, random.randint(2, 4) + 1)]
        self.is_clash = random.random() < 0.5  # all contracts at the same hours, called on the same days
        self.hours: dict[str, Any] = {}
        self.minutes = {asset: random.choice([30, 30, 15]) for asset in self.assets}

    def made(self) -> tuple[dict[str, Any], list[str]]:
        contracts = [self._contract(number) for number in range(1, self.random.randint(1, 3) + 1)]
        dispatches = [each for contract in contracts for each in self._dispatches(contract)]
        self.random.shuffle(dispatches)
        case = {
            "zone": str(ZONE),
            "holidays": HOLIDAYS,
            "months": [f"{self.month:%Y-%m}", f"{self.end:%Y-%m}"][: self.random.randint(1, 2)],
            "vat_rates": {"NORTH": "0.2", "SOUTH": "0.075"},
            "contracts": contracts,
            "availability": [each for contract in contracts for each in self._declared(contract)],
            "unavailability": [each for contract in contracts for each in self._unavailable(contract)],
            "dispatches": dispatches,
            "nominations": self._nominations(dispatches, contracts),
            "references": {
                asset: {
                    "kw": [self._number(-900, 300, 3) for _ in range(48)],
                    "devices": self.random.randint(1, 3),
                }
                for asset in self.assets
            },
            "excluded_days": {
                asset: sorted(
                    f"{self.first - self.random.randint(-8, 12) * DAY}"
                    for _ in range(self.random.randint(0, 3))
                )
                for asset in self.assets
            },
        }
        return case, [self._meter(asset) for asset in self.assets]

    def _number(self, least: float, most: float, places: int) -> str:
        return f"{self.random.uniform(least, most):.{places}f}"

    def _is(self, share: float) -> bool:
        return self.random.random() < share

    def _contract(self, number: int) -> dict[str, Any]:
        choose = self.random.choice
        assets = sorted(self.random.sample(self.assets, self.random.randint(1, len(self.assets))))
        start = choose(["00:00", "07:30", "16:00", "22:00"])
        end = choose(
            {"00:00": ["03:00", "04:45"], "07:30": ["11:00"], "16:00": ["20:00", "24:00"]}.get(
                start, ["02:00"]
            )
        )
        told: dict[str, Any] = {
            "id": f"C{number}",
            "seller": choose(["NORTH", "SOUTH"]),
            "direction": choose(["Deficit", "Excess"]),
            "capacity_mw": self._number(0.2, 1.5, 3),
            "assets": assets,
            "window": {
                "first_day": f"{self.month - choose([0, 10]) * DAY}",
                "last_day": f"{self.end + choose([-1, -5, 12]) * DAY}",
                "days": choose([NAMES[:5], NAMES, NAMES[5:], ["Tuesday", "Sunday"]]),
                "start": start,
                "end": end,
                "public_holidays": choose(["Ignore", "Exclude"]),
            },
            "terms": self._terms(assets),
        }
        if self.is_clash:
            self.hours = self.hours or told["window"]
            told["window"] = self.hours
        if self._is(0.8):
            told["utilisation_price"] = self._number(20, 600, 2)
        if self._is(0.7) and told["terms"]["availability"]["mode"] != "none":
            told["availability_price"] = self._number(1, 12, 2)
        if self._is(0.3) and told["terms"]["availability"]["mode"] != "none":
            told["service_fee"] = self._number(100, 5000, 2)
        return told

    def _terms(self, assets: list[str]) -> dict[str, Any]:
        choose = self.random.choice
        is_fine = all(self.minutes[asset] == 15 for asset in assets)
        told = {
            "period_minutes": choose([15, 30]) if is_fine else 30,
            "estimated_counts": self._is(0.5),
            "acknowledge_minutes": choose([5, 15, 60]),
            "baseline": self._baseline(),
            "availability": {
                "mode": choose(["fixed", "fixed", "declared", "none"]),
                "factor": choose(["none", "occurrence", "month", "previous_month"]),
                "curve": choose(CURVES),
                "declined_forfeits": self._is(0.6),
            },
            "utilisation": {
                "curve": choose(CURVES),
                "basis": choose(["period", "dispatch"]),
                "cap": choose(["1", "1", "1.25", "2"]),
            },
            "penalty": {
                "price": choose(["0", "0", "35.5"]),
                "multiple": choose(["0", "0", "0.5", "1"]),
                "tolerance": choose(["0", "0.05", "0.333"]),
                "cap": choose(["none", "utilisation", "all"]),
            },
            "nomination": {"days_before": choose([1, 2]), "time": choose(["12:00", "23:30"])},
        }
        return {name: value for name, value in told.items() if name == "availability" or not self._is(0.1)}

    def _baseline(self) -> dict[str, Any]:
        choose = self.random.choice
        method = choose(
            [
                "recent_days",
                "recent_days",
                "recent_days",
                "constant",
                "fixed_reference",
                "nominated",
                "meter_before",
            ]
        )
        told: dict[str, Any] = {"method": method}
        if method == "constant":
            told["kw"] = self._number(-1500, 200, 2)
        if method == "meter_before":
            told["before_minutes"] = choose([30, 60, 120])
        if method == "recent_days":
            told |= {
                "working": choose([[10, 10, 5], [8, 10, 4], [3, 5, 1]]),
                "other": choose([[4, 4, 2], [2, 4, 1], [3, 3, 3]]),
                "select": choose(["middle", "high", "low"]),
                "lookback_days": choose([60, 25, 9]),
            }
            if told["select"] == "middle" and told["other"] == [3, 3, 3]:
                told["other"] = [4, 4, 2]
            if self._is(0.6):
                told["adjustment"] = {
                    "kind": choose(["additive", "multiplicative"]),
                    "minutes": choose([60, 120]),
                    "gap_minutes": choose([0, 60, 75]),
                    "cap": choose(["0.2", "0.05", "1"]),
                    "one_sided": self._is(0.3),
                }
        return told

    def _occurrences(self, contract: dict[str, Any]) -> list[tuple[datetime, datetime]]:
        window, found = contract["window"], []
        opens = time.fromisoformat(window["start"])
        closes = time() if window["end"] == "24:00" else time.fromisoformat(window["end"])
        day = date.fromisoformat(window["first_day"])
        while day <= date.fromisoformat(window["last_day"]):
            is_off = window["public_holidays"] == "Exclude" and f"{day}" in HOLIDAYS
            if (
                NAMES[day.weekday()] in window["days"]
                and not is_off
                and self.month - 3 * DAY <= day < self.end
            ):
                until = day + DAY if closes <= opens else day
                found.append((self._instant(day, opens), self._instant(until, closes)))
            day += DAY
        return found

    @staticmethod
    def _instant(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, ZONE).astimezone(UTC)

    def _declared(self, contract: dict[str, Any]) -> list[dict[str, Any]]:
        if contract["terms"]["availability"]["mode"] != "declared":
            return []
        told = []
        for start, end in self._occurrences(contract):
            middle = start + self.random.randint(1, (end - start) // MINUTE - 1) * MINUTE
            for begin, until in [(start, middle), (middle, end)]:
                declared = contract["capacity_mw"]
                accepted = self.random.choice([declared, declared, "0", f"{float(declared) / 2:.6f}"])
                told.append(
                    {
                        "contract": contract["id"],
                        "start": stamp(begin),
                        "end": stamp(until),
                        "declared_mw": declared,
                        "accepted_mw": accepted,
                    }
                )
        return told

    def _unavailable(self, contract: dict[str, Any]) -> list[dict[str, Any]]:
        occurrences = self._occurrences(contract)
        if contract["terms"]["availability"]["mode"] == "none" or not occurrences or self._is(0.4):
            return []
        start, _ = self.random.choice(occurrences)
        begin = start + self.random.randint(-90, 90) * MINUTE
        return [
            {
                "contract": contract["id"],
                "start": stamp(begin),
                "end": stamp(begin + self.random.randint(10, 400) * MINUTE),
                "available_mw": self.random.choice(["0", "0.05"]),
            }
        ]

    def _dispatches(self, contract: dict[str, Any]) -> list[dict[str, Any]]:
        occurrences = self._occurrences(contract)
        chosen = self.random.sample(occurrences, min(len(occurrences), self.random.randint(2, 7)))
        if self.is_clash:
            chosen = occurrences[:: max(1, len(occurrences) // 4)]
        return [
            self._dispatch(f"D{contract['id']}-{number}", contract, start, end)
            for number, (start, end) in enumerate(sorted(chosen), 1)
        ]

    def _dispatch(
        self, name: str, contract: dict[str, Any], opens: datetime, closes: datetime
    ) -> dict[str, Any]:
        length = (closes - opens) // MINUTE
        first = self.random.choice([0, self.random.randint(0, length - 40), 30])
        last = self.random.randint(first + 25, length)
        start, end = opens + first * MINUTE, opens + last * MINUTE
        issued = start - self.random.choice([20, 90, 700, 1500]) * MINUTE
        mw = self._number(0.05, float(contract["capacity_mw"]) * 0.7, 3)
        events: list[dict[str, Any]] = [
            {"type": "issue", "at": stamp(issued), "start": stamp(start), "end": stamp(end), "mw": mw}
        ]
        told = {"id": name, "contract": contract["id"], "kind": "operational", "events": events}
        answer = self.random.choice(["in time", "in time", "in time", "late", "decline", "cancel", "none"])
        minutes = contract["terms"].get("acknowledge_minutes", 15)
        is_promised = contract["terms"]["availability"]["mode"] != "none"
        if answer == "in time":
            events.append({"type": "acknowledge", "at": stamp(issued + min(minutes, 20) * MINUTE)})
        elif answer == "late" and is_promised and minutes < 19:
            events.append({"type": "acknowledge", "at": stamp(issued + (minutes + 1) * MINUTE)})
        elif answer == "decline":
            events.append({"type": "decline", "at": stamp(issued + 3 * MINUTE)})
        elif answer == "cancel":
            events.append({"type": "cancel", "at": stamp(issued + 4 * MINUTE)})
        if answer == "in time" and self._is(0.6):
            events.extend(self._changes(contract, start, end, float(mw), closes))
        return told

    def _changes(
        self, contract: dict[str, Any], start: datetime, end: datetime, mw: float, closes: datetime
    ) -> list[dict[str, Any]]:
        """An amendment, a stop, or both, in the order in which they are recorded."""
        events: list[dict[str, Any]] = []
        length = (end - start) // MINUTE
        since = start + self.random.randint(0, length - 15) * MINUTE
        kind = self.random.choice(["less", "more", "longer", "ignored", "none"])
        if kind != "none":
            longer = kind == "longer" and end < closes
            until = end + self.random.randint(1, (closes - end) // MINUTE) * MINUTE if longer else end
            asked = mw * {"less": 0.6}.get(kind, 1.3)
            at = since - self.random.randint(4, 15) * MINUTE
            number = {"amendment": 2}
            change = {"start": stamp(since), "end": stamp(until), "mw": f"{asked:.3f}"}
            events.append({"type": "amend", "at": stamp(at), **number, **change})
            if kind in ("more", "longer"):
                events.append({"type": "acknowledge", "at": stamp(at + 2 * MINUTE), **number})
        if self._is(0.5):
            stop = max(since, start + MINUTE) + self.random.randint(0, 10) * MINUTE
            events.append({"type": self.random.choice(["stop", "emergency_stop"]), "at": stamp(stop)})
        return events

    def _nominations(
        self, dispatches: list[dict[str, Any]], contracts: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        told, by_id = [], {each["id"]: each for each in contracts}
        for dispatch in dispatches:
            contract = by_id[dispatch["contract"]]
            if contract["terms"].get("baseline", {}).get("method") != "nominated":
                continue
            length = contract["terms"].get("period_minutes", 30)
            begin = datetime.fromisoformat(dispatch["events"][0]["start"])
            for step in range(-1, 12):
                period = begin.replace(minute=begin.minute // length * length) + step * length * MINUTE
                for asset in contract["assets"]:
                    for _ in range(self.random.choice([0, 1, 1, 2])):
                        sent = period - self.random.randint(300, 5000) * MINUTE
                        told.append(
                            {
                                "asset": asset,
                                "period_start": stamp(period),
                                "kw": self._number(-1500, 100, 3),
                                "submitted_at": stamp(sent),
                                "late_accepted": self._is(0.2),
                            }
                        )
        return told

    def _meter(self, asset: str) -> str:
        """Readings with a shape of the day, some missing, some estimated, and whole hours without a row."""
        length, rows = self.minutes[asset], [HEADER]
        at = datetime.combine(self.first - 26 * DAY, time(), UTC)
        level = self.random.uniform(50, 400)
        while at < datetime.combine(self.last + 2 * DAY, time(), UTC):
            energy = (
                level * (1 + 0.5 * (at.hour in range(8, 20))) * self.random.uniform(0.5, 1.2) * length / 30
            )
            exported = self.random.uniform(0, 60) if self._is(0.1) else 0
            quality = self.random.choices(["A", "E", "M", ""], [190, 4, 1, 5])[0]
            if not self._is(0.004):
                rows.append(f"{asset},{stamp(at)},{length},{energy:.3f},{exported:.3f},{quality}")
            at += length * MINUTE
        return "\n".join(rows) + "\n"
