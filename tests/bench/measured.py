"""One measurement, and how it is taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Measured:
    """Seconds of ours and, where there is a peer, of the peer on the same data."""

    what: str
    work: str
    seconds: float
    peer: str = ""
    peer_seconds: float | None = None

    @property
    def ratio(self) -> float:
        """How many times longer the peer takes."""
        return (self.peer_seconds or 0) / self.seconds


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes once, by the wall."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
