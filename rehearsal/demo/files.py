"""The demo's competitions and assets as rows of the workbooks that the pages take."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from competitions.enums import AssetCategory, AssetStatus, BoundaryType
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from rehearsal.demo.competitions import COMPETITIONS as TOLD
from rehearsal.demo.competitions import DemoCompetition, DemoWindow
from rehearsal.round.uploads import FileReport


class DemoBroken(Exception):
    """A demo file was refused: the demo's data and the rules no longer agree."""


At = Callable[[int, int], datetime]
WATT = Decimal("0.000001")
GROUPS = {("HARBOUR", "Wind"): "HARBOUR-WIND", ("HARBOUR", "Solar"): "HARBOUR-SUN"}
"""The fleets of one provider, by the type of the site."""
CHARGERS, CHARGER_GROUP = 12, "HARBOUR-CARS"
CHARGER_MW = Decimal("0.022")
CAR_PARK = (Decimal("54.5835"), Decimal("-1.1546"))
"""Where the invented chargers stand: latitude and longitude, a step of a few metres apart."""


def accept(report: FileReport) -> None:
    """Raises :class:`DemoBroken` for a file that was refused."""
    if report.errors:
        raise DemoBroken(f"{report.file}: {report.errors[0]}")


def competition_sheets(
    at: At, competitions: Sequence[DemoCompetition] = TOLD
) -> dict[str, list[Mapping[str, Any]]]:
    """The three sheets of the competition file; ``at`` gives the instant of a day from today at a local
    hour."""
    return {
        COMPETITIONS.name: [_header(told, at) for told in competitions],
        BOUNDARIES.name: [
            {"ref": told.ref, "kind": kind.value, "value": value}
            for told in competitions
            for kind, value in _boundary(told)
        ],
        WINDOWS.name: [
            _window(told, window, place, at)
            for told in competitions
            for place in range(told.periods)
            for window in told.windows
        ],
    }


def _boundary(told: DemoCompetition) -> Iterator[tuple[BoundaryType, str]]:
    for kind, values in (
        (BoundaryType.AREA, told.areas),
        (BoundaryType.POSTCODE_SECTOR, told.sectors),
        (BoundaryType.POSTCODE, told.postcodes),
    ):
        yield from ((kind, value) for value in values)


def _header(told: DemoCompetition, at: At) -> Mapping[str, Any]:
    dates = {
        "publish_on": at(told.publish, 9),
        "qualification_open": at(told.qualification_open, 12),
        "qualification_close": at(told.qualification_close, 17),
    }
    if told.bidding_open is not None and told.bidding_close is not None:
        dates |= {"bidding_open": at(told.bidding_open, 9), "bidding_close": at(told.bidding_close, 17)}
    text = {"ref": told.ref, "name": told.name, "round_name": "Demo", "description": told.description}
    return {**text, **dates, **told.header}


def _window(told: DemoCompetition, window: DemoWindow, place: int, at: At) -> Mapping[str, Any]:
    """The window in the period of this place, counted from nought."""
    first = at(told.service_in, 12).date() + place * timedelta(weeks=told.weeks)
    return {
        "ref": told.ref,
        "period": f"From {first:%B %Y}" if told.periods == 1 else f"From {first.day} {first:%B %Y}",
        "first_day": first,
        "last_day": first + timedelta(weeks=told.weeks) - timedelta(days=1),
        "name": window.name,
        "weekdays": window.days,
        "start": time.fromisoformat(window.start),
        "end": time.fromisoformat(window.end),
        "public_holidays": window.holidays,
        "capacity_required_mw": window.required_mw,
        "minimum_aggregate_mw": Decimal("0.1"),
        "dispatch_estimate": window.dispatch_estimate,
        "dispatch_duration": None
        if window.dispatch_hours is None
        else timedelta(hours=window.dispatch_hours),
    }


def asset_rows(path: Path, provider: str, today: date) -> Iterator[Mapping[str, Any]]:
    """The sites of one provider as rows of the assets file; what the register does not tell is invented."""
    with path.open(encoding="utf-8", newline="") as file:
        for site in csv.DictReader(file):
            if site["provider"] == provider:
                yield _asset(site, today)
    if provider == "HARBOUR":
        yield from map(_charger, range(CHARGERS))


def _asset(site: Mapping[str, str], today: date) -> Mapping[str, Any]:
    megawatts = Decimal(site["mw"])
    is_storage = site["category"] == AssetCategory.STORAGE.label
    is_operating = site["operating"] == "yes"
    up = Decimal(1) if is_storage else Decimal("0.2")
    return {
        "ref": site["ref"],
        "name": site["name"],
        "group": GROUPS.get((site["provider"], site["type"])),
        "status": AssetStatus.OPERATIONAL.value if is_operating else AssetStatus.IN_DEVELOPMENT.value,
        "operational_date": None if is_operating else today + timedelta(days=40),
        "category": _value_of(site["category"]),
        "asset_type": site["type"],
        "voltage_kv": Decimal(11) if megawatts < 10 else Decimal(33) if megawatts < 60 else Decimal(66),
        "latitude": Decimal(site["latitude"]) if site["latitude"] else None,
        "longitude": Decimal(site["longitude"]) if site["longitude"] else None,
        "postcode": site["postcode"] or None,
        "generation_turn_up_mw": (megawatts * up).quantize(WATT),
        "generation_turn_down_mw": (megawatts * Decimal("0.6")).quantize(WATT),
        "demand_turn_up_mw": megawatts if is_storage else None,
        "response_time": timedelta(seconds=5) if is_storage else timedelta(minutes=15),
        "maximum_run_time": timedelta(hours=4) if is_storage else timedelta(hours=12),
    }


def _charger(place: int) -> Mapping[str, Any]:
    latitude, longitude = CAR_PARK
    return {
        "ref": f"HC{place + 1:02}",
        "name": f"Charger {place + 1}, Grangetown car park",
        "group": CHARGER_GROUP,
        "status": AssetStatus.OPERATIONAL.value,
        "category": AssetCategory.DEMAND_SIDE_RESPONSE.value,
        "asset_type": "EV Charging",
        "voltage_kv": Decimal("0.4"),
        "latitude": latitude + place * Decimal("0.00003"),
        "longitude": longitude,
        "demand_turn_down_mw": CHARGER_MW,
        "response_time": timedelta(minutes=1),
        "maximum_run_time": timedelta(hours=4),
    }


def _value_of(label: str) -> str:
    return next(str(category.value) for category in AssetCategory if category.label == label)
