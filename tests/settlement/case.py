"""Cases to settle, built in few words: 1 MW on weekdays 16:00 to 20:00 in June 2026, £200/MWh, flat
import."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from settlement.domain.cases import case_of
from settlement.domain.report import report_of
from settlement.domain.settling import settle

HEADER = "Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh),Quality"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
EVERY_DAY = [*WEEKDAYS, "Saturday", "Sunday"]
FLAT = "1000"


def at(text: str) -> datetime:
    """2026-06-16 17:00 in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


class Meter:
    """Readings of one asset: a flat import from a day to another, with what differs set one by one."""

    def __init__(self, ref: str, first: str, last: str, flat: str = FLAT, minutes: int = 30) -> None:
        self.ref, self.minutes = ref, minutes
        day, end = at(first), at(last)
        self.imports: dict[datetime, str] = {}
        self.exports: dict[datetime, str] = {}
        self.qualities: dict[datetime, str] = {}
        while day < end:
            self.imports[day] = flat
            day += timedelta(minutes=minutes)

    def put(self, start: str, *kwh: str, quality: str = "A", export: bool = False) -> "Meter":
        """Set the imports (or exports) of consecutive intervals from a start in UTC."""
        for number, each in enumerate(kwh):
            interval = at(start) + number * timedelta(minutes=self.minutes)
            self.imports[interval] = "0" if export else each
            self.exports[interval] = each if export else "0"
            self.qualities[interval] = quality
        return self

    def text(self) -> str:
        rows = [
            f"{self.ref},{stamp(start)},{self.minutes},{kwh},{self.exports.get(start, '0')},{self.qualities.get(start, 'A')}"
            for start, kwh in sorted(self.imports.items())
        ]
        return "\n".join([HEADER, *rows]) + "\n"


def contract(**told: Any) -> dict[str, Any]:
    window = {
        "first_day": "2026-06-01",
        "last_day": "2026-06-30",
        "days": WEEKDAYS,
        "start": "16:00",
        "end": "20:00",
        "public_holidays": "Ignore",
    } | told.pop("window", {})
    return {
        "id": "C",
        "seller": "NORTH",
        "direction": "Deficit",
        "capacity_mw": "1",
        "assets": ["A"],
        "utilisation_price": "200",
        "window": window,
    } | told


def dispatch(
    name: str, start: str, end: str, mw: str, *further: Mapping[str, Any], **told: Any
) -> dict[str, Any]:
    """A dispatch, issued a day before and acknowledged, unless ``further`` events or ``issued`` say otherwise
    (UTC)."""
    issued = at(told.pop("issued")) if "issued" in told else at(start) - timedelta(days=1)
    issue = {"type": "issue", "at": stamp(issued), "start": stamp(at(start)), "end": stamp(at(end)), "mw": mw}
    events = list(further) or [{"type": "acknowledge", "at": stamp(issued)}]
    if told.pop("silent", False):
        events = []
    return {"id": name, "contract": "C", "kind": "operational", "events": [issue, *events]} | told


def event(kind: str, when: str, **told: Any) -> dict[str, Any]:
    found = {"type": kind, "at": stamp(at(when))} | told
    for name in ("start", "end"):
        if name in found:
            found[name] = stamp(at(found[name]))
    return found


def settled(
    contracts: Iterable[Mapping[str, Any]],
    dispatches: Iterable[Mapping[str, Any]],
    meters: Iterable[Meter],
    months: Iterable[str] = ("2026-06",),
    **told: Any,
) -> dict[str, Any]:
    """The report of the case."""
    case = {
        "zone": "Europe/London",
        "holidays": [],
        "months": list(months),
        "vat_rates": {"NORTH": "0.2"},
        "contracts": list(contracts),
        "dispatches": list(dispatches),
    } | told
    files = {f"meter-{each.ref}.csv": each.text() for each in meters}
    return report_of(settle(case_of(json.dumps(case), files)))


def amounts(report: Mapping[str, Any], kind: str, contract_id: str = "C") -> list[str]:
    """The amounts of the lines of a kind."""
    return [
        line["amount"]
        for statement in report["statements"]
        if statement["contract"] == contract_id
        for line in statement["lines"]
        if line["kind"] == kind
    ]


def days(*texts: str) -> list[str]:
    return [date.fromisoformat(each).isoformat() for each in texts]
