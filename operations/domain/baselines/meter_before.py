"""Meter before: B = mean net energy of the whole periods in the minutes that end at the start.

The end of these minutes is cut down to the grid of periods (operations, section 8.4).
The method that system operators use for fast services, where the minutes just before tell most of those that
follow.
"""

from fractions import Fraction

from operations.domain.baselines.asked import Asked, Baseline, none_because
from operations.domain.series import minute_of


def meter_before(asked: Asked, before_minutes: int) -> Baseline:
    """The mean of the whole periods; none where one of them is incomplete, or none fits."""
    end = minute_of(asked.start) // asked.minutes
    periods = range(end - before_minutes // asked.minutes, end)
    if not periods:
        return none_because("No whole period lies in the minutes before.")
    if not all(asked.metered.is_complete(each) for each in periods):
        return none_because("The readings before the start are not complete.")
    mean = sum((asked.metered.energy(each) for each in periods), Fraction(0)) / len(periods)
    return Baseline(dict.fromkeys(asked.periods, mean))
