"""Finds the columns of a file with a row a reading. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from operations.domain.meterfiles import words
from operations.domain.meterfiles.finding import (
    FIXED_GRID,
    HOURLY,
    Cannot,
    Finder,
    has_offset,
    is_date,
    is_number_or_blank,
    is_stamp,
    is_time,
)
from operations.domain.meterfiles.mapping import Clock, Mapping, Names, Order, Shape, Sign
from operations.domain.meterfiles.stamps import BadStamp, minute_of_day, stamp_of
from operations.enums import INTERVALS

IRREGULAR = f"The stamps are irregular. {FIXED_GRID}; bring yours to it before you upload them."
MINUTE = timedelta(minutes=1)
ASK_CLOCK = "By which clock are the times? They have no offset."
ASK_NAMES = "Does a time name the start or the end of its interval?"


class LongFinder(Finder):
    """Finds the columns of time and value, and what stands beside them."""

    def mapping(self) -> Mapping:
        stamp = self.take(
            self.first(words.STAMP, is_stamp) or self.first(words.DAY, is_stamp) or self.any(is_stamp)
        )
        if stamp is None:
            raise Cannot("No column holds the time of each reading.")
        texts = [text for text in self.columns[stamp] if text]
        time = period = None
        if all(is_date(text) for text in texts):
            period = self.take(self.first(words.PERIOD, str.isdigit))
            if period is None:
                time = self.take(self.first(words.TIME, is_time) or self.any(is_time))
        meter = self.meter()
        flow, quality = self.flow(), self.quality()
        imported, exported, value = self._values()
        of_values = [place for place in (imported, exported, value) if place is not None]
        names = [self.headers[place] for place in of_values]
        if flow is not None and not any(map(words.measure_in, names)):
            names += [text for text in dict.fromkeys(self.columns[flow]) if words.flow_in(text) != words.SKIP]
        cells = [text for place in of_values for text in self.columns[place]]
        order = self.order(texts)
        minutes = 30 if period is not None else self._minutes(stamp, time, meter, flow, order)
        clock = Clock.LOCAL if period is not None else self._clock(stamp, time, texts)
        return Mapping(
            Shape.LONG,
            head=self.head,
            meter=meter,
            stamp=stamp,
            time=time,
            period=period,
            names=Names.START if period is not None else self._names(stamp, time, texts),
            clock=clock,
            order=order,
            minutes=minutes,
            value=value,
            imported=imported,
            exported=exported,
            measure=self.measure(names)
            if any(map(words.measure_in, names)) or flow is None
            else self.measure_wide(names, flow),
            sign=self.sign([self.headers[place] for place in of_values], flow, cells)
            if value is not None
            else Sign.IMPORT,
            flow=flow,
            quality=quality,
            decimal=self.decimal(cells),
        )

    def _values(self) -> tuple[int | None, int | None, int | None]:
        """The columns of import and export, or the one for both."""
        numeric = [
            place
            for place in range(len(self.headers))
            if place not in self.used
            and self.all(place, is_number_or_blank)
            and not words.NO_VALUE.search(self.plain[place])
        ]
        imports = [place for place in numeric if words.IMPORTS.search(self.plain[place])]
        exports = [place for place in numeric if words.EXPORTS.search(self.plain[place])]
        if len(imports) == 1 and len(exports) == 1 and imports != exports:
            return self.take(imports[0]), self.take(exports[0]), None
        measured = [place for place in numeric if words.measure_in(self.headers[place])]
        named = (
            measured
            or [place for place in numeric if words.VALUE.search(self.plain[place])]
            or imports
            or exports
            or numeric
        )
        if not named:
            raise Cannot("No column holds energy or power.")
        if len(named) > 1:
            self.questions["value"] = "Which column holds the readings?"
        return None, None, self.take(named[0])

    def _minutes(
        self, stamp: int, time: int | None, meter: int | None, flow: int | None, order: Order
    ) -> int:
        by_meter: dict[tuple[str, ...], list[datetime]] = defaultdict(list)
        for place, text in enumerate(self.columns[stamp]):
            keys = tuple(
                self.columns[column][place] if column is not None else "" for column in (meter, flow)
            )
            try:
                found = stamp_of(text, order)
                if time is not None:
                    found += minute_of_day(self.columns[time][place]) * MINUTE
            except BadStamp:
                continue
            by_meter[keys].append(found.replace(tzinfo=found.tzinfo or UTC))
        apart = Counter(
            after - before for each in by_meter.values() for before, after in pairwise(each) if after > before
        )
        if not apart:
            self.questions["minutes"] = "How long is an interval? The file has too few rows to tell."
            return 30
        whole = {gap: number for gap, number in apart.items() if not gap % MINUTE}
        step = max(whole, key=lambda gap: whole[gap]) if whole else timedelta(0)
        fits = sum(number for gap, number in whole.items() if step and not gap % step)
        if not step or fits < 0.95 * sum(apart.values()):
            raise Cannot(IRREGULAR)
        if int(step / MINUTE) not in INTERVALS:
            raise Cannot(HOURLY.format(int(step / MINUTE)))
        return int(step / MINUTE)

    def _clock(self, stamp: int, time: int | None, texts: Sequence[str]) -> Clock:
        if time is None and all(has_offset(text) for text in texts):
            return Clock.OFFSET
        names = f"{self.plain[stamp]} {self.plain[time] if time is not None else ''}"
        if re.search(r"\b(utc|gmt|z)\b", names):
            return Clock.UTC
        if re.search(r"\b(local|bst|uk time|clock)\b", names):
            return Clock.LOCAL
        found = self._clock_by_changes(texts)
        if found is not None:
            return found
        self.questions["clock"] = ASK_CLOCK
        return Clock.LOCAL

    def _clock_by_changes(self, texts: Sequence[str]) -> Clock | None:
        """By a day on which the clocks change: an hour of it that is left out, or comes twice in the order of rows.

        None where they tell nothing, also where some stamps have an offset of their own.
        """
        stamps = []
        for text in texts:
            try:
                found = stamp_of(text, Order.YEAR_FIRST if text[:4].isdigit() else Order.DAY_FIRST)
            except BadStamp:
                return None
            if found.tzinfo is not None:
                return None
            stamps.append(found)
        back = sum(after < before for before, after in pairwise(stamps) if before.date() == after.date())
        changes = {
            each.date() for each in stamps if each.month == 10 and each.weekday() == 6 and each.day > 24
        }
        return (
            Clock.LOCAL
            if changes
            and back
            and all(
                after.date() in changes
                for before, after in pairwise(stamps)
                if after < before and after.date() == before.date()
            )
            else None
        )

    def _names(self, stamp: int, time: int | None, texts: Sequence[str]) -> Names:
        told = f"{self.plain[stamp]} {self.plain[time] if time is not None else ''}"
        if re.search(r"\b(end|ending|ended|to)\b", told):
            return Names.END
        if re.search(r"\b(start|starting|begin|beginning|from)\b", told):
            return Names.START
        times = [*texts, *(self.columns[time] if time is not None else ())]
        if any(re.search(r"(^|[T ])24:00", text) for text in times):
            return Names.END
        self.questions["names"] = ASK_NAMES
        return Names.START
