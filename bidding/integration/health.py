"""What monitoring learns of bidding: whether a gate is late, never anything of bids."""

from collections.abc import Iterator
from datetime import datetime

from bidding.domain.gate.closing import is_any_late, late
from marketplace.health.figures import Figure, register_figures
from marketplace.health.readiness import register_late

register_late(
    "gates", is_any_late, "Bidding of a competition ended a minute ago or more, and its gate is not closed."
)


@register_figures
def of_gates(now: datetime) -> Iterator[Figure]:
    """How many gates are late."""
    told = "Competitions whose bidding ended a minute ago or more and whose gate is not closed."
    yield Figure("marketplace_gates_late", told, values=[((), late(now).count())])
