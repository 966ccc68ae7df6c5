"""Recovery time: known and at most the competition's maximum, if it sets one."""

from qualification.domain.criterion import AtMost
from qualification.domain.facts.asset_facts import Durations, Fact


class RecoveryTime(AtMost):
    code = "recovery_time"
    label = "Recovery time"
    position = 120
    quick_way = "Give or correct {} recovery time{s}"
    facts = (Fact("recovery_time", Durations()),)
    reads = ("maximum_recovery_time",)
    words = "recovery time"


CRITERION = RecoveryTime()
