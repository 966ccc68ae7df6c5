"""Windows as blocks on a week: which day, from when to when, how many side by side. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation

from competitions.domain.setting_up.terms import WindowTerms
from marketplace.dates import time_text
from marketplace.numbers import exact_text, power_text

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WHOLE_DAY = 24 * 60
CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True)
class Block:
    """A window's hours on one day of the week, in minutes since midnight. ``lane`` of ``lanes`` beside each
    other."""

    day: int
    start: int
    end: int
    title: str
    lane: int = 0
    lanes: int = 1

    @property
    def x(self) -> int:
        """Left edge in a drawing in which a day is 100 wide."""
        return self.day * 100 + 100 * self.lane // self.lanes

    @property
    def y(self) -> int:
        """Upper edge in a drawing in which an hour is 20 high."""
        return self.start // 3

    @property
    def width(self) -> int:
        return 100 // self.lanes - 2

    @property
    def height(self) -> int:
        return max(2, (self.end - self.start) // 3)

    @property
    def cells(self) -> list[int]:
        """The half-hours of the week that it touches, counted from Monday midnight."""
        return [self.day * 48 + half for half in range(self.start // 30, (self.end + 29) // 30)]


def blocks_of(windows: Iterable[WindowTerms], unit: str) -> list[Block]:
    """Each window on each of its days; past midnight it goes on in the next day."""
    blocks = []
    for window in windows:
        blocks += _days_of(
            window.weekdays, _minutes(window.start), _minutes(window.end), _title(window, unit)
        )
    return _in_lanes(blocks)


def typed_blocks(rows: Iterable[Mapping[str, str]], unit: str) -> list[Block]:
    """The same for windows as typed, leaving out what can't be drawn yet."""
    blocks = []
    for row in rows:
        start, end = CLOCK.fullmatch(row.get("start", "")), CLOCK.fullmatch(row.get("end", ""))
        names = {name.strip() for name in row.get("weekdays", "").split(",")}
        if start and end:
            days = frozenset(number for number, name in enumerate(DAYS) if name in names)
            title = f"{row.get('name', '')}: {row.get('start')} to {row.get('end')}, {_megawatts(row)} {unit}"
            first, last = (int(at[1]) * 60 + int(at[2]) for at in (start, end))
            blocks += _days_of(days, first, last % WHOLE_DAY, title)
    return _in_lanes(blocks)


def _megawatts(row: Mapping[str, str]) -> str:
    try:
        return exact_text(Decimal(row.get("capacity_required_mw", "")))
    except InvalidOperation:
        return "?"


def _title(window: WindowTerms, unit: str) -> str:
    end = "24:00" if window.end == time(0) else time_text(window.end)
    power = power_text(window.capacity_required_mw, unit)
    return f"{window.period}, {window.name}: {time_text(window.start)} to {end}, {power}"


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _days_of(days: Iterable[int], start: int, end: int, title: str) -> list[Block]:
    blocks = []
    for day in sorted(days):
        if start < end:
            blocks.append(Block(day, start, end, title))
            continue
        blocks.append(Block(day, start, WHOLE_DAY, title))
        if end:
            blocks.append(Block((day + 1) % 7, 0, end, title))
    return blocks


def _in_lanes(blocks: list[Block]) -> list[Block]:
    """Blocks of a day that overlap, side by side."""
    placed: list[Block] = []
    for day in range(7):
        ends: list[int] = []
        lanes = []
        for block in sorted((one for one in blocks if one.day == day), key=lambda one: (one.start, one.end)):
            lane = next((number for number, end in enumerate(ends) if end <= block.start), len(ends))
            ends[lane : lane + 1] = [block.end]
            lanes.append((block, lane))
        placed += [Block(one.day, one.start, one.end, one.title, lane, len(ends)) for one, lane in lanes]
    return placed
