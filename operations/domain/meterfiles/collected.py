"""Readings as they come out of a file, meter by meter, each interval once. Pure."""

import re
from array import array
from collections.abc import Iterator
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

    def where(self, kept: npt.NDArray[np.bool_]) -> "Columns":
        """These readings alone."""
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


@dataclass
class Collected:
    """Collects readings, and what is wrong with rows."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    rows: int = 0
    meters: dict[str, dict[tuple[int, int], list[int]]] = field(default_factory=dict)
    conflicts: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    def refuse(self, row: int, column: str, value: str, message: str) -> None:
        if len(self.problems) <= MOST_PROBLEMS:
            self.problems.append(Problem("", row, column or None, value[:80], message))

    def add(
        self, meter: str, flow: str, start: int, minutes: int, energy: tuple[int, int], quality: int, row: int
    ) -> bool:
        """Note import and export of an interval, or one of them where the ``flow`` says so. Raises ``TooMany``.

        False where the file told another energy of it before: then neither is taken.
        """
        known = self.meters.setdefault(meter, {})
        key = start, minutes
        entry = known.get(key)
        if entry is None:
            self.count += 1
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
                self.conflicts.setdefault(meter, set()).add(key)
                self.refuse(row, "", "", TWICE.format(entry[4]))
                return False
        return True

    def drop(self, meter: str, start: int, minutes: int) -> None:
        """Take an interval out again."""
        self.meters.get(meter, {}).pop((start, minutes), None)

    def told(self) -> list[MeterTold]:
        """By meter, what the file tells without contradiction, ordered by start."""
        found = []
        for meter, entries in self.meters.items():
            left_out = self.conflicts.get(meter, set())
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
