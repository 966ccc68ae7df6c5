"""What follows the award: what is called under contracts, and what the parties are told."""

from operations.models.availability import AvailabilityAnswer, AvailabilityDeclaration, Unavailability
from operations.models.dispatches import REF_PATTERN, Dispatch, DispatchEvent, Message, MessageCounter

__all__ = [
    "REF_PATTERN",
    "AvailabilityAnswer",
    "AvailabilityDeclaration",
    "Dispatch",
    "DispatchEvent",
    "Message",
    "MessageCounter",
    "Unavailability",
]
