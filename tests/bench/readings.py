"""A month of half-hourly readings from the bytes of meter files to the database, checked, applied and audited."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

from django.db import connection

from accounts.models import Member
from marketplace import clock
from operations.models import MeterDay
from operations.workbooks.readings_file import KIND
from qualification.models import Asset
from rehearsal.round.uploads import hand_in_bytes
from tests.bench.measured import Measured, seconds
from tests.memory import forget_peak, peak_mb
from tests.qualification import market

FILES, UNITS_A_FILE, DAYS = 4, 250, 31
HALF_HOUR = timedelta(minutes=30)
HEADER = "Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh),Quality"


def rows() -> Iterator[Measured]:
    """Files as a provider uploads them; the peer reads and copies their bare rows, and looks at nothing."""
    member = market.member(market.provider())
    assets = [
        market.an_asset(member.organisation, ref=f"R{number:05}") for number in range(FILES * UNITS_A_FILE)
    ]
    Asset.objects.bulk_create(assets, 1000)
    files = [file_of(assets[place::FILES]) for place in range(FILES)]
    with clock.set_to(market.DURING + 40 * timedelta(days=1)):
        forget_peak()
        ours = seconds(lambda: [_upload(member, each) for each in files])
        peak = peak_mb()
        assert MeterDay.objects.count() >= len(assets) * DAYS
        told = f"{len(assets):,} units × {DAYS} days × 48 periods in {FILES} files, at most {peak:,} MB"
        yield Measured("readings", told, ours, "pandas read_csv, COPY", seconds(lambda: _peer(files)))
        one = file_of(assets[:1], days=1, kwh="2.5")
        yield Measured("readings", "a day of one unit corrected", seconds(lambda: _upload(member, one)))


def file_of(assets: list[Asset], days: int = DAYS, kwh: str = "") -> bytes:
    """The canonical CSV of these units."""
    start = market.DURING.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [f"{start + place * HALF_HOUR:%Y-%m-%dT%H:%M}:00Z" for place in range(48 * days)]
    lines = [HEADER]
    for number, asset in enumerate(assets):
        lines += [
            f"{asset.ref},{at},30,{kwh or f'{1 + (number * 7 + place) % 90}.{place % 1000:03}'},0,A"
            for place, at in enumerate(starts)
        ]
    return "\n".join(lines).encode()


def _upload(member: Member, data: bytes) -> None:
    report = hand_in_bytes(by=member, kind=KIND, name="meter.csv", data=data)
    assert not report.errors, report.errors[:3]


def _peer(files: list[bytes]) -> None:
    import pandas

    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE bare_readings (ref text, start timestamptz, kwh float8)")
        for each in files:
            frame: Any = pandas.read_csv(BytesIO(each), parse_dates=["Period Start"])
            text = StringIO()
            frame[["Asset Ref", "Period Start", "Import (kWh)"]].to_csv(text, header=False, index=False)
            text.seek(0)
            cursor.copy_expert("COPY bare_readings FROM STDIN (FORMAT csv)", text)
        cursor.execute("DROP TABLE bare_readings")
