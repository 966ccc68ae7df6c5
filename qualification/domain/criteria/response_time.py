"""Response time: known and at most the competition's maximum, if it sets one."""

from qualification.domain.criterion import AtMost
from qualification.domain.facts.asset_facts import Durations, Fact


class ResponseTime(AtMost):
    code = "response_time"
    label = "Response time"
    position = 100
    quick_way = "Give or correct {} response time{s}"
    facts = (Fact("response_time", Durations()),)
    reads = ("maximum_response_time",)
    words = "response time"


CRITERION = ResponseTime()
