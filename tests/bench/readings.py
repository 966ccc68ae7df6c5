"""A month of half-hourly readings from the bytes of meter files to the database, checked, applied and audited."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO, StringIO
from typing import Any

from django.db import connection

from accounts.models import Member
from marketplace import clock
from marketplace.numbers import counted
from operations.models import MeterDay
from operations.workbooks.readings_file import KIND
from qualification.models import Asset
from rehearsal.round.uploads import hand_in_bytes
from tests.bench.measured import Measured, seconds
from tests.memory import forget_peak, peak_mb
from tests.qualification import market

FILES, UNITS_A_FILE, DAYS = 40, 250, 31
UNITS = FILES * UNITS_A_FILE
MOST_A_FILE = 5_000
"""Units whose day stands in one file: half of what a file may hold is left."""
HALF_HOUR = timedelta(minutes=30)
HEADER = "Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh),Quality"


def rows() -> Iterator[Measured]:
    """Files as a provider uploads them; the peer reads and copies their bare rows, and looks at nothing.

    There is one file at a time, so that the peak is what the product needs for it.
    """
    member = market.member(market.provider())
    refs = [f"R{number:05}" for number in range(UNITS)]
    Asset.objects.bulk_create([market.an_asset(member.organisation, ref=ref) for ref in refs], 1000)
    of_files = [refs[place::FILES] for place in range(FILES)]
    with clock.set_to(market.DURING + 40 * timedelta(days=1)):
        ours, peak = _uploaded(member, (file_of(each) for each in of_files))
        assert MeterDay.objects.count() >= UNITS * DAYS
        told = f"{UNITS:,} units × {DAYS} days × 48 periods in {FILES} files, at most {peak:,} MB"
        peer = _peer(file_of(each) for each in of_files)
        yield Measured("readings", told, ours, "pandas read_csv, COPY", peer)
        for units, kwh in ((1, "2.5"), (100, "2.6"), (UNITS, "2.7")):
            parts = [refs[place : min(place + MOST_A_FILE, units)] for place in range(0, units, MOST_A_FILE)]
            ours, peak = _uploaded(member, (file_of(each, days=1, kwh=kwh) for each in parts))
            told = f"a day of {counted(units, 'unit')} of {UNITS:,} corrected, at most {peak:,} MB"
            yield Measured("readings", told, ours)


def file_of(refs: list[str], days: int = DAYS, kwh: str = "") -> bytes:
    """The canonical CSV of these units."""
    start = market.DURING.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [f"{start + place * HALF_HOUR:%Y-%m-%dT%H:%M}:00Z" for place in range(48 * days)]
    made = bytearray(HEADER.encode())
    for number, ref in enumerate(refs):
        for place, at in enumerate(starts):
            told = kwh or f"{1 + (number * 7 + place) % 90}.{place % 1000:03}"
            made += f"\n{ref},{at},30,{told},0,A".encode()
    return bytes(made)


def _uploaded(member: Member, files: Iterable[bytes]) -> tuple[float, int]:
    """How many seconds the files take, without making them, and the most memory at any time, MB."""
    took, peak = 0.0, 0
    for data in files:
        forget_peak()
        took += seconds(partial(_upload, member, data))
        peak = max(peak, peak_mb())
    return took, peak


def _upload(member: Member, data: bytes) -> None:
    report = hand_in_bytes(by=member, kind=KIND, name="meter.csv", data=data)
    assert not report.errors, report.errors[:3]


def _peer(files: Iterable[bytes]) -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE bare_readings (ref text, start timestamptz, kwh float8)")
        took = sum(seconds(partial(_copy_bare, cursor, each)) for each in files)
        cursor.execute("DROP TABLE bare_readings")
    return took


def _copy_bare(cursor: Any, data: bytes) -> None:
    import pandas

    frame: Any = pandas.read_csv(BytesIO(data), parse_dates=["Period Start"])
    text = StringIO()
    frame[["Asset Ref", "Period Start", "Import (kWh)"]].to_csv(text, header=False, index=False)
    text.seek(0)
    cursor.copy_expert("COPY bare_readings FROM STDIN (FORMAT csv)", text)
