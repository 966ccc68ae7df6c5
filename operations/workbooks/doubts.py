"""What is worth a look in readings, and what no contract of the unit could use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np

from marketplace.numbers import exact_text
from operations.domain.day_stacks import DayStack
from operations.domain.reading_days import DAY_MINUTES, NOT_TOLD
from operations.domain.series import MICRO, Quality
from operations.domain.units import Known, UnderContract
from operations.models import Dispatch

MUCH = Decimal("1.5")
KW = 1000
NEVER = 2**62
LENGTHS = {1: "one-minute", 5: "five-minute", 10: "ten-minute", 15: "quarter-hourly", 30: "half-hourly"}


class Doubts:
    """Looks at the days of some units, with the contracts that count on them."""

    def __init__(
        self,
        units: Sequence[Known],
        contracts: Mapping[UUID, list[UnderContract]],
        members: Mapping[UUID, list[UUID]],
        *,
        now: datetime,
    ) -> None:
        self.contracts = {
            unit.key: list(
                {
                    each.contract.pk: each
                    for asset in ([unit.asset.pk] if unit.asset else members.get(unit.key, ()))
                    for each in contracts.get(asset, ())
                }.values()
            )
            for unit in units
        }
        ids = {each.contract.pk for found in self.contracts.values() for each in found}
        spans = defaultdict(list)
        for contract, start, end in Dispatch.objects.filter(
            contract__in=ids, holds_its_time=True, start__lt=now
        ).values_list("contract", "start", "end"):
            spans[contract].append([int(each.timestamp() // 60) for each in (start, end)])
        self.called = {
            unit: np.array([span for each in found for span in spans[each.contract.pk]]).reshape(-1, 2)
            for unit, found in self.contracts.items()
        }

    def too_coarse(self, unit: Known, minutes: int) -> str:
        """Why no contract of the unit could be settled by intervals so long; empty where one can."""
        asked = [each.terms.period_minutes for each in self.contracts[unit.key] if each.terms is not None]
        if not asked or any(period % minutes == 0 for period in asked):
            return ""
        return f"{LENGTHS[minutes].capitalize()} data can't settle a {max(asked)}-minute contract."

    def of_days(
        self, units: Sequence[Known], firsts: Sequence[int], told: DayStack
    ) -> Mapping[int, Sequence[str]]:
        """Warnings about days, by row: whose each is, and the minute at which it begins."""
        found: dict[int, list[str]] = defaultdict(list)
        for row, message in (*self._much(units, told), *_equal(told)):
            found[row].append(message)
        for row, (unit, first) in enumerate(zip(units, firsts, strict=True)):
            if self.contracts[unit.key]:
                messages = [*self._zero(unit, first, row, told), *self._coarse(unit, told.minutes)]
                if messages:
                    found[row] += messages
        return found

    def _much(self, units: Sequence[Known], told: DayStack) -> Iterable[tuple[int, str]]:
        for flow, name, word in (
            (told.imported, "maximum_import_mw", "import"),
            (told.exported, "maximum_export_mw", "export"),
        ):
            limits = np.array([_limit(unit, name, told.minutes) for unit in units], np.int64)
            for row in np.flatnonzero((flow.energy > limits[:, np.newaxis]).any(axis=1)).tolist():
                most = exact_text(getattr(units[row].asset, name))
                yield row, f"More than 1.5 times the asset's maximum {word} of {most} MW."

    def _zero(self, unit: Known, first: int, row: int, told: DayStack) -> Iterable[str]:
        called = self.called[unit.key]
        of_day = called[(called[:, 1] > first) & (called[:, 0] < first + DAY_MINUTES)]
        for since, until in of_day.tolist():
            day = told.day(row, first)
            within = (day.starts < until) & (day.starts + day.minutes > since) & day.is_told
            if (
                within.any()
                and not day.net[within].any()
                and not (day.quality[within] == Quality.MISSING).any()
            ):
                yield "All zero over a dispatch."

    def _coarse(self, unit: Known, minutes: int) -> Iterable[str]:
        for each in self.contracts[unit.key]:
            if each.terms is not None and each.terms.period_minutes % minutes:
                yield (
                    f"{LENGTHS[minutes].capitalize()} data can't settle a {each.terms.period_minutes}-minute contract:"
                    f" {each.contract.competition.ref} can't use it."
                )


def _limit(unit: Known, name: str, minutes: int) -> int:
    """More energy of an interval than this, in millionths of a kWh, is worth a look."""
    most: Decimal | None = getattr(unit.asset, name, None)
    return int(MUCH * most * KW * minutes / 60 * MICRO) if most else NEVER


def _equal(told: DayStack) -> Iterable[tuple[int, str]]:
    """Days of which every interval tells the same energy."""
    net, quality = told.net, told.quality
    is_whole = ((quality != NOT_TOLD) & (quality != Quality.MISSING)).all(axis=1)
    is_equal = is_whole & (net == net[:, :1]).all(axis=1) & (net[:, 0] != 0)
    for row in np.flatnonzero(is_equal).tolist():
        yield row, "The same value all day: is the meter stuck?"
