"""The ways that deliveries take. An app registers its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db.models import Q, QuerySet

from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.schedule import Schedule

Row = TypeVar("Row", bound=Delivery)


class Channel(Protocol[Row]):
    """Which rows there are, and how one is sent. Made again for each batch, so that it may hold a connection.

    ``name`` is for the log; ``state_field`` names the field that holds the row's state, whose table of steps
    is registered in :mod:`marketplace.states`. ``at_once`` rows are on their way at the same time, each to another
    address, which ``address_field`` holds. ``since_field`` holds when a row came to wait.
    """

    name: str
    state_field: str
    address_field: str
    since_field: str
    at_once: int
    schedule: Schedule

    def rows(self) -> QuerySet[Row]:
        """All rows, with what sending needs, in the order in which they are sent."""
        ...

    def uncounted(self) -> Q | None:
        """Which rows no number may tell of, since it would tell of bids; None for none."""
        ...

    def behind_others(self) -> Q | None:
        """Which rows wait until earlier ones are over; None where none does."""
        ...

    def is_reachable(self) -> bool:
        """Whether it makes sense to try: while it does not, nothing is claimed and no try is counted."""
        ...

    def why_not(self, row: Row, now: datetime) -> DeliveryState | None:
        """The state of a row that is not to be sent any more; None for one that is."""
        ...

    def send(self, row: Row, now: datetime) -> None:
        """Send the row; any exception counts as a failed try.

        Called outside of any transaction and, where several are sent at once, by a thread without a database.
        """
        ...

    def tried(self, rows: Sequence[Row]) -> None:
        """Note what is to be known of tries that came to their end, whatever came of them."""
        ...

    def known_once_sent(self, row: Row, now: datetime) -> Mapping[str, Any]:
        """What else the row holds from the moment it went out, by field; its sending began ``now``."""
        ...

    def sent(self, row: Row, now: datetime) -> None:
        """What else is to be done about a row that went out; in the transaction that makes it *sent*."""
        ...

    def given_up(self, row: Row, now: datetime) -> None:
        """Tell who must know, beyond the log and the admin; in the transaction that makes it *given up*."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


MAILS, WEBHOOKS = "mails", "webhooks"
"""Lanes: each has a worker of its own, so that a slow receiver of one keeps nobody of the other waiting."""

_channels: dict[str, list[Callable[[], Channel[Any]]]] = {MAILS: [], WEBHOOKS: []}


def register(make: Callable[[], Channel[Any]], lane: str = MAILS) -> None:
    """Register the channel that ``make`` makes; called once from ``AppConfig.ready()``."""
    if make not in _channels[lane]:
        _channels[lane].append(make)


def channels(lane: str = MAILS) -> list[Callable[[], Channel[Any]]]:
    """What makes each channel of a lane, in the order of registration."""
    return list(_channels[lane])
