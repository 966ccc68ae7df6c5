"""A provider's desk by program alone: a fleet registered, a ballot placed and a month of readings sent by the example
client to a web server."""

import csv
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from bidding.models import Bid
from competitions.enums import CompetitionType
from competitions.models import Competition, ServicePeriod, ServiceWindow
from marketplace import clock
from operations.models import MeterDay
from qualification.domain.verdicts.requalification import work_off
from qualification.models import Asset
from tests.api.programs import Program
from tests.bench.measured import Measured, seconds
from tests.bench.served import served
from tests.qualification import market as base

EXAMPLES = Path(__file__).parents[2] / "examples"
ASSETS, WINDOWS, PERIODS, UNITS, DAYS = 5_000, 300, 12, 500, 31
HALF_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
HOURS_OF_SERVICE = 4


def rows() -> Iterator[Measured]:
    """Wall seconds of the whole step as the client sees it, and of its slowest request."""
    sys.path.insert(0, str(EXAMPLES))
    operator = base.operator()
    program = Program(base.member(base.provider()))
    competition = _competition(operator)
    with tempfile.TemporaryDirectory() as folder, served(workers=2) as port:
        fleet, readings = Path(folder) / "fleet.csv", Path(folder) / "readings.csv"
        _write_fleet(fleet)
        _write_readings(readings)
        market = _timed(f"http://127.0.0.1:{port}", program)
        for told, step in (
            (f"{ASSETS:,} assets registered", lambda: _registered(market, fleet)),
            ("the same again, unchanged", lambda: _registered(market, fleet)),
            (f"{ASSETS:,} assets judged by a worker", lambda: work_off(clock.now())),
            ("the competition entered", lambda: _entered(market)),
            (f"a ballot of {WINDOWS} windows and {ASSETS:,} assets", lambda: _bid(market, competition)),
            ("its bids changed", lambda: _bid(market, competition, "11")),
            (f"{UNITS} units × {DAYS} days × 48 readings", lambda: _metered(market, readings)),
        ):
            market.times.clear()
            took = seconds(step)
            slowest = (
                f"; {len(market.times)} writes, the slowest {max(market.times):.2f} s" if market.times else ""
            )
            yield Measured("desk by API", told + slowest, took)
    assert Bid.objects.filter(ballot__competition=competition).count() == WINDOWS
    assert MeterDay.objects.count() >= UNITS * DAYS


def _timed(site: str, program: Program) -> Any:
    """The example's connection, which also notes how long each write took."""
    from provider.connection import Marketplace

    class Timed(Marketplace):
        def __init__(self) -> None:
            super().__init__(site, program.client.pk, program.secret)
            self.times: list[float] = []

        def _send(self, method: str, *args: Any) -> Any:
            begun = time.perf_counter()
            told = super()._send(method, *args)
            if method != "GET":
                self.times.append(time.perf_counter() - begun)
            return told

    return Timed()


def _competition(operator) -> Competition:
    """Open for qualification now, with many windows."""
    now = clock.now()
    made = base.competition(
        operator,
        minimum_mw=(),
        first_day=(now + 60 * DAY).date(),
        competition_type=CompetitionType.UTILISATION,
        publish_on=now - DAY,
        qualification_open=now - HOUR,
        qualification_close=now + HOUR,
        bidding_open=now + 2 * HOUR,
        bidding_close=now + 3 * HOUR,
    )
    made.periods.all().delete()
    first = (now + 60 * DAY).date()
    for number in range(PERIODS):
        day = first + number * DAY
        period = ServicePeriod.objects.create(
            competition=made, name=f"Day {number + 1}", first_day=day, last_day=day
        )
        ServiceWindow.objects.bulk_create(_windows(made, period, number))
    return made


def _windows(of: Competition, period: ServicePeriod, place: int) -> Iterator[ServiceWindow]:
    for number in range(WINDOWS // PERIODS):
        start = (datetime.min + number % 20 * HOUR).time()
        yield ServiceWindow(
            competition=of,
            period=period,
            name=f"Window {number + 1}",
            weekdays=[0, 1, 2, 3, 4, 5, 6],
            start=start,
            end=(datetime.min + (number % 20 + HOURS_OF_SERVICE) * HOUR).time(),
            capacity_required_mw=Decimal(100),
            minimum_aggregate_mw=Decimal(0),
            available_minutes=HOURS_OF_SERVICE * 60,
            position=place * WINDOWS + number,
        )


def _write_fleet(file: Path) -> None:
    chance = random.Random(9)
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(
            [
                "ref",
                "name",
                "status",
                "category",
                "asset_type",
                "voltage_kv",
                "latitude",
                "longitude",
                "generation_turn_up_mw",
            ]
        )
        for number in range(ASSETS):
            place = (f"{chance.random():.5f}", f"{chance.random():.5f}")
            writer.writerow(
                [
                    f"F{number:05}",
                    f"Battery {number}",
                    "operational",
                    "storage",
                    "Battery",
                    "11",
                    *place,
                    "0.01",
                ]
            )


def _write_readings(file: Path) -> None:
    begin = (clock.now() - (DAYS + 2) * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [f"{begin + place * HALF_HOUR:%Y-%m-%dT%H:%M:%SZ}" for place in range(48 * DAYS)]
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["unit", "start", "minutes", "import_kwh", "export_kwh"])
        for unit in range(UNITS):
            writer.writerows(
                (f"F{unit:05}", start, 30, f"{1 + (unit * 7 + place) % 90}.{place % 1000:03}", 0)
                for place, start in enumerate(starts)
            )


def _registered(market: Any, fleet: Path) -> None:
    from provider.fleet import register_fleet

    with redirect_stdout(StringIO()) as said:
        assert register_fleet(market, fleet), said.getvalue()[:500]
    assert Asset.objects.count() >= ASSETS


def _entered(market: Any) -> None:
    from provider.bidding import enter_competitions

    with redirect_stdout(StringIO()) as said:
        enter_competitions(market)
    assert f"entered with {ASSETS} of {ASSETS}" in said.getvalue(), said.getvalue()[:500]


def _bid(market: Any, competition: Competition, price: str = "10") -> None:
    from provider.bidding import place_ballot

    now = clock.now()
    Competition.objects.filter(pk=competition.pk, bidding_open__gt=now).update(
        qualification_close=now, bidding_open=now, bidding_close=now + HOUR
    )
    with redirect_stdout(StringIO()):
        place_ballot(market, competition.ref, "MAIN", {"utilisation_price": price}, None)


def _metered(market: Any, readings: Path) -> None:
    from provider.metering import send_readings

    with redirect_stdout(StringIO()) as said:
        assert send_readings(market, readings), said.getvalue()[:500]
