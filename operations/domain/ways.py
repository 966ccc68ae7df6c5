"""How messages went by the ways that apps above add to page and mail; each registers what finds it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.deliveries.enums import DeliveryState
from operations.models import Message


@dataclass(frozen=True)
class Went:
    """How one message went to one address of its receiver: when it was taken, or how often it was tried in vain."""

    message_id: UUID
    way: str
    state: DeliveryState
    taken_at: datetime | None = None
    failed: int = 0


Finder = Callable[[Collection[Message]], Iterable[Went]]
_finders: list[Finder] = []


def register_way(find: Finder) -> None:
    """Have ``find`` say how messages, all to one receiver, went by a way; called once at start."""
    if find not in _finders:
        _finders.append(find)


def ways_of(messages: Collection[Message]) -> dict[UUID, list[Went]]:
    """How these messages, all to one receiver, went by every registered way, by message."""
    found: dict[UUID, list[Went]] = {each.pk: [] for each in messages}
    for find in _finders if messages else ():
        for went in find(messages):
            found[went.message_id].append(went)
    return found
