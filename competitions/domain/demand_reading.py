"""Reading a demand series: time stamps and MW from a CSV as people write it, and what is odd in it. Pure."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from competitions.domain.demand_cells import LocalClock, UnreadableSeries, columns_of, megawatts
from marketplace.csv_text import BadCsv, Line, dress_of, lines_of
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited

MOST_ROWS = 200_000
MEMORY_MB = 500
SECONDS = 20
OUTLIER = Decimal("1.25")
"""How many times the 99.9th percentile a reading must be to be suspected."""

INTERVALS = range(5, 61)
STANDS_STILL = timedelta(hours=6)


@dataclass(frozen=True)
class Repeat:
    """A time stamp that the file has more than once, with its readings; the highest counts."""

    at: datetime
    readings: tuple[Decimal, ...]


@dataclass(frozen=True)
class Gap:
    """Readings that are missing between two time stamps."""

    after: datetime
    until: datetime


@dataclass(frozen=True)
class Standstill:
    """A reading that did not move for six hours or more: a meter or a link that stood still, it seems."""

    start: datetime
    end: datetime
    reading: Decimal


@dataclass
class Series:
    """A demand series in order of time (UTC), one reading (MW) a time stamp, and what was odd in the file."""

    stamps: list[datetime]
    readings: list[Decimal]
    minutes: int
    time_column: str
    mw_column: str
    repeats: list[Repeat] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    outliers: list[tuple[datetime, Decimal]] = field(default_factory=list)
    standstills: list[Standstill] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    @property
    def interval(self) -> timedelta:
        """The time that one reading stands for."""
        return timedelta(minutes=self.minutes)


def read_series(data: bytes, zone: ZoneInfo) -> Series:
    """Read a CSV with a column of time stamps and one of MW, up to 200,000 rows; without offset they are in
    ``zone``.

    Rows that hold no reading are left out and counted by their line. Raises :class:`UnreadableSeries`, naming
    line and value, for a number that no demand can be.
    """
    try:
        dress = dress_of(data)
        lines = lines_of(data, most_rows=MOST_ROWS, dress=dress)
        headers = next(lines, Line(1, ())).cells
        places = columns_of(headers)
        found: defaultdict[datetime, list[Decimal]] = defaultdict(list)
        unreadable = []
        clock = LocalClock(zone)
        for line in lines:
            stamp = clock.stamp_in(line, places)
            mw = megawatts(line, places.mw, dress.separator)
            if stamp is not None and mw is not None:
                found[stamp].append(mw)
            else:
                unreadable.append(line.number)
    except BadCsv as error:
        raise UnreadableSeries(error.sentence) from None
    if len(found) < 2:
        raise UnreadableSeries("The file has no rows with a time stamp and a number of MW.")
    stamps = sorted(found)
    steps = Counter(int((after - before).total_seconds() // 60) for before, after in pairwise(stamps))
    minutes = steps.most_common(1)[0][0]
    if minutes not in INTERVALS:
        raise UnreadableSeries(f"The readings are {minutes} minutes apart; between 5 and 60 are understood.")
    series = Series(
        stamps=stamps,
        readings=[max(found[stamp]) for stamp in stamps],
        minutes=minutes,
        time_column=places.time_name(headers),
        mw_column=headers[places.mw],
        repeats=[Repeat(stamp, tuple(found[stamp])) for stamp in stamps if len(found[stamp]) > 1],
        unreadable=unreadable,
    )
    interval = series.interval
    series.gaps = [Gap(before, after) for before, after in pairwise(stamps) if after - before > interval]
    series.outliers = _outliers(series)
    series.standstills = list(_standstills(series))
    return series


def read_series_apart(data: bytes, zone: ZoneInfo) -> Series:
    """:func:`read_series` in a process that can do nothing else. Raises :class:`UnreadableSeries`."""
    try:
        refusal, parts = run_limited(_parts_of_series, data, zone, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise UnreadableSeries(
            "The file takes too long or too much memory to read: send a shorter series."
        ) from None
    except ChildFailed:
        raise UnreadableSeries("The file can't be read: save it as “CSV UTF-8” and upload that.") from None
    if refusal:
        raise UnreadableSeries(refusal)
    series = Series(**{name: parts[name] for name in _PLAIN_PARTS})
    for name, kind in _LISTED_PARTS.items():
        setattr(series, name, [kind(*each) for each in parts[name]])
    return series


def _parts_of_series(data: bytes, zone: ZoneInfo) -> tuple[str, dict[str, Any]]:
    """A refusal, or the series as plain values: that process may answer with nothing else."""
    try:
        series = read_series(data, zone)
    except UnreadableSeries as error:
        return str(error), {}
    parts = {name: getattr(series, name) for name in _PLAIN_PARTS}
    for name, kind in _LISTED_PARTS.items():
        parts[name] = [
            tuple(getattr(each, part.name) for part in fields(kind)) for each in getattr(series, name)
        ]
    return "", parts


_PLAIN_PARTS = ("stamps", "readings", "minutes", "time_column", "mw_column", "outliers", "unreadable")
_LISTED_PARTS: dict[str, Any] = {"repeats": Repeat, "gaps": Gap, "standstills": Standstill}


def _standstills(series: Series) -> Iterator[Standstill]:
    interval = series.interval
    least = -(-STANDS_STILL // interval)
    found = zip(series.readings, series.stamps, strict=True)
    for reading, group in groupby(found, key=itemgetter(0)):
        stamps = [stamp for _, stamp in group]
        if len(stamps) >= least and reading:
            yield Standstill(stamps[0], stamps[-1] + interval, reading)


def _outliers(series: Series) -> list[tuple[datetime, Decimal]]:
    ranked = sorted(series.readings)
    limit = ranked[len(ranked) * 999 // 1000] * OUTLIER
    typical = statistics.median(ranked)
    found = zip(series.stamps, series.readings, strict=True)
    return [(stamp, mw) for stamp, mw in found if mw > limit and mw > typical]
