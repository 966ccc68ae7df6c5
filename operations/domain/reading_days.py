"""Days of readings: the intervals of a UTC day as they were told at one time, and what holds after several. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from operations.domain.series import EPOCH, Quality, Series

DAY_MINUTES = 1440
LETTERS = "AEM"
NOT_TOLD = -1
"""The quality of an interval of which nothing was told."""

Energies = npt.NDArray[np.int64]
Qualities = npt.NDArray[np.int8]
CODES = np.full(128, NOT_TOLD, np.int8)
for _code, _letter in enumerate(LETTERS):
    CODES[ord(_letter)] = _code
LETTER_OF = np.frombuffer(f"{LETTERS}-".encode("ascii"), np.uint8)
"""The letter of each quality; that of ``NOT_TOLD`` is the last."""


@dataclass
class Flow:
    """Import or export of a day by interval: millionths of a kWh, and the quality of each."""

    energy: Energies
    quality: Qualities

    @property
    def letters(self) -> str:
        """The qualities as they are stored."""
        return LETTER_OF[self.quality].tobytes().decode("ascii")

    @property
    def stored(self) -> list[int]:
        """The energies as they are stored: none where all are 0."""
        found: list[int] = self.energy.tolist() if self.energy.any() else []
        return found


class BothFlows:
    """Import and export by interval, of a day or of several as rows."""

    imported: Flow
    exported: Flow

    @property
    def is_told(self) -> npt.NDArray[np.bool_]:
        """By interval, whether anything of it was told."""
        found: npt.NDArray[np.bool_] = (self.imported.quality != NOT_TOLD) | (
            self.exported.quality != NOT_TOLD
        )
        return found

    @property
    def quality(self) -> Qualities:
        """The worse quality of both directions."""
        return np.maximum(self.imported.quality, self.exported.quality)

    @property
    def net(self) -> Energies:
        return self.exported.energy - self.imported.energy


@dataclass
class ReadingDay(BothFlows):
    """What was told at one time of a day, in intervals of ``minutes``."""

    day: date
    minutes: int
    imported: Flow
    exported: Flow

    @property
    def starts(self) -> Energies:
        """Where each interval begins, in minutes since 1970."""
        return first_minute(self.day) + np.arange(DAY_MINUTES // self.minutes, dtype=np.int64) * self.minutes


def first_minute(day: date) -> int:
    return (day - EPOCH.date()).days * DAY_MINUTES


def blank_flow(minutes: int) -> Flow:
    """A day of which nothing was told."""
    size = DAY_MINUTES // minutes
    return Flow(np.zeros(size, np.int64), np.full(size, NOT_TOLD, np.int8))


def blank_day(day: date, minutes: int) -> ReadingDay:
    return ReadingDay(day, minutes, blank_flow(minutes), blank_flow(minutes))


def stored_flow(energies: Sequence[int], letters: str) -> Flow:
    """A flow from what is stored of it."""
    quality = _qualities(letters)
    return Flow(np.array(energies, np.int64) if energies else _nothing(len(letters)), quality)


@lru_cache(maxsize=1024)
def _qualities(letters: str) -> Qualities:
    """The qualities of letters, shared by all days that have these: nearly all days of a month have the same."""
    found: Qualities = CODES[np.frombuffer(letters.encode("ascii"), np.uint8)]
    found.setflags(write=False)
    return found


@lru_cache
def _nothing(size: int) -> Energies:
    found = np.zeros(size, np.int64)
    found.setflags(write=False)
    return found


def laid_over(told: Sequence[ReadingDay]) -> list[ReadingDay]:
    """What holds of a day after all that was told of it, in this order, by length of interval.

    A later reading replaces an earlier of the same interval and direction, and whatever it overlaps of another length.
    """
    if len({each.minutes for each in told}) <= 1:
        return [_same_length(told)] if told else []
    lengths = np.zeros(DAY_MINUTES, np.int16)
    by_length: dict[int, ReadingDay] = {}
    for each in told:
        known = by_length.get(each.minutes)
        if known is not None:
            _drop_overlapped(known, lengths)
        lengths[np.repeat(each.is_told, each.minutes)] = each.minutes
        by_length[each.minutes] = each if known is None else _over(known, each)
    for known in by_length.values():
        _drop_overlapped(known, lengths)
    return [known for _, known in sorted(by_length.items()) if known.is_told.any()]


def _same_length(told: Sequence[ReadingDay]) -> ReadingDay:
    found = told[0]
    for each in told[1:]:
        found = _over(found, each)
    return found


def _over(before: ReadingDay, after: ReadingDay) -> ReadingDay:
    flows = []
    for old, new in ((before.imported, after.imported), (before.exported, after.exported)):
        is_new = new.quality != NOT_TOLD
        flows.append(
            Flow(np.where(is_new, new.energy, old.energy), np.where(is_new, new.quality, old.quality))
        )
    return ReadingDay(before.day, before.minutes, *flows)


def _drop_overlapped(known: ReadingDay, lengths: npt.NDArray[np.int16]) -> None:
    """Forget the intervals of which a minute belongs to another length now."""
    lost = (lengths.reshape(-1, known.minutes) != known.minutes).any(axis=1)
    for name in ("imported", "exported"):
        flow: Flow = getattr(known, name)
        setattr(
            known, name, Flow(flow.energy, np.where(lost, np.int8(NOT_TOLD), flow.quality).astype(np.int8))
        )


def series_of_days(days: Iterable[Sequence[ReadingDay]]) -> Series:
    """The series of days as they hold, given in their order."""
    parts = [part for each in days for part in each]
    if not parts:
        none = np.zeros(0, np.int64)
        return Series(none, none, none, np.zeros(0, np.int8))
    lengths = np.array([part.minutes for part in parts], np.int64)
    sizes = DAY_MINUTES // lengths
    minutes = np.repeat(lengths, sizes)
    within = np.concatenate([np.arange(0, DAY_MINUTES, part.minutes, dtype=np.int64) for part in parts])
    starts = np.repeat([first_minute(part.day) for part in parts], sizes) + within
    imported, exported = (
        np.concatenate([flow.quality for flow in flows])
        for flows in ([part.imported for part in parts], [part.exported for part in parts])
    )
    net = np.concatenate([part.exported.energy for part in parts]) - np.concatenate(
        [part.imported.energy for part in parts]
    )
    told = np.flatnonzero((imported != NOT_TOLD) | (exported != NOT_TOLD))
    order = told[np.argsort(starts[told], kind="stable")]
    return Series(starts[order], minutes[order], net[order], np.maximum(imported, exported)[order])


def day_of_minute(minute: int) -> date:
    """The UTC day of a minute since 1970."""
    return date.fromordinal(EPOCH.date().toordinal() + minute // DAY_MINUTES)


def is_energy(quality: int) -> bool:
    """Whether a reading of this quality tells energy."""
    return quality in (Quality.ACTUAL, Quality.ESTIMATED)
