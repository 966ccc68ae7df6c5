"""What monitoring learns of bidding: whether a gate is late, never anything of bids."""

from bidding.domain.gate.closing import is_any_late
from marketplace.health.readiness import register_late

register_late(
    "gates", is_any_late, "Bidding of a competition ended a minute ago or more, and its gate is not closed."
)
