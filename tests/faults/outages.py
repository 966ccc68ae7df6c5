"""From when to when which part of the site was away: what comes late is held beside it."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class Outages:
    """``open`` are those that go on, by part; ``past`` have their begin and end."""

    open: dict[str, datetime] = field(default_factory=dict)
    past: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, name: str) -> None:
        with self.lock:
            self.open.setdefault(name, datetime.now(UTC))

    def end(self, name: str) -> None:
        with self.lock:
            if name in self.open:
                self.past.append((name, self.open.pop(name), datetime.now(UTC)))

    def longest_whole(self, since: datetime, until: datetime, needs: Collection[str]) -> timedelta:
        """The longest stretch between the two instants in which all of these parts were there."""
        with self.lock:
            away = [(begin, end) for name, begin, end in self.past if name in needs]
            away += [(begin, until) for name, begin in self.open.items() if name in needs]
        longest, at = timedelta(0), since
        for begin, end in sorted(away):
            if begin >= until:
                break
            longest, at = max(longest, begin - at), max(at, end)
        return max(longest, until - at)
