"""Readings as they come out of a file, meter by meter, each interval once. Pure."""

import re
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from marketplace.numbers import count_text
from marketplace.workbooks.declare import Problem
from operations.domain.meterfiles.words import EXPORT, IMPORT

MOST_READINGS = 600_000
MOST_PROBLEMS = 5_000
NOT_TOLD = -1
"""Stands for an energy or quality that the file does not tell."""
LOST_DIGITS = re.compile(r"\d(?:[.,]\d+)?[Ee]\+?\d+")
TWICE = "The interval is there twice with different values, first in row {}: neither is taken."


class TooMany(ValueError):
    """More readings than a file may hold: the message is the sentence for people."""


@dataclass(frozen=True)
class Columns:
    """Readings as arrays that go together: start and length in minutes, millionths of a kWh, qualities, rows."""

    starts: npt.NDArray[np.int64]
    minutes: npt.NDArray[np.uint16]
    imported: npt.NDArray[np.int64]
    import_quality: npt.NDArray[np.int8]
    exported: npt.NDArray[np.int64]
    export_quality: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int32]

    @property
    def quality(self) -> npt.NDArray[np.int8]:
        """The worse quality of both directions."""
        return np.maximum(self.import_quality, self.export_quality)

    def where(self, kept: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Columns":
        """These readings alone, or those in these places, in that order."""
        return Columns(
            self.starts[kept],
            self.minutes[kept],
            self.imported[kept],
            self.import_quality[kept],
            self.exported[kept],
            self.export_quality[kept],
            self.rows[kept],
        )


@dataclass
class MeterTold:
    """What a file tells of one meter. The arrays go together: the minute (since 1970) at which an interval starts, its
    minutes, import and export in millionths of a kWh with their qualities (0 actual, 1 estimated, 2 missing), and the row.
    """

    meter: str
    starts: bytes
    minutes: bytes
    imported: bytes
    import_quality: bytes
    exported: bytes
    export_quality: bytes
    rows: bytes

    def columns(self) -> Columns:
        """The same as arrays."""
        return Columns(
            np.frombuffer(self.starts, np.int64),
            np.frombuffer(self.minutes, np.uint16),
            np.frombuffer(self.imported, np.int64),
            np.frombuffer(self.import_quality, np.int8),
            np.frombuffer(self.exported, np.int64),
            np.frombuffer(self.export_quality, np.int8),
            np.frombuffer(self.rows, np.int32),
        )

    def readings(self) -> Iterator[tuple[int, int, int, int, int, int, int]]:
        """Start, minutes, import, its quality, export, its quality, row of each interval."""
        return zip(
            _ints("q", self.starts),
            _ints("H", self.minutes),
            _ints("q", self.imported),
            _ints("b", self.import_quality),
            _ints("q", self.exported),
            _ints("b", self.export_quality),
            _ints("i", self.rows),
            strict=True,
        )


def _ints(kind: str, data: bytes) -> "array[int]":
    found: array[int] = array(kind)
    found.frombytes(data)
    return found


@dataclass(frozen=True)
class Part:
    """Readings of many rows as arrays that go together: which of the meters named, start and length in minutes,
    millionths of a kWh, the quality of both directions, the row. An interval of a meter may be there more than once.
    """

    meters: Sequence[str]
    codes: npt.NDArray[np.intp]
    starts: npt.NDArray[np.int64]
    minutes: npt.NDArray[np.uint16]
    imported: npt.NDArray[np.int64]
    exported: npt.NDArray[np.int64]
    quality: npt.NDArray[np.int8]
    rows: npt.NDArray[np.int32]


class ToldTwice(Exception):
    """An interval is, or may be, there more than once among parts: which row counts is found row by row."""


@dataclass
class Collected:
    """Collects readings, and what is wrong with rows."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    rows: int = 0
    meters: dict[str, dict[tuple[int, int], list[int]]] = field(default_factory=dict)
    left_out: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def refuse(self, row: int, column: str, value: str, message: str) -> None:
        if len(self.problems) <= MOST_PROBLEMS:
            self.problems.append(Problem("", row, column or None, value[:80], message))

    def add(
        self, meter: str, flow: str, start: int, minutes: int, energy: tuple[int, int], quality: int, row: int
    ) -> bool:
        """Note import and export of an interval, or one of them where the ``flow`` says so.

        Raises ``TooMany``; ``ToldTwice`` where it may be less, since an interval of two rows counts once.

        False where the file told another energy of it before: then neither is taken.
        """
        known = self.meters.setdefault(meter, {})
        key = start, minutes
        entry = known.get(key)
        if entry is None:
            self.count += 1
            if self.count > MOST_READINGS and self.parts:
                raise ToldTwice
            if self.count > MOST_READINGS:
                raise TooMany(
                    f"The file has more than {count_text(MOST_READINGS)} readings: split it into several files."
                )
            if flow not in (IMPORT, EXPORT):
                known[key] = [energy[0], quality, energy[1], quality, row]
                return True
            entry = known[key] = [0, NOT_TOLD, 0, NOT_TOLD, row]
        for place, direction, told in ((0, IMPORT, energy[0]), (2, EXPORT, energy[1])):
            if flow in (IMPORT, EXPORT) and flow != direction:
                continue
            if entry[place + 1] == NOT_TOLD:
                entry[place], entry[place + 1] = told, quality
            elif (entry[place], entry[place + 1]) != (told, quality):
                self.left_out.setdefault(meter, set()).add(key)
                self.refuse(row, "", "", TWICE.format(entry[4]))
                return False
        return True

    def drop(self, meter: str, start: int, minutes: int) -> None:
        """Take an interval out again."""
        self.left_out.setdefault(meter, set()).add((start, minutes))

    def add_part(self, part: Part, rows: int) -> None:
        """Note readings of so many rows, of both directions each.

        Raises ``ToldTwice`` where it is more than a file may hold, unless some are the same interval.
        """
        for meter in part.meters:
            self.meters.setdefault(meter, {})
        self.count += len(part.rows)
        if self.count > MOST_READINGS:
            raise ToldTwice
        self.rows += rows
        self.parts.append(part)

    def told(self) -> list[MeterTold]:
        """By meter, what the file tells without contradiction, ordered by start.

        Raises ``ToldTwice`` where an interval is there more than once and one of its rows was added with others.
        """
        if self.parts:
            return told_of(list(self.meters), [*self.parts, *self._entries()], self.left_out)
        found = []
        for meter, entries in self.meters.items():
            left_out = self.left_out.get(meter, set())
            kept = sorted((key, entry) for key, entry in entries.items() if key not in left_out)
            if kept:
                found.append(
                    MeterTold(
                        meter,
                        array("q", (key[0] for key, _ in kept)).tobytes(),
                        array("H", (key[1] for key, _ in kept)).tobytes(),
                        array("q", (entry[0] for _, entry in kept)).tobytes(),
                        array("b", (entry[1] for _, entry in kept)).tobytes(),
                        array("q", (entry[2] for _, entry in kept)).tobytes(),
                        array("b", (entry[3] for _, entry in kept)).tobytes(),
                        array("i", (entry[4] for _, entry in kept)).tobytes(),
                    )
                )
        return found

    def _entries(self) -> Iterator[Part]:
        """What was added row by row."""
        for meter, entries in self.meters.items():
            if entries:
                keys, told = np.array(list(entries)), np.array(list(entries.values()))
                yield Part(
                    [meter],
                    np.zeros(len(keys), np.intp),
                    keys[:, 0],
                    keys[:, 1].astype(np.uint16),
                    told[:, 0],
                    told[:, 2],
                    told[:, 1].astype(np.int8),
                    told[:, 4].astype(np.int32),
                )


def told_of(
    meters: Sequence[str], parts: Sequence[Part], left_out: Mapping[str, Collection[tuple[int, int]]]
) -> list[MeterTold]:
    """The readings of parts by meter, in the order of ``meters``, but for these intervals. Raises ``ToldTwice``."""
    places = {meter: place for place, meter in enumerate(meters)}
    codes = np.concatenate([np.array([places[each] for each in part.meters])[part.codes] for part in parts])
    starts, minutes, imported, exported, quality, rows = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("starts", "minutes", "imported", "exported", "quality", "rows")
    )
    order = np.lexsort((minutes, starts, codes))
    codes, starts, minutes = codes[order], starts[order], minutes[order]
    is_again = (codes[1:] == codes[:-1]) & (starts[1:] == starts[:-1]) & (minutes[1:] == minutes[:-1])
    if is_again.any():
        raise ToldTwice
    first = np.searchsorted(codes, np.arange(len(meters) + 1))
    found = []
    for place, meter in enumerate(meters):
        own = slice(first[place], first[place + 1])
        intervals = zip(starts[own].tolist(), minutes[own].tolist(), strict=True)
        if left_out.get(meter):
            is_kept = np.array([each not in left_out[meter] for each in intervals], np.bool_)
        else:
            is_kept = np.ones(first[place + 1] - first[place], np.bool_)
        kept = order[own][is_kept]
        if len(kept):
            found.append(
                MeterTold(
                    meter,
                    starts[own][is_kept].tobytes(),
                    minutes[own][is_kept].tobytes(),
                    imported[kept].tobytes(),
                    quality[kept].tobytes(),
                    exported[kept].tobytes(),
                    quality[kept].tobytes(),
                    rows[kept].tobytes(),
                )
            )
    return found


def meter_of(text: str) -> str:
    """The meter or asset that a cell names, without quotes. Raises ``ValueError`` with the sentence for people."""
    told = text.strip().strip("'\"=").strip()
    if not told:
        raise ValueError("Names no asset and no meter.")
    if LOST_DIGITS.fullmatch(told):
        raise ValueError(
            "A spreadsheet has rounded this meter ID, so digits are lost: format the column as text and enter it again."
        )
    return told
