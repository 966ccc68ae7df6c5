"""Several rows of a channel on their way at the same time, since most of the time of each is spent waiting."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Generic

from marketplace.deliveries.channels import Channel, Row


class Sending(AbstractContextManager["Sending[Any]"], Generic[Row]):
    """Rows that are being sent, each by a thread that does nothing else: the database is the caller's alone.

    A channel that sends one at a time does so at once, in the caller's thread.
    """

    def __init__(self, channel: Channel[Row]) -> None:
        self._channel = channel
        self._threads = ThreadPoolExecutor(channel.at_once) if channel.at_once > 1 else None
        self.rows: dict[Future[None], tuple[Row, Any, datetime]] = {}

    def next_of(self, left: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """Which of these ids with their addresses may begin now: to each address one, as many as there is room for."""
        busy = {address for _, address, _ in self.rows.values()}
        first: dict[Any, tuple[Any, Any]] = {}
        for each in left:
            if each[1] not in busy:
                first.setdefault(each[1], each)
        return list(first.values())[: self._channel.at_once - len(self.rows)]

    def start(self, row: Row, address: Any, now: datetime) -> None:
        """Begin to send a row."""
        if self._threads is not None:
            self.rows[self._threads.submit(self._channel.send, row, now)] = row, address, now
            return
        done: Future[None] = Future()
        self.rows[done] = row, address, now
        try:
            self._channel.send(row, now)
        except Exception as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    def wait(self) -> list[tuple[Row, datetime, Exception | None]]:
        """Wait until at least one has come to its end; returns those, each with when it began and why it failed."""
        ended, _ = wait(self.rows, return_when=FIRST_COMPLETED)
        found = []
        for each in ended:
            row, _, began = self.rows.pop(each)
            failure = each.exception()
            if failure is not None and not isinstance(failure, Exception):
                raise failure
            found.append((row, began, failure))
        return found

    def __exit__(self, *error: object) -> None:
        if self._threads is not None:
            self._threads.shutdown()
