"""What monitoring learns of operations: answers that are overdue, by number alone."""

from collections.abc import Iterator
from datetime import datetime

from marketplace.health.figures import Figure, register_figures
from operations.domain.watching import overdue_numbers


@register_figures
def of_dispatches(now: datetime) -> Iterator[Figure]:
    """Dispatches and emergency stops that nobody has acknowledged in time."""
    dispatches, stops = overdue_numbers(now)
    yield Figure(
        "marketplace_dispatches_unacknowledged",
        "Dispatches not over yet whose answer is overdue.",
        values=[((), dispatches)],
    )
    yield Figure(
        "marketplace_emergency_stops_unacknowledged",
        "Emergency stops that nobody has acknowledged in five minutes.",
        values=[((), stops)],
    )
