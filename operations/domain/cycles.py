"""Which days are about to lock or to be answered, of contracts with the same terms: worked out once for all of them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from competitions.domain.settlement_terms import AvailabilityMode
from competitions.domain.terms_fields import terms_of
from contracts.models import Contract
from operations import rules
from operations.domain.declaring import Deadlines, deadlines_of

DAY = timedelta(days=1)
AHEAD = 16
"""Days ahead that a weekly cycle may concern."""


def near_cycles(
    contracts: QuerySet[Contract], now: datetime, is_near: Callable[[Deadlines], bool]
) -> Iterator[tuple[QuerySet[Contract], list[date]]]:
    """Those of the contracts that declare, by alike terms, with the days whose deadlines are near.

    Terms with no such day are passed over without a look at their contracts.
    """
    last = now.date() + AHEAD * DAY
    running = contracts.filter(
        terms__availability__mode=AvailabilityMode.DECLARED.value,
        status__in=rules.CAN_RUN,
        first_day__lte=last,
        end_day__gt=now.date() - DAY,
    )
    kinds = running.order_by().values_list("terms__declaration", "buyer__time_zone").distinct()
    for told, zone in kinds:
        terms = terms_of({"declaration": told}).declaration
        found = [now.date() + number * DAY for number in range(-1, AHEAD)]
        days = [each for each in found if is_near(deadlines_of(each, terms, ZoneInfo(zone)))]
        if days:
            yield running.filter(terms__declaration=told, buyer__time_zone=zone), days
