"""The readings of a file by the units that they are of: whose they are, and what can't be taken of them."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from marketplace.dates import day_text
from marketplace.keys import key_form
from marketplace.numbers import counted
from marketplace.workbooks.declare import Problem
from operations.domain.day_stacks import columns_of
from operations.domain.meterfiles.collected import NOT_TOLD, Columns, MeterTold
from operations.domain.reading_days import DAY_MINUTES, ReadingDay, blank_day, day_of_minute, first_minute
from operations.domain.series import Quality, minute_of
from operations.domain.units import BOTH, EXPORT, IMPORT, Known, Units, core_in

NEVER = 2**62
IN_GROUP = "{} belongs to the group {}, metered as one since {}: upload under the group's ref."


@dataclass
class Gathered:
    """What a file tells of each unit, and the problems with its rows.

    A unit that is told by several meters is laid together day by day, with the row in which each interval stood.
    """

    units: dict[UUID, Known] = field(default_factory=dict)
    told: dict[UUID, Columns] = field(default_factory=dict)
    laid: dict[UUID, dict[tuple[date, int], ReadingDay]] = field(default_factory=lambda: defaultdict(dict))
    rows: dict[tuple[UUID, date, int, str], npt.NDArray[np.int32]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: int | None, value: str, message: str) -> None:
        self.problems.append(Problem("", row, None, value, message))

    def add(self, unit: Known, told: Columns) -> None:
        """Note what one meter tells of the unit."""
        if unit.key not in self.units:
            self.units[unit.key], self.told[unit.key] = unit, told
            return
        if unit.key not in self.laid:
            _lay(self, unit, self.told[unit.key])
        _lay(self, unit, told)

    def of_unit(self, key: UUID) -> Columns:
        """All that is told of a unit."""
        return columns_of(list(self.laid[key].values())) if key in self.laid else self.told[key]


def gather(told: MeterTold, known: Units, gathered: Gathered, now: datetime) -> None:
    """Note what is told of one meter or asset for its unit."""
    readings = told.columns()
    found = _found(told.meter, known)
    if isinstance(found, str):
        number = counted(len(readings.rows), "reading")
        gathered.refuse(int(readings.rows.min()), told.meter, f"{found} {number} of it refused.")
        return
    unit, direction = found
    in_future = readings.starts + readings.minutes > minute_of(now)
    is_grouped = ~in_future & (readings.starts >= _first_grouped(unit, known))
    gathered.add(unit, _flows(direction, readings.where(~in_future & ~is_grouped)))
    told_future = readings.where(in_future & (readings.quality != Quality.MISSING)).rows
    if len(told_future):
        gathered.refuse(
            int(told_future[0]),
            told.meter,
            f"The interval lies in the future: {counted(len(told_future), 'reading')} of {told.meter} refused.",
        )
    if is_grouped.any():
        group = known.in_group[unit.key]
        gathered.refuse(
            int(readings.rows[is_grouped][-1]),
            told.meter,
            IN_GROUP.format(told.meter, group.ref, day_text(group.from_day) if group.from_day else ""),
        )


def _found(text: str, known: Units) -> tuple[Known, str] | str:
    """The unit that a cell names with the direction its meter measures; or what is wrong, in a sentence."""
    unit = known.by_ref.get(key_form(text))
    if unit is not None:
        return unit, BOTH
    core = core_in(text)
    if core is None:
        return f"There is no asset “{text}” among yours."
    by_meter = known.by_meter.get(core, [])
    if len(by_meter) == 1:
        return by_meter[0]
    if by_meter:
        return f"The meter {text} is that of several of your assets: name the asset."
    return f"No asset of yours has the meter {text}."


def _first_grouped(unit: Known, known: Units) -> int:
    """The minute from which on the unit is metered with its group; beyond all minutes for one that is not."""
    group = known.in_group.get(unit.key)
    return NEVER if group is None or group.from_day is None else first_minute(group.from_day)


def _flows(direction: str, told: Columns) -> Columns:
    """Import and export, where the meter counts one direction only: what it counts belongs there."""
    if direction == IMPORT:
        nothing = told.exported == 0
        return replace(told, export_quality=np.where(nothing, NOT_TOLD, told.export_quality))
    if direction == EXPORT:
        as_import = (told.export_quality == NOT_TOLD) | (told.exported == 0)
        return replace(
            told,
            imported=np.zeros_like(told.imported),
            import_quality=np.full_like(told.import_quality, NOT_TOLD),
            exported=np.where(as_import, told.imported, told.exported),
            export_quality=np.where(as_import, told.import_quality, told.export_quality),
        )
    return told


def _lay(gathered: Gathered, unit: Known, told: Columns) -> None:
    """Lay readings of a unit, by start, into its days, each day of each length of interval at once."""
    of_unit = gathered.laid[unit.key]
    days = told.starts // DAY_MINUTES
    keys = days * DAY_MINUTES + told.minutes
    for key in np.unique(keys).tolist():
        part = told.where(keys == key)
        day, minutes = day_of_minute(key // DAY_MINUTES * DAY_MINUTES), key % DAY_MINUTES
        held = of_unit.get((day, minutes))
        if held is None:
            held = of_unit[day, minutes] = blank_day(day, minutes)
        places = part.starts % DAY_MINUTES // minutes
        for name, flow, energy, quality in (
            (IMPORT, held.imported, part.imported, part.import_quality),
            (EXPORT, held.exported, part.exported, part.export_quality),
        ):
            rows = gathered.rows.setdefault(
                (unit.key, day, minutes, name), np.zeros(len(flow.energy), np.int32)
            )
            is_told, before = quality != NOT_TOLD, flow.quality[places]
            differs = (before != quality) | (flow.energy[places] != energy)
            is_refused = is_told & (before != NOT_TOLD) & differs
            for row, first in zip(
                part.rows[is_refused].tolist(), rows[places[is_refused]].tolist(), strict=True
            ):
                gathered.refuse(
                    row, unit.ref, f"The interval is there twice with different values, first in row {first}."
                )
            kept = is_told & ~is_refused
            flow.energy[places[kept]], flow.quality[places[kept]] = energy[kept], quality[kept]
            rows[places[kept]] = part.rows[kept]
