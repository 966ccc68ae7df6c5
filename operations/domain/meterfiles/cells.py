"""The cells of a file of readings as its mapping tells to read them, whatever shape it has. Pure."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from operations.domain.meterfiles import words
from operations.domain.meterfiles.collected import Collected, meter_of
from operations.domain.meterfiles.mapping import Mapping, Sign
from operations.domain.meterfiles.stamps import BadStamp, written_day
from operations.domain.series import MICRO, PLACES

QUALITY_CODES = {words.ACTUAL: 0, words.ESTIMATED: 1, words.MISSING: 2}
MISSING = QUALITY_CODES[words.MISSING]
MOST_KWH = Decimal(10) ** 9
MOST_DIGITS = 20
"""Before the point, of a number that is calculated with at all."""
PLAIN_KWH = re.compile(rf"[0-9]{{1,8}}(?:\.[0-9]{{1,{PLACES}}})?").fullmatch
"""How nearly every value is written: what it tells is read without decimals of any size."""


class BadValue(ValueError):
    """A value that can't be taken: the message is the sentence for people."""


class Reader:
    """What both shapes share: the cells of meter, direction, quality and value."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
    ) -> None:
        self.mapping, self.zone, self.collected = mapping, zone, collected
        self.headers = head[-1] if head else ()
        self.known_meters: dict[str, str] = {}
        self.known_qualities: dict[str, int] = {}
        self.has_plain_energy = (
            mapping.decimal == "." and not mapping.measure.is_power and mapping.measure.kilo == 1
        )

    def header(self, column: int | None) -> str:
        return self.headers[column] if column is not None and column < len(self.headers) else ""

    def meter(self, cells: tuple[str, ...]) -> str:
        if self.mapping.meter is None:
            return self.mapping.asset
        return self.meter_in(cell(cells, self.mapping.meter))

    def meter_in(self, text: str) -> str:
        found = self.known_meters.get(text)
        if found is None:
            found = self.known_meters[text] = meter_of(text)
        return found

    def flow(self, cells: tuple[str, ...]) -> str:
        if self.mapping.flow is None:
            return words.BOTH
        text = cell(cells, self.mapping.flow)
        found = words.flow_in(text)
        if found is None:
            raise BadValue(f"“{text}” is not a direction or quantity that is known.")
        return found

    def quality(self, cells: tuple[str, ...], column: int | None) -> int:
        return self.quality_in("" if column is None else cell(cells, column))

    def quality_in(self, text: str) -> int:
        code = self.known_qualities.get(text)
        if code is None:
            found = words.quality_in(text)
            if found is None:
                raise BadValue(f"“{text}” is not a quality: Actual, Estimated or Missing.")
            code = self.known_qualities[text] = QUALITY_CODES[found]
        return code

    def energy(self, text: str, minutes: int) -> int:
        """The value in millionths of a kWh, rounded half up unless the form is exact."""
        if self.has_plain_energy and PLAIN_KWH(text):
            whole, _, parts = text.partition(".")
            return int(whole + parts.ljust(PLACES, "0"))
        told = text.strip().strip("'").replace(" ", "").replace("\u00a0", "")
        told = (
            told.replace(".", "").replace(",", ".") if self.mapping.decimal == "," else told.replace(",", "")
        )
        try:
            number = Decimal(told)
        except InvalidOperation:
            raise BadValue(f"“{text}” is not a number.") from None
        if not number.is_finite() or number.adjusted() > MOST_DIGITS:
            raise BadValue(f"“{text}” is not an amount of energy that a meter measures.")
        measure = self.mapping.measure
        kwh = number * measure.kilo * (Decimal(minutes) / 60 if measure.is_power else 1)
        if abs(kwh) > MOST_KWH:
            raise BadValue(f"“{text}” is not an amount of energy that a meter measures.")
        micro = (kwh * MICRO).to_integral_value(ROUND_HALF_UP)
        if self.mapping.exact and micro != kwh * MICRO:
            raise BadValue("Energy has at most six decimals.")
        return int(micro)

    def split(self, net: int, flow: str) -> tuple[int, int]:
        """Import and export of a value."""
        if flow == words.BOTH:
            imported = net if self.mapping.sign is Sign.IMPORT else -net
            return max(imported, 0), max(-imported, 0)
        if net < 0:
            raise BadValue("Energy in one direction is 0 kWh or more.")
        return net, net

    def finish(self) -> None:
        """Called after the last row."""


def cell(cells: tuple[str, ...], column: int | None) -> str:
    if column is None:
        return ""
    try:
        return cells[column]
    except IndexError:
        return ""


def day_in(text: str, mapping: Mapping) -> date:
    """The day of a date, also of one written with a time. Raises :class:`BadStamp`."""
    if not text.strip():
        raise BadStamp("Names no day.")
    return written_day(text, mapping.order)
