"""How workers and beat bear a broker that is away, and how a worker ends.

Celery waits ever longer for a broker, up to half a minute; what has a deadline can't wait that long once the broker is
back. A broker that answers but refuses to write, since its disk or its memory is full, would be asked five times a second.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.apps.worker import Worker
from celery.signals import heartbeat_sent
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu.transport.redis import QoS

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 2
"""So long a worker or beat waits between two tries to reach the broker, however often it tried."""


class ForgivingQoS(QoS):
    """What a worker has taken and not acknowledged yet, of which it may have only so much.

    An acknowledgement that the broker refuses gives the place free all the same: else a worker that met as many
    refusals as it has processes would take no task any more, without a word.
    """

    def ack(self, delivery_tag: str) -> None:
        """Raises what the broker answered."""
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except Exception:
            self._quick_ack(delivery_tag)
            raise


SIGN_SECONDS = 2.0
"""How often a worker that takes tasks gives a sign of life."""


class PatientConsumer(Consumer):  # type: ignore[misc]
    """A worker's side of the broker that tries every two seconds, and tells how long the broker was away.

    It tells other workers nothing: Celery's own signs of life are sent again and again until the broker takes them,
    and meanwhile the worker neither works nor hears that it is to stop. It asks them nothing at its start either.
    """

    away_since: float | None = None
    _sign: Any = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        alone = {"without_heartbeat": True, "without_gossip": True, "without_mingle": True}
        super().__init__(*arguments, **(named | alone))

    def ensure_connected(self, connection: Any) -> Any:
        """The connection once it stands. Raises ``WorkerShutdown`` when the worker is told to stop meanwhile."""
        reached = reach(connection, self._note_away, maybe_shutdown)
        self.first_connection_attempt = False
        return reached

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        self._wait_after(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        super().on_connection_error_after_connected(exc)
        self._wait_after(exc)

    def on_ready(self) -> None:
        super().on_ready()
        if self._sign is not None:
            self.timer.cancel(self._sign)
        self._sign = self.timer.call_repeatedly(SIGN_SECONDS, heartbeat_sent.send, kwargs={"sender": self})
        if self.away_since is not None:
            log.info("broker_back", seconds=round(time.monotonic() - self.away_since, 1))
        self.away_since = None

    def _wait_after(self, error: Exception) -> None:
        """Wait before the next try where this isn't the first: one lost connection is made anew at once."""
        is_first = self.away_since is None
        self._note_away(error)
        if not is_first:
            for _ in range(AGAIN_SECONDS):
                maybe_shutdown()
                time.sleep(1)

    def _note_away(self, error: Exception, seconds: float = 0) -> None:
        if self.away_since is None:
            self.away_since = time.monotonic()
        log.warning("broker_away", seconds=round(time.monotonic() - self.away_since), error=str(error))


def reach(
    connection: Any, on_error: Callable[[Exception, float], None], meanwhile: Callable[[], None] | None = None
) -> Any:
    """Try to reach the broker until it answers; ``on_error`` is told of each failure and the seconds until the next
    try, ``meanwhile`` is called each second."""
    return connection.ensure_connection(
        on_error,
        interval_start=AGAIN_SECONDS,
        interval_step=0,
        interval_max=AGAIN_SECONDS,
        callback=meanwhile,
    )


def end_at_once(sender: Any, **signal: Any) -> None:
    """End a worker's process when all its work is done: Python needs seconds to take apart all that is loaded, in
    which nobody does the work."""
    if isinstance(sender, Worker) and not sender.pidfile:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(sender.exitcode or 0)
