"""The pieces that baselines are made of: pure functions."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contracts.models import ContractedAsset
from operations.domain.baselines.asked import Asked, Energies
from operations.domain.baselines.candidate_days import UnitDays, candidate_days, shape_of, why_left_out
from operations.domain.baselines.meter_before import meter_before
from operations.domain.group_members import Members
from operations.domain.series import MICRO, Periods, minute_of

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 6, 16, 15, tzinfo=UTC)
"""A Tuesday."""
FIRST = minute_of(START) // 30
DAY = timedelta(days=1)


@pytest.mark.parametrize(("before", "mean"), [(29, None), (30, 3), (59, 3), (60, 2), (61, 2), (90, None)])
def test_the_meter_before_is_the_mean_of_whole_periods_that_are_all_there(before, mean):
    """1 kWh is metered from 14:00 on, 3 kWh from 14:30 on; nothing before."""
    metered = Periods(30, FIRST - 2, np.array([MICRO, 3 * MICRO]), np.array([True, True]))
    asked = Asked(range(FIRST, FIRST + 2), 30, START, 1, LONDON, metered)
    assert meter_before(asked, before).energy == ({} if mean is None else {FIRST: mean, FIRST + 1: mean})


def test_a_meter_before_that_is_shorter_than_a_period_says_so():
    asked = Asked([FIRST], 30, START, 1, LONDON, Periods(30, FIRST, np.array([]), np.array([])))
    assert meter_before(asked, 29).note == "No whole period lies in the minutes before."


def test_energies_are_a_number_of_each_period_that_has_one():
    found = Energies.over([7, 8, 9], {7: Fraction(1, 2), 9: Fraction(1, 3)})
    assert (found[7], found[9], list(found), len(found)) == (Fraction(1, 2), Fraction(1, 3), [7, 9], 2)
    assert Energies.over([7, 8, 9], found) is found
    for period in (8, 10):
        assert found.get(period) is None
        assert period not in found


def test_a_day_is_left_out_where_a_dispatch_overlaps_the_hours_and_not_where_it_lies_between_them():
    """Half-hours from 14:00 and 16:00 local are asked for: what was dispatched from 14:30 to 16:00 touches neither."""
    shape = shape_of((FIRST - 4, FIRST), range(0), 30, date(2026, 6, 16), LONDON)
    looked = candidate_days(date(2026, 6, 16), shape, LONDON, 5, frozenset())
    assert looked.days == tuple(date(2026, 6, day) for day in (15, 12, 11))

    def span(day, since, till):
        begun = minute_of(START - (16 - day) * DAY)
        return begun + since, begun + till

    called = [span(15, -91, 0), span(12, -90, 0), span(11, -90, 1)]
    overlaps = "A dispatch overlaps the hours that would be used."
    assert why_left_out(looked, 30, UnitDays((), (), (), called)) == [overlaps, "", overlaps]


def test_the_members_of_a_group_are_those_that_contracts_count_on_or_all_it_holds_apart_from_any():
    instant = datetime(2026, 6, 1, tzinfo=UTC)
    assert Members((), 3, instant).on(date(2026, 6, 1)) == 3
    counted = Members([ContractedAsset(asset_id=uuid4(), from_day=date(2026, 6, 2))], 3, instant)
    assert [counted.on(date(2026, 6, day)) for day in (1, 2)] == [0, 1]
