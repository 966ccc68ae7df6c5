"""Ramping period: known and at most the competition's maximum, if it sets one."""

from qualification.domain.criterion import AtMost
from qualification.domain.facts.asset_facts import Durations, Fact


class RampingPeriod(AtMost):
    code = "ramping_period"
    label = "Ramping period"
    position = 110
    quick_way = "Give or correct {} ramping period{s}"
    facts = (Fact("ramping_period", Durations()),)
    reads = ("maximum_ramping_period",)
    words = "ramping period"


CRITERION = RampingPeriod()
