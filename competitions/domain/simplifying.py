"""A proposal with fewer windows: rare and small ones left out, neighbouring ones merged. What is lost is
told. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from competitions.domain.planning import DAY_MINUTES, ProposedPeriod, ProposedWindow


@dataclass(frozen=True)
class Simplified:
    """The periods that are left, and the energy (MWh) and number of windows of what was left out."""

    periods: tuple[ProposedPeriod, ...]
    dropped: int
    dropped_mwh: Decimal


def simplify(
    periods: Sequence[ProposedPeriod],
    *,
    most_gap_minutes: int | None = None,
    least_times: int = 1,
    least_mw: Decimal = Decimal(0),
) -> Simplified:
    """Leave out windows that occurred less often or need less, then merge those of a weekday that are this
    close.

    A merged window has the highest MW of its parts and lasts from the first to the last, never longer than a
    day: no half-hour of a window that is kept gets less MW than it had. None as the gap merges nothing.
    """
    kept_periods = []
    dropped, dropped_mwh = 0, Decimal(0)
    for period in periods:
        kept = [each for each in period.windows if each.times >= least_times and each.need_mw >= least_mw]
        left = [each for each in period.windows if each not in kept]
        dropped += len(left)
        dropped_mwh += sum((each.energy_mwh for each in left), Decimal(0))
        if kept:
            windows = kept if most_gap_minutes is None else merged_across(kept, most_gap_minutes)
            kept_periods.append(replace(period, windows=tuple(windows)))
    return Simplified(tuple(kept_periods), dropped, dropped_mwh)


def merged_across(windows: Iterable[ProposedWindow], most_gap_minutes: int) -> list[ProposedWindow]:
    """Windows of one weekday that overlap or lie at most so many minutes apart as one, up to a day long."""
    found: list[ProposedWindow] = []
    for window in sorted(windows, key=lambda each: (each.weekday, each.start_minute, each.end_minute)):
        last = found[-1] if found else None
        if last is None or not _may_join(last, window, most_gap_minutes):
            found.append(window)
            continue
        found[-1] = replace(
            last,
            end_minute=max(last.end_minute, window.end_minute),
            need_mw=max(last.need_mw, window.need_mw),
            energy_mwh=last.energy_mwh + window.energy_mwh,
            times=last.times + window.times,
        )
    return found


def _may_join(last: ProposedWindow, window: ProposedWindow, most_gap_minutes: int) -> bool:
    return (
        last.weekday == window.weekday
        and window.start_minute - last.end_minute <= most_gap_minutes
        and max(last.end_minute, window.end_minute) - last.start_minute <= DAY_MINUTES
    )
