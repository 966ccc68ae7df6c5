"""How much capacity is required when: the windows of a competition added up over its periods. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from competitions.domain.setting_up.terms import WindowTerms
from marketplace.calendar import HolidayRule, service_intervals


@dataclass(frozen=True)
class Step:
    """From this instant on so much is required."""

    at: datetime
    megawatts: Decimal


def required(
    windows: Iterable[WindowTerms], holidays: Callable[[date, date], frozenset[date]], zone: ZoneInfo
) -> list[Step]:
    """The requirement as steps in time. Windows that overlap add up; ``holidays`` gives those between two
    days."""
    changes: dict[datetime, Decimal] = defaultdict(Decimal)
    for window in windows:
        rule = HolidayRule(window.public_holidays)
        days = frozenset() if rule is HolidayRule.IGNORE else holidays(window.first_day, window.last_day)
        spans = service_intervals(
            window.first_day, window.last_day, window.weekdays, window.start, window.end, rule, days, zone
        )
        for start, end in spans:
            changes[start] += window.capacity_required_mw
            changes[end] -= window.capacity_required_mw
    total = Decimal(0)
    steps = []
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            steps.append(Step(at, total))
    return steps
