"""What is not ready, in sentences that tell nothing of anybody's business: for whoever watches the installation."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from redis.exceptions import RedisError

from marketplace import clock
from marketplace.health import heartbeats
from marketplace.numbers import count_text

DEAD_AFTER_SECONDS = 60
"""So long without a sign of life, and beat or a queue's workers count as dead: beat gives one every 5 s."""
KEPT_SECONDS = 1
"""So long an answer is given again, however often somebody asks."""


@dataclass(frozen=True)
class Lack:
    """A part that is not ready, and why."""

    part: str
    why: str


UNREACHED = Lack("database", "It can't be reached, or refuses what it is asked.")

Late = Callable[[datetime], bool]
_late: dict[str, tuple[Late, str]] = {}


def register_late(part: str, is_late: Late, why: str) -> None:
    """Register what an app has that may be late: ``is_late(now)`` says whether, ``why`` what to say then."""
    _late[part] = is_late, why


def lacks(*, only_web: bool = False) -> list[Lack]:
    """All that is not ready; ``only_web``: of what a web process needs to answer, its database as migrated."""
    with _lock:
        told = _kept.get(only_web)
        if told is None or time.monotonic() - told[0] >= KEPT_SECONDS:
            found = _of_database() if only_web else [*_of_all_data(), *_of_queue(), *_of_disk()]
            told = _kept[only_web] = time.monotonic(), found
    return told[1]


def forget_kept() -> None:
    """Look again at the next question."""
    _kept.clear()


_kept: dict[bool, tuple[float, list[Lack]]] = {}
_lock = threading.Lock()


def _of_database() -> list[Lack]:
    try:
        missing = _migrations() - set(MigrationRecorder(connection).applied_migrations())
        return [Lack("migrations", f"{len(missing)} are missing: run manage.py migrate.")] if missing else []
    except Error:
        return [UNREACHED]


def _of_all_data() -> list[Lack]:
    """Of the database, and of what apps have in it that may be late, which can only be told once it is migrated."""
    if lacking := _of_database():
        return lacking
    try:
        now = clock.now()
        return [Lack(part, why) for part, (is_late, why) in _late.items() if is_late(now)]
    except Error:
        return [UNREACHED]


@lru_cache
def _migrations() -> frozenset[tuple[str, str]]:
    """The migrations that this release ends with and all before them; one that replaces others counts for itself."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


def _of_queue() -> list[Lack]:
    try:
        heartbeats.ping()
        names = [heartbeats.BEAT, *map(heartbeats.worker_of, settings.CELERY_TASK_QUEUES)]
        return [lack for name in names if (lack := _silent(name, heartbeats.age(name))) is not None]
    except (OSError, RedisError):
        return [Lack("broker", "Valkey can't be reached.")]


def _silent(name: str, age: float | None) -> Lack | None:
    if age is None:
        return Lack(name, "It has given no sign of life yet.")
    if age > DEAD_AFTER_SECONDS:
        return Lack(name, f"Its last sign of life was {count_text(round(age))} s ago.")
    return None


def _of_disk() -> list[Lack]:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free // 1_000_000
    if free >= settings.DISK_FREE_MB:
        return []
    return [
        Lack("disk", f"{free} MB are free for uploads under way, and {settings.DISK_FREE_MB} MB are needed.")
    ]
