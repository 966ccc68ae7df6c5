"""A month settled a second time, from the text of the rules alone: minute by minute, with fractions, no faster than it
needs to be and sharing nothing with the product. What differs from :mod:`settlement.domain.settling` is a fault of one.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
PROPORTIONAL = {"kind": "table", "points": [["0", "0"], ["1", "1"]]}
ABSENT: dict[str, Any] = {
    "period_minutes": 30,
    "estimated_counts": False,
    "acknowledge_minutes": 15,
    "baseline": {"method": "recent_days"},
    "availability": {"mode": "fixed", "factor": "none", "curve": PROPORTIONAL, "declined_forfeits": True},
    "utilisation": {"curve": PROPORTIONAL, "basis": "period", "cap": "1", "tests_paid": True},
    "penalty": {"price": "0", "multiple": "0", "tolerance": "0", "cap": "none"},
    "nomination": {"days_before": 1, "time": "12:00"},
}
Minute = datetime


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def half_up(value: Fraction, places: int) -> str:
    """Half away from zero, without a minus before zeros."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole:0{places + 1}d}"
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def share(curve: Mapping[str, Any], delivered: Fraction) -> Fraction:
    """What of the full payment a delivered share earns."""
    if curve["kind"] == "grace_slope":
        missing = max(Fraction(0), 1 - Fraction(curve["grace"]) - delivered)
        return max(Fraction(0), 1 - Fraction(curve["slope"]) * missing)
    points = [(Fraction(x), Fraction(y)) for x, y in curve["points"]]
    at_or_below = [point for point in points if point[0] <= delivered]
    if not at_or_below:
        return points[0][1]
    x0, y0 = at_or_below[-1]
    beyond = points[len(at_or_below) :]
    if not beyond or x0 == delivered:
        return y0
    x1, y1 = beyond[0]
    return y0 + (y1 - y0) * (delivered - x0) / (x1 - x0)


def minutes_of(start: datetime, end: datetime) -> Iterator[Minute]:
    while start < end:
        yield start
        start += MINUTE


def floor(at: datetime, minutes: int) -> datetime:
    past = (at.hour * 60 + at.minute) % minutes
    return at - timedelta(minutes=past, seconds=at.second, microseconds=at.microsecond)


@dataclass
class Called:
    """One dispatch: the MW that it asks for, minute by minute, and what became of it."""

    id: str
    contract: "Agreed"
    kind: str
    issued: datetime
    mw: dict[Minute, Fraction] = field(default_factory=dict)
    status: str = ""
    is_void: bool = False
    is_declined: bool = False
    delivered: dict[datetime, Fraction] = field(default_factory=dict)
    short: dict[datetime, Fraction] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        return min(self.mw)

    @cached_property
    def periods(self) -> dict[datetime, Fraction]:
        """kWh asked for in each period that it touches."""
        asked: dict[datetime, Fraction] = defaultdict(Fraction)
        for minute, mw in self.mw.items():
            asked[floor(minute, self.contract.period)] += mw * 1000 / 60
        return dict(sorted(asked.items()))

    def asked(self) -> Fraction:
        return sum(self.periods.values(), Fraction(0))

    def given(self) -> Fraction:
        return sum(self.delivered.values(), Fraction(0))


class Agreed:
    """A contract of a case with its terms filled in."""

    def __init__(self, told: Mapping[str, Any], case: Mapping[str, Any]) -> None:
        self.id, self.seller, self.assets = told["id"], told["seller"], list(told["assets"])
        self.sign = 1 if told["direction"] == "Deficit" else -1
        self.capacity = Fraction(told["capacity_mw"])
        self.prices = {
            name: Fraction(told[name]) if told.get(name) is not None else None
            for name in ("availability_price", "utilisation_price", "service_fee")
        }
        self.window = told["window"]
        self.terms = _over(_over(ABSENT, case.get("terms", {})), told.get("terms", {}))
        self.period = int(self.terms["period_minutes"])

    @property
    def hours(self) -> Fraction:
        return Fraction(self.period, 60)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        nested = isinstance(value, Mapping) and isinstance(below.get(name), Mapping) and name != "curve"
        merged[name] = _over(below[name], value) if nested else value
    return merged


def energy(told: str) -> Fraction:
    """An energy to the last digit; of a decimal it is made much sooner than of its text."""
    return Fraction(Decimal(told))


class Second:
    """The whole case, settled: ``report()`` has what can be compared."""

    def __init__(self, case: Mapping[str, Any], meters: list[str]) -> None:
        self.case, self.zone = case, ZoneInfo(case["zone"])
        self.holidays = {date.fromisoformat(day) for day in case.get("holidays", [])}
        self.contracts = {told["id"]: Agreed(told, case) for told in case["contracts"]}
        self.readings: dict[str, dict[datetime, tuple[int, Fraction, str]]] = defaultdict(dict)
        for text in meters:
            for row in csv.DictReader(io.StringIO(text)):
                net = energy(row["Export (kWh)"] or "0") - energy(row["Import (kWh)"] or "0")
                found = (int(row["Minutes"]), net, row.get("Quality") or "A")
                self.readings[row["Asset Ref"]][instant(row["Period Start"])] = found
        self.dispatches = sorted(
            map(self._called, case.get("dispatches", [])), key=lambda d: (d.issued, d.id)
        )
        self.standing = [each for each in self.dispatches if not each.is_void]
        self.taken: dict[str, dict[Minute, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        self.performance = [self._measured(each) for each in self.standing]

    # Dispatches

    def _called(self, told: Mapping[str, Any]) -> Called:
        contract = self.contracts[told["contract"]]
        first = told["events"][0]
        called = Called(told["id"], contract, told["kind"], instant(first["at"]))
        begin, end, mw = instant(first["start"]), instant(first["end"]), Fraction(first["mw"])
        called.mw = dict.fromkeys(minutes_of(begin, end), mw)
        due = min(called.issued + timedelta(minutes=int(contract.terms["acknowledge_minutes"])), begin)
        pending: dict[int, tuple[datetime, dict[Minute, Fraction]]] = {}
        answer, ended = "unanswered", None
        for event in told["events"][1:]:
            at, number = instant(event["at"]), event.get("amendment")
            if event["type"] == "acknowledge" and number is not None:
                start, asked = pending.pop(number, (at, {}))
                if at < start:
                    kept = {minute: had for minute, had in called.mw.items() if minute < start}
                    called.mw = kept | asked
            elif event["type"] == "acknowledge":
                answer = "acknowledged" if at <= due else "acknowledged late"
            elif event["type"] == "decline":
                answer, called.is_declined = "declined", True
            elif event["type"] == "cancel":
                answer, called.is_void = "cancelled", True
            elif event["type"] == "amend":
                _amend(called, event, pending)
            else:
                ended = at
            if ended is not None:
                called.mw = {minute: had for minute, had in called.mw.items() if minute < ended}
        called.status = answer
        if contract.terms["availability"]["mode"] == "none" and answer in ("unanswered", "declined"):
            called.is_void, called.status = True, f"{answer}, void"
        return called

    # Baselines

    def _period(self, asset: str, start: datetime, contract: Agreed) -> Fraction | None:
        """Net kWh of a period, or nothing where it is not complete."""
        minute, end, total = start, start + timedelta(minutes=contract.period), Fraction(0)
        while minute < end:
            found = self.readings[asset].get(minute)
            if (
                found is None
                or found[2] == "M"
                or (found[2] == "E" and not contract.terms["estimated_counts"])
            ):
                return None
            total, minute = total + found[1], minute + timedelta(minutes=found[0])
        return total if minute == end else None

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def _has_24_hours(self, day: date) -> bool:
        return self._instant(day + DAY, time()) - self._instant(day, time()) == DAY

    def _is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays

    def _baseline(self, asset: str, called: Called) -> tuple[dict[datetime, Fraction], list[date]]:
        rules, contract = called.contract.terms["baseline"], called.contract
        periods = list(called.periods)
        method = rules.get("method", "recent_days")
        if method == "constant":
            return dict.fromkeys(periods, Fraction(rules.get("kw", "0")) * contract.hours), []
        if method == "fixed_reference":
            told = self.case["references"].get(asset)
            if told is None:
                return {}, []
            found = {}
            for period in periods:
                clock = self._local(period)
                kw = Fraction(str(told["kw"][clock.hour * 2 + clock.minute // 30]))
                found[period] = kw * told["devices"] * contract.hours
            return found, []
        if method == "nominated":
            return self._nominated(asset, periods, contract), []
        if method == "meter_before":
            end = floor(called.start, contract.period)
            nets = self._window(asset, end, int(rules.get("before_minutes", 30)), contract)
            if None in nets:
                return {}, []
            return dict.fromkeys(periods, sum(nets, Fraction(0)) / len(nets)), []
        return self._recent_days(asset, called, rules, periods)

    def _window(self, asset: str, end: datetime, minutes: int, contract: Agreed) -> list[Any]:
        starts = [end - timedelta(minutes=m) for m in range(minutes, 0, -contract.period)]
        return [self._period(asset, start, contract) for start in starts]

    def _nominated(self, asset: str, periods: list[datetime], contract: Agreed) -> dict[datetime, Fraction]:
        rule, found = contract.terms["nomination"], {}
        for period in periods:
            day = self._local(period).date() - int(rule["days_before"]) * DAY
            deadline = self._instant(day, time.fromisoformat(rule["time"]))
            counting = [
                (instant(each["submitted_at"]), Fraction(each["kw"]))
                for each in self.case.get("nominations", [])
                if each["asset"] == asset
                and instant(each["period_start"]) == period
                and (instant(each["submitted_at"]) < deadline or each.get("late_accepted"))
            ]
            if counting:
                found[period] = max(counting)[1] * contract.hours
        return found

    def _recent_days(
        self, asset: str, called: Called, rules: Mapping[str, Any], periods: list[datetime]
    ) -> tuple[dict[datetime, Fraction], list[date]]:
        contract, day = called.contract, self._local(called.start).date()
        adjusting = rules.get("adjustment") or {}
        before: list[datetime] = []
        if adjusting:
            end = floor(
                called.start - timedelta(minutes=int(adjusting.get("gap_minutes", 60))), contract.period
            )
            minutes = int(adjusting.get("minutes", 120))
            before = [end - timedelta(minutes=m) for m in range(minutes, 0, -contract.period)]
        shape = {
            period: ((self._local(period).date() - day).days, self._local(period).time())
            for period in [*before, *periods]
        }
        default = [10, 10, 5] if self._is_working(day) else [4, 4, 2]
        most, within, least = rules.get("working" if self._is_working(day) else "other", default)
        candidates: list[tuple[date, dict[datetime, Fraction]]] = []
        for back in range(1, int(rules.get("lookback_days", 60)) + 1):
            candidate = day - back * DAY
            if len(candidates) == within or self._is_working(candidate) != self._is_working(day):
                continue
            nets = self._nets_of(asset, candidate, shape, contract)
            if nets is not None:
                candidates.append((candidate, nets))
        if len(candidates) < least:
            return {}, []
        ranked = sorted(candidates, key=lambda each: (sum(each[1][p] for p in periods), -each[0].toordinal()))
        select = rules.get("select", "middle")
        if select == "high":
            chosen = ranked[:most]
        elif select == "low":
            chosen = ranked[-most:]
        else:
            drop = (within - most) // 2 if len(ranked) == within else 0
            chosen = ranked[drop : len(ranked) - drop]
        raw = {p: sum((nets[p] for _, nets in chosen), Fraction(0)) / len(chosen) for p in shape}
        baseline = {p: raw[p] for p in periods}
        now = [self._period(asset, p, contract) for p in before]
        if adjusting and None not in now:
            baseline = _adjusted(baseline, now, [raw[p] for p in before], adjusting, contract.sign)
        return baseline, sorted(d for d, _ in chosen)

    def _nets_of(
        self, asset: str, candidate: date, shape: Mapping[datetime, tuple[int, time]], contract: Agreed
    ) -> dict[datetime, Fraction] | None:
        """A candidate's net energies at the shape's places, or nothing where it can't be used."""
        if candidate in {date.fromisoformat(d) for d in self.case.get("excluded_days", {}).get(asset, [])}:
            return None
        if not all(self._has_24_hours(candidate + offset * DAY) for offset, _ in shape.values()):
            return None
        busy, event_days = self._busy(asset)
        if candidate in event_days:
            return None
        found = {}
        for period, (offset, clock) in shape.items():
            start = self._instant(candidate + offset * DAY, clock)
            if any(m in busy for m in minutes_of(start, start + timedelta(minutes=contract.period))):
                return None
            net = self._period(asset, start, contract)
            if net is None:
                return None
            found[period] = net
        return found

    @cache  # noqa: B019  it lives as long as the case
    def _busy(self, asset: str) -> tuple[set[Minute], set[date]]:
        """The minutes in which any contract asks the asset for something, and their local days."""
        minutes = {m for each in self.standing if asset in each.contract.assets for m in each.mw}
        return minutes, {self._local(minute).date() for minute in minutes}

    # Performance

    def _measured(self, called: Called) -> dict[str, Any]:
        contract = called.contract
        cap = Fraction(contract.terms["utilisation"]["cap"])
        tolerance = Fraction(contract.terms["penalty"]["tolerance"])
        baselines = {asset: self._baseline(asset, called) for asset in contract.assets}
        rows = []
        for period, asked in called.periods.items():
            minutes = list(minutes_of(period, period + timedelta(minutes=contract.period)))
            flexible: dict[str, Fraction] = {}
            expected = metered = Fraction(0)
            for asset in sorted(contract.assets):
                base, net = baselines[asset][0].get(period), self._period(asset, period, contract)
                if base is None or net is None:
                    continue
                taken = sum((self.taken[asset][m] for m in minutes), Fraction(0))
                flexible[asset] = contract.sign * (net - taken - base)
                expected, metered = expected + base, metered + net
            flexibility = sum(flexible.values(), Fraction(0))
            is_complete = len(flexible) == len(contract.assets)
            delivered = Fraction(0) if called.is_declined else min(max(flexibility, Fraction(0)), cap * asked)
            compared = Fraction(0) if called.is_declined else flexibility
            short = max(Fraction(0), (1 - tolerance) * asked - compared) if is_complete else Fraction(0)
            called.delivered[period], called.short[period] = delivered, short
            self._credit(called, minutes, flexible, delivered)
            rows.append(
                {
                    "start": period.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "requested_kwh": half_up(asked, 3),
                    "baseline_kwh": half_up(expected, 3),
                    "metered_kwh": half_up(metered, 3),
                    "flexibility_kwh": half_up(flexibility, 3),
                    "delivered_kwh": half_up(delivered, 3),
                    "deficiency_kwh": half_up(short, 3),
                    "complete": is_complete,
                }
            )
        return {
            "dispatch": called.id,
            "contract": contract.id,
            "status": called.status,
            "requested_kwh": half_up(called.asked(), 3),
            "delivered_kwh": half_up(called.given(), 3),
            "performance_percent": half_up(100 * called.given() / called.asked(), 1),
            "baseline_days": {asset: [d.isoformat() for d in days] for asset, (_, days) in baselines.items()}
            if contract.terms["baseline"].get("method", "recent_days") == "recent_days"
            else {},
            "periods": rows,
        }

    def _credit(
        self, called: Called, minutes: list[Minute], flexible: Mapping[str, Fraction], delivered: Fraction
    ) -> None:
        """Delivered energy becomes *taken*: first of assets that no later dispatch asks in this period."""
        later = {
            asset
            for each in self.standing[self.standing.index(called) + 1 :]
            if {floor(m, each.contract.period) for m in minutes} & each.periods.keys()
            for asset in each.contract.assets
        }
        left = delivered
        for asset in sorted(flexible, key=lambda ref: (ref in later, ref)):
            part = min(left, max(flexible[asset], Fraction(0)))
            left -= part
            for minute in minutes:
                self.taken[asset][minute] += called.contract.sign * part / len(minutes)

    # Payment

    def _occurrences(self, contract: Agreed) -> Iterator[tuple[date, datetime, datetime]]:
        window, day = contract.window, date.fromisoformat(contract.window["first_day"])
        opens, closes = time.fromisoformat(window["start"]), window["end"]
        ends = time() if closes == "24:00" else time.fromisoformat(closes)
        while day <= date.fromisoformat(window["last_day"]):
            is_served = NAMES[day.weekday()] in window["days"]
            if window.get("public_holidays", "Ignore") == "Exclude" and day in self.holidays:
                is_served = False
            if is_served:
                yield day, self._instant(day, opens), self._instant(day + (ends <= opens) * DAY, ends)
            day += DAY

    def _accepted(self, contract: Agreed, start: datetime, end: datetime) -> Fraction:
        """MW times hours accepted and there between two instants."""
        is_declared = contract.terms["availability"]["mode"] == "declared"
        mw = dict.fromkeys(minutes_of(start, end), Fraction(0) if is_declared else contract.capacity)
        for each in self.case.get("availability", []) if is_declared else []:
            if each["contract"] == contract.id:
                for minute in mw.keys() & set(minutes_of(instant(each["start"]), instant(each["end"]))):
                    mw[minute] = Fraction(each["accepted_mw"])
        for each in self.case.get("unavailability", []):
            if each["contract"] == contract.id:
                for minute in mw.keys() & set(minutes_of(instant(each["start"]), instant(each["end"]))):
                    mw[minute] = min(mw[minute], Fraction(each["available_mw"]))
        return sum(mw.values(), Fraction(0)) / 60

    def _month(self, at: datetime | date) -> str:
        day = self._local(at).date() if isinstance(at, datetime) else at
        return f"{day:%Y-%m}"

    def _factor(self, contract: Agreed, day: date, start: datetime, end: datetime) -> Fraction:
        terms = contract.terms["availability"]
        own = [each for each in self.standing if each.contract is contract]
        inside = [each for each in own if start <= each.start < end]
        if terms["declined_forfeits"] and any(each.is_declined for each in inside):
            return Fraction(0)
        if terms["factor"] == "none":
            return Fraction(1)
        if terms["factor"] != "occurrence":
            month = f"{day:%Y-%m}"
            if terms["factor"] == "previous_month":
                month = f"{day.replace(day=1) - DAY:%Y-%m}"
            inside = [each for each in own if self._month(each.start) == month]
        asked = sum((each.asked() for each in inside), Fraction(0))
        given = sum((each.given() for each in inside), Fraction(0))
        return share(terms["curve"], min(Fraction(1), given / asked)) if asked else Fraction(1)

    def _statement(self, contract: Agreed, month: str) -> dict[str, Any]:
        lines: list[tuple[str, str, str, str, Fraction]] = []
        price, fee = contract.prices["availability_price"], contract.prices["service_fee"]
        if price is not None and contract.terms["availability"]["mode"] != "none":
            for day, start, end in self._occurrences(contract):
                mwh = self._accepted(contract, start, end) if f"{day:%Y-%m}" == month else Fraction(0)
                if mwh:
                    factor = self._factor(contract, day, start, end)
                    lines.append(
                        (
                            "Availability",
                            day.isoformat(),
                            half_up(mwh, 6),
                            half_up(factor, 6),
                            price * mwh * factor,
                        )
                    )
        for called in self.standing:
            if called.contract is contract and self._month(called.start) == month:
                lines.extend(self._of_dispatch(called))
        lines = [(*rest, _pennies(amount)) for *rest, amount in lines]  # type: ignore[misc]
        paid = {
            kind: sum((line[4] for line in lines if line[0] == kind), Fraction(0))
            for kind in ("Availability", "Utilisation", "Penalty")
        }
        service = self._service_fee(contract, month) if fee is not None else None
        cap = contract.terms["penalty"]["cap"]
        if cap != "none":
            most = paid["Utilisation"]
            if cap == "all":
                most += paid["Availability"] + (service or 0)
            if -paid["Penalty"] > most:
                lines.append(("Penalty relief", "month", "", "", -paid["Penalty"] - most))
        if service is not None:
            lines.append(("Service fee", month, "", half_up(Fraction(1), 6), service))
        return {
            "contract": contract.id,
            "month": month,
            "lines": [
                {
                    "kind": kind,
                    "ref": ref,
                    "quantity": quantity,
                    "factor": factor,
                    "amount": half_up(amount, 2),
                }
                for kind, ref, quantity, factor, amount in lines
            ],
            "total": half_up(sum((line[4] for line in lines), Fraction(0)), 2),
        }

    def _of_dispatch(self, called: Called) -> Iterator[tuple[str, str, str, str, Fraction]]:
        contract, terms = called.contract, called.contract.terms
        price = contract.prices["utilisation_price"]
        if price is not None:
            curve, asked = terms["utilisation"]["curve"], called.periods
            if terms["utilisation"]["basis"] == "dispatch":
                earned = called.asked() * share(curve, called.given() / called.asked())
            else:
                earned = sum(
                    (q * share(curve, called.delivered[p] / q) for p, q in asked.items()), Fraction(0)
                )
            rate = half_up(called.given() / called.asked(), 6)
            yield "Utilisation", called.id, half_up(called.given(), 3), rate, price * earned / 1000
        short = sum(called.short.values(), Fraction(0))
        rate_of = Fraction(terms["penalty"]["price"]) + Fraction(terms["penalty"]["multiple"]) * (price or 0)
        if short and rate_of:
            yield "Penalty", called.id, half_up(short, 3), half_up(Fraction(1), 6), -rate_of * short / 1000

    def _service_fee(self, contract: Agreed, month: str) -> Fraction | None:
        minutes: dict[str, int] = defaultdict(int)
        for day, start, end in self._occurrences(contract):
            minutes[f"{day:%Y-%m}"] += (end - start) // MINUTE
        served = sum(minutes.values())
        first, last = contract.window["first_day"][:7], contract.window["last_day"][:7]
        if not first <= month <= last or not served:
            return None
        whole = contract.prices["service_fee"] * contract.capacity  # type: ignore[operator]
        upto = sum(part for each, part in minutes.items() if each <= month)
        before = upto - minutes[month]
        return _pennies(whole * upto / served) - _pennies(whole * before / served)

    def report(self) -> dict[str, Any]:
        """What a report has, as far as this settles: performance, dispatches without effect, statements, invoices."""
        statements = [
            self._statement(contract, month)
            for contract in self.contracts.values()
            for month in self.case["months"]
        ]
        return {
            "performance": self.performance,
            "without_effect": [
                {"dispatch": each.id, "status": each.status} for each in self.dispatches if each.is_void
            ],
            "statements": statements,
            "invoices": self._invoices(statements),
        }

    def _invoices(self, statements: list[dict[str, Any]]) -> list[dict[str, str]]:
        made = []
        for seller in dict.fromkeys(each.seller for each in self.contracts.values()):
            for month in self.case["months"]:
                net = sum(
                    Fraction(each["total"])
                    for each in statements
                    if each["month"] == month and self.contracts[each["contract"]].seller == seller
                )
                if net:
                    rate = Fraction(self.case.get("vat_rates", {}).get(seller, "0"))
                    vat = _pennies(abs(net) * rate)
                    made.append(
                        {
                            "seller": seller,
                            "month": month,
                            "type": "Self-billing invoice" if net > 0 else "Credit note",
                            "net": half_up(abs(net), 2),
                            "vat_rate": half_up(rate * 100, 1),
                            "vat": half_up(vat, 2),
                            "gross": half_up(abs(net) + vat, 2),
                        }
                    )
        return made


def _amend(
    called: Called, event: Mapping[str, Any], pending: dict[int, tuple[datetime, dict[Minute, Fraction]]]
) -> None:
    """Less and not later binds at once; more, or later, waits to be acknowledged."""
    start, until, asked_mw = instant(event["start"]), instant(event["end"]), Fraction(event["mw"])
    asked = dict.fromkeys(minutes_of(start, until), asked_mw)
    present = [had for minute, had in called.mw.items() if minute >= start]
    if until <= max(called.mw) + MINUTE and (not present or asked_mw <= min(present)):
        called.mw = {minute: had for minute, had in called.mw.items() if minute < start} | asked
    else:
        pending[event["amendment"]] = (start, asked)


def _pennies(amount: Fraction) -> Fraction:
    return Fraction(half_up(amount, 2))


def _adjusted(
    baseline: dict[datetime, Fraction],
    now: list[Any],
    expected: list[Fraction],
    rules: Mapping[str, Any],
    sign: int,
) -> dict[datetime, Fraction]:
    cap = Fraction(rules.get("cap", "0.2"))
    if rules["kind"] == "additive":
        most = cap * sum(map(abs, baseline.values()), Fraction(0)) / len(baseline)
        added = sum(now, Fraction(0)) / len(now) - sum(expected, Fraction(0)) / len(expected)
        added = min(max(added, -most), most)
        moved = {period: value + added for period, value in baseline.items()}
    else:
        ratio = sum(now, Fraction(0)) / sum(expected, Fraction(0)) if sum(expected) else Fraction(1)
        ratio = Fraction(1) if ratio <= 0 else min(max(ratio, 1 - cap), 1 + cap)
        moved = {period: value * ratio for period, value in baseline.items()}
    if rules.get("one_sided"):
        lowered = sign * (sum(moved.values()) - sum(baseline.values())) > 0
        return baseline if lowered else moved
    return moved
