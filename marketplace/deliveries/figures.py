"""What waits to be sent and what was given up, by channel, for monitoring."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.db.models import Count, Min, Q

from marketplace.deliveries.channels import MAILS, WEBHOOKS, channels
from marketplace.deliveries.enums import DeliveryState
from marketplace.health.figures import Figure


def of_deliveries(now: datetime) -> Iterator[Figure]:
    """Of rows that a channel leaves uncounted only the age tells: it is the same however many there are."""
    waiting = Figure("marketplace_deliveries_waiting", "Waiting to be sent or being sent.", ["channel"])
    oldest = Figure(
        "marketplace_deliveries_oldest_age_seconds",
        "Seconds that the oldest of them has waited.",
        ["channel"],
    )
    given_up = Figure("marketplace_deliveries_given_up", "Given up, and still kept.", ["channel"])
    for make in chain(channels(MAILS), channels(WEBHOOKS)):
        channel = make()
        state = channel.state_field
        is_waiting = Q(**{f"{state}__in": [DeliveryState.WAITING, DeliveryState.SENDING]})
        left_out = channel.uncounted()
        counted = Q() if left_out is None else ~left_out
        found = (
            channel.rows()
            .order_by()
            .aggregate(
                waiting=Count("pk", filter=is_waiting & counted),
                given_up=Count("pk", filter=Q(**{state: DeliveryState.GIVEN_UP}) & counted),
                since=Min(channel.since_field, filter=is_waiting),
            )
        )
        channel.close()
        since = found["since"]
        waiting.values.append(([channel.name], found["waiting"]))
        given_up.values.append(([channel.name], found["given_up"]))
        oldest.values.append(([channel.name], (now - since).total_seconds() if since else 0))
    yield from (waiting, oldest, given_up)
