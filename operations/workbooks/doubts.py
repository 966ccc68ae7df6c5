"""What is worth a look in readings, and what no contract of the unit could use."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from marketplace.dates import day_text
from marketplace.numbers import exact_text
from marketplace.workbooks.declare import Problem
from operations.domain.reading_days import ReadingDay, first_minute
from operations.domain.series import MICRO, Quality
from operations.domain.units import Known, UnderContract
from operations.models import Dispatch

MUCH = Decimal("1.5")
KW = 1000
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
        self.dispatches = list(
            Dispatch.objects.filter(contract__in=ids, holds_its_time=True, start__lt=now).values_list(
                "contract", "start", "end"
            )
        )

    def too_coarse(self, unit: Known, minutes: int, day: date) -> str:
        """Why no contract of the unit could be settled by intervals so long; empty where one can."""
        asked = [each.terms.period_minutes for each in self.contracts[unit.key] if each.terms is not None]
        if not asked or any(period % minutes == 0 for period in asked):
            return ""
        return f"{LENGTHS[minutes].capitalize()} data can't settle a {max(asked)}-minute contract."

    def of_day(self, unit: Known, told: ReadingDay) -> Iterable[Problem]:
        """Warnings about one day of a unit."""
        for message in (
            *self._much(unit, told),
            *self._equal(told),
            *self._zero(unit, told),
            *self._coarse(unit, told),
        ):
            yield Problem("", None, None, f"{unit.ref}, {day_text(told.day)}", message, "warning")

    def _much(self, unit: Known, told: ReadingDay) -> Iterable[str]:
        if unit.asset is None:
            return
        for flow, most, word in (
            (told.imported, unit.asset.maximum_import_mw, "import"),
            (told.exported, unit.asset.maximum_export_mw, "export"),
        ):
            if not most:
                continue
            limit = int(MUCH * most * KW * told.minutes / 60 * MICRO)
            if (flow.energy > limit).any():
                yield f"More than 1.5 times the asset's maximum {word} of {exact_text(most)} MW."

    def _equal(self, told: ReadingDay) -> Iterable[str]:
        known = told.quality[told.is_told] != Quality.MISSING
        if len(known) == len(told.quality) and known.all() and np.unique(told.net).size == 1 and told.net[0]:
            yield "The same value all day: is the meter stuck?"

    def _zero(self, unit: Known, told: ReadingDay) -> Iterable[str]:
        own = {each.contract.pk for each in self.contracts[unit.key]}
        first = first_minute(told.day)
        starts = told.starts
        for contract, start, end in self.dispatches:
            if contract not in own:
                continue
            since, until = (int(each.timestamp() // 60) for each in (start, end))
            if until <= first or since >= first + int(timedelta(days=1).total_seconds() // 60):
                continue
            within = (starts < until) & (starts + told.minutes > since) & told.is_told
            if (
                within.any()
                and not told.net[within].any()
                and not (told.quality[within] == Quality.MISSING).any()
            ):
                yield "All zero over a dispatch."

    def _coarse(self, unit: Known, told: ReadingDay) -> Iterable[str]:
        for each in self.contracts[unit.key]:
            if each.terms is not None and each.terms.period_minutes % told.minutes:
                yield (
                    f"{LENGTHS[told.minutes].capitalize()} data can't settle a {each.terms.period_minutes}-minute contract:"
                    f" {each.contract.competition.ref} can't use it."
                )
