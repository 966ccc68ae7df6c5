"""Finds the columns of a file with a row a day. Pure."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from operations.domain.meterfiles import words
from operations.domain.meterfiles.finding import HOURLY, Cannot, Finder, is_date, label, number
from operations.domain.meterfiles.mapping import Clock, Mapping, Names, Shape
from operations.domain.meterfiles.stamps import minute_of_day
from operations.enums import INTERVALS

FEWEST_PERIODS = 20


class WideFinder(Finder):
    """Finds the columns of periods, and what stands beside them."""

    def periods(self) -> list[int]:
        """The columns of the periods of a day, in their order; none for a file with a row a reading."""
        clocks = [
            place for place, name in enumerate(self.headers) if words.CLOCK_TIME.fullmatch(name.strip())
        ]
        numbered = [place for place, name in enumerate(self.plain) if words.NUMBERED.fullmatch(name)]
        if len(clocks) >= FEWEST_PERIODS:
            return clocks + [
                place for place in numbered if place > clocks[0] and number(self.plain[place]) > 24
            ]
        return numbered if len(numbered) >= FEWEST_PERIODS else []

    def mapping(self, periods: list[int]) -> Mapping:
        labels = [label(self.headers[place], self.plain[place]) for place in periods]
        clock_labels = [label for label in labels if ":" in label]
        minutes = self._minutes_of_labels(clock_labels, labels)
        self.used.update(periods)
        qualities = self._paired(periods)
        self.used.update(qualities)
        day = self.take(
            self.first(words.DAY, is_date) or self.first(words.STAMP, is_date) or self.any(is_date)
        )
        if day is None:
            raise Cannot("No column holds the day of each row.")
        meter = self.meter()
        flow, quality = self.flow(), self.quality()
        values = [text for place in periods for text in self.columns[place]]
        names = [
            *(self.headers[place] for place in periods),
            *(self.headers[place] for place in range(len(self.headers)) if place not in self.used),
        ]
        units = names + (
            [text for text in dict.fromkeys(self.columns[flow]) if text] if flow is not None else []
        )
        starts = bool(clock_labels) and minute_of_day(clock_labels[0]) != 0
        return Mapping(
            Shape.WIDE,
            head=self.head,
            meter=meter,
            stamp=day,
            names=Names.END if starts else Names.START,
            clock=Clock.LOCAL,
            order=self.order(self.columns[day]),
            minutes=minutes,
            periods=tuple(periods),
            labels=tuple(labels),
            measure=self.measure_wide(units, flow),
            sign=self.sign(
                [
                    name
                    for name in names
                    if words.VALUE.search(words.plain(name))
                    or words.IMPORTS.search(words.plain(name))
                    or words.EXPORTS.search(words.plain(name))
                ],
                flow,
                values,
            ),
            value=None,
            flow=flow,
            quality=quality,
            qualities=tuple(qualities),
            decimal=self.decimal(values),
        )

    def _minutes_of_labels(self, clocks: Sequence[str], labels: Sequence[str]) -> int:
        if clocks:
            minutes = sorted({minute_of_day(label) for label in clocks})
            step = Counter(after - before for before, after in pairwise(minutes)).most_common(1)[0][0]
        else:
            most = max(int(label) for label in labels)
            step = next(
                (
                    step
                    for step in (30, 15, 10, 5, 1, 60)
                    if most in range(1440 // step - 60 // step, 1440 // step + 60 // step + 1)
                ),
                0,
            )
        if step not in INTERVALS:
            raise Cannot(HOURLY.format(step or "unequal"))
        return step

    def _paired(self, periods: Sequence[int]) -> list[int]:
        """The columns of qualities, one beside each value; none where they are not."""
        beside = [place + 1 for place in periods]
        if any(place in periods or place >= len(self.headers) for place in beside):
            return []
        is_paired = all(
            all(words.quality_in(text) is not None for text in self.columns[place]) for place in beside
        )
        return beside if is_paired and any(text for place in beside for text in self.columns[place]) else []
