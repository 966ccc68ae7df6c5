"""Readings of a demand series that no demand made, it seems: spikes, zeros, repeated values; and gaps.
Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from competitions.domain.demand_reading import Series

SPIKE, ZERO, REPEATED, GAP = "Spike", "Zero", "Repeated value", "Gap"
JUMP = Decimal("1.5")
"""How many times both its neighbours a single reading must be to be a spike."""


@dataclass(frozen=True)
class Suspicion:
    """A stretch of suspicious readings: its kind, from and until (UTC), the highest reading (None in a gap),
    how many."""

    kind: str
    start: datetime
    end: datetime
    reading: Decimal | None
    count: int


def suspicions_of(series: Series) -> list[Suspicion]:
    """Every suspicion, in order of time."""
    found = [*_spikes(series), *_zeros(series), *_repeated(series)]
    found += [Suspicion(GAP, gap.after + series.interval, gap.until, None, 0) for gap in series.gaps]
    return sorted(found, key=lambda each: (each.start, each.kind))


def left_out_by(series: Series, suspicions: Iterable[Suspicion]) -> frozenset[datetime]:
    """The time stamps of the readings that these suspicions hold."""
    spans = [(each.start, each.end) for each in suspicions if each.kind != GAP]
    stamps = iter(series.stamps)
    found: set[datetime] = set()
    stamp = next(stamps, None)
    latest: datetime | None = None
    for start, end in sorted(spans):
        latest = end if latest is None else max(latest, end)
        while stamp is not None and stamp < latest:
            if stamp >= start:
                found.add(stamp)
            stamp = next(stamps, None)
    return frozenset(found)


def _spikes(series: Series) -> Iterator[Suspicion]:
    suspected = {stamp for stamp, _ in series.outliers}
    rows = list(zip(series.stamps, series.readings, strict=True))
    for place, (stamp, reading) in enumerate(rows):
        around = [
            rows[beside][1]
            for beside in (place - 1, place + 1)
            if 0 <= beside < len(rows) and abs(rows[beside][0] - stamp) <= series.interval
        ]
        jumps = len(around) == 2 and min(around) > 0 and reading > JUMP * max(around)
        if stamp in suspected or jumps:
            yield Suspicion(SPIKE, stamp, stamp + series.interval, reading, 1)


def _zeros(series: Series) -> Iterator[Suspicion]:
    rows = zip(series.stamps, series.readings, strict=True)
    for is_zero, group in groupby(rows, key=lambda row: row[1] == 0):
        stamps = [stamp for stamp, _ in group]
        if is_zero:
            yield Suspicion(ZERO, stamps[0], stamps[-1] + series.interval, Decimal(0), len(stamps))


def _repeated(series: Series) -> Iterator[Suspicion]:
    for still in series.standstills:
        count = int((still.end - still.start) / series.interval)
        yield Suspicion(REPEATED, still.start, still.end, still.reading, count)
