"""One of everything that the market data publish."""

from datetime import timedelta
from decimal import Decimal

from tests.qualification import market as base

NOW = base.DURING


def everything():
    """A competition in each state; the refs say which."""
    operator = base.operator()
    budget = {"minimum_budget": Decimal("1234.56"), "maximum_budget": Decimal("98765.43")}
    day = timedelta(days=1)
    past = {
        "qualification_open": NOW - 9 * day,
        "qualification_close": NOW - 8 * day,
        "bidding_open": NOW - 7 * day,
        "bidding_close": NOW - 6 * day,
        "publish_on": NOW - 10 * day,
    }
    base.competition(operator, ref="LIVE", **budget)
    base.competition(
        operator, ref="DRAFT", publish_on=NOW + timedelta(seconds=1), qualification_open=NOW + day
    )
    base.competition(operator, ref="DECIDING", **past)
    base.competition(operator, ref="CONFIRMED", confirmed_at=NOW - day, **past, **budget)
    base.competition(
        operator, ref="ARCHIVED", archive_on=NOW, duplicate_overrides_of=["CONFIRMED", "DRAFT"], **past
    )
    base.competition(operator, ref="CANCELLED", cancelled_at=NOW - day, cancellation_reason="No need", **past)
    return operator
