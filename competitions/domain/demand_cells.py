"""The cells of a demand series: which columns count, time stamps as people write them, numbers of MW.
Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from marketplace.calendar import NonexistentTime, localise
from marketplace.csv_text import Line
from marketplace.keys import key_form, tidy_key
from marketplace.number_text import number_text
from marketplace.numbers import count_text

MOST_MW = Decimal(1_000_000)
PLAIN = re.compile(
    r"[+-]?(?:[0-9]{1,20}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,6})(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?"
)
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,20},[0-9]{1,30}")
GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
NUMBER_LIKE = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]*)?")
DAY = re.compile(r"(?:([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}))(?:[ T]+(.+))?")
TIME_OF_DAY = re.compile(r"([0-9]{1,2}):([0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(.*)")
MIDNIGHT = re.compile(r"24:00(?::00(?:\.0+)?)?")
YEARS = range(1970, 2200)
TIME_WORDS = ("time", "date", "period")
WHOLE_STAMP = ("datetime", "timestamp", "date time", "date/time", "date and time", "time stamp")
EXACT_MW = ("mw", "demand (mw)", "demand_mw", "demand mw", "demand")
PERIODS = range(1, 51)
HALF_HOUR = timedelta(minutes=30)


class UnreadableSeries(Exception):
    """The file holds no demand series; ``str`` is one sentence."""


@dataclass(frozen=True)
class Columns:
    """Which columns count: of the day or the whole time stamp, of the time of day or the settlement period,
    of MW."""

    day: int
    mw: int
    time: int | None = None
    period: int | None = None

    def time_name(self, headers: Sequence[str]) -> str:
        """The headers from which a reading's time comes."""
        places = [place for place in (self.day, self.time, self.period) if place is not None]
        return " and ".join(headers[place] for place in places)


def columns_of(headers: Sequence[str]) -> Columns:
    """The columns that count by their names. Raises :class:`UnreadableSeries` without one of time stamps or
    of MW."""
    names = [key_form(header).replace("_", " ") for header in headers]
    times = [place for place, name in enumerate(names) if any(word in name for word in TIME_WORDS)]
    exact = [names.index(name) for name in EXACT_MW if name in names]
    close = [
        place for place, name in enumerate(names) if "mw" in name and "mwh" not in name and place not in times
    ]
    if not times or not (exact or close):
        raise UnreadableSeries(
            "The first line must name a column of time stamps and one of MW: timestamp, MW."
        )
    mw = (exact or close)[0]
    whole = [place for place in times if any(word in names[place] for word in WHOLE_STAMP)]
    days = [place for place in times if "date" in names[place]]
    if whole or not days:
        return Columns((whole or times)[0], mw)
    clocks = [place for place in times if "time" in names[place] and place != days[0]]
    periods = [place for place in times if "period" in names[place] and "date" not in names[place]]
    return Columns(days[0], mw, clocks[0] if clocks else None, periods[0] if periods and not clocks else None)


@dataclass
class LocalClock:
    """Time stamps as instants in UTC. The offset of a day without a clock change is worked out once."""

    zone: ZoneInfo
    offsets: dict[date, timedelta | None] = field(default_factory=dict)

    def stamp_in(self, line: Line, places: Columns) -> datetime | None:
        """The instant of a line; None where it tells none."""
        day = line.cell(places.day)
        if places.period is not None:
            return self._of_period(day, line.cell(places.period))
        clock = line.cell(places.time) if places.time is not None else ""
        return self.instant(f"{day} {clock}" if clock else day)

    def _of_period(self, day: str, period: str) -> datetime | None:
        """The begin of the half-hour with this number in a local day, from 1; a day of a clock change has 46
        or 50."""
        midnight = self.instant(f"{day} 00:00")
        if midnight is None or not period.isdecimal() or len(period) > 2 or int(period) not in PERIODS:
            return None
        begin = midnight + (int(period) - 1) * HALF_HOUR
        return begin if begin.astimezone(self.zone).date() == midnight.astimezone(self.zone).date() else None

    def instant(self, text: str) -> datetime | None:
        """The instant of text in ISO 8601 or as ``05/04/2026 17:00`` (day first); ``24:00`` ends the day.

        None for other text, years out of range, and times that the clocks skip.
        """
        try:
            told = _moment(text if text.isascii() else tidy_key(text))
        except (ValueError, OverflowError):
            return None
        if told.year not in YEARS:
            return None
        if told.tzinfo is not None:
            return told.astimezone(UTC)
        day = told.date()
        if day not in self.offsets:
            noons = [datetime.combine(day + timedelta(days=step), time(12), self.zone) for step in (-1, 0, 1)]
            steady = {noon.utcoffset() for noon in noons}
            self.offsets[day] = steady.pop() if len(steady) == 1 else None
        offset = self.offsets[day]
        if offset is not None:
            return (told - offset).replace(tzinfo=UTC)
        try:
            return localise(told, self.zone).instant
        except NonexistentTime:
            return None


def _moment(text: str) -> datetime:
    """Raises ``ValueError`` for text that is not a time stamp."""
    found = DAY.fullmatch(text)
    if found is None:
        return datetime.fromisoformat(text)
    year, month, day, other_day, other_month, other_year, clock = found.groups()
    iso = f"{year or other_year}-{month or other_month:0>2}-{day or other_day:0>2}"
    if clock is None:
        return datetime.fromisoformat(iso)
    ends = MIDNIGHT.match(clock)
    if ends is not None:
        return datetime.fromisoformat(f"{iso}T00:00{clock[ends.end() :]}") + timedelta(days=1)
    told = TIME_OF_DAY.fullmatch(clock)
    return datetime.fromisoformat(f"{iso}T{told[1]:0>2}:{told[2]}{told[3]}" if told else f"{iso}T{clock}")


def megawatts(line: Line, place: int, separator: str) -> Decimal | None:
    """The number in a cell; None for anything else. Raises :class:`UnreadableSeries` for one that can't be
    meant.

    A comma is the decimal one where semicolons separate the cells; with other separators, where it makes no
    thousands.
    """
    text = line.cell(place)
    if not (text.isascii() and " " not in text):
        text = number_text(text)
    is_decimal = separator == ";" or (separator != "," and not GROUPS.fullmatch(text))
    if is_decimal and DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if PLAIN.fullmatch(text):
        number = Decimal(text.replace(",", ""))
        return number if abs(number) <= MOST_MW else None
    if not NUMBER_LIKE.fullmatch(text):
        return None
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    raise UnreadableSeries(
        f"Line {count_text(line.number)}: “{shown}” is not a number of MW; write it like 12.5."
    )
