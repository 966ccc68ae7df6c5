"""Faults: what is done to the site's processes, drawn from a seed."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg2
import redis

from marketplace.demo import QUEUES
from tests.faults.site import POSTGRES, VALKEY, Site

WORKERS = [f"worker-{queue}" for queue in QUEUES]
REFUSING_SECONDS = 5


class Injector:
    """Does one fault after another; each leaves the site whole before the next."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.random = site, random.Random(seed)
        self.done: list[tuple[float, str]] = []
        self.began = time.monotonic()
        self._faults: list[tuple[int, Callable[[], str]]] = [
            (4, lambda: self._kill("web")),
            (3, lambda: self._kill_one_of("web")),
            (3, lambda: self._restart("web")),
            (2, lambda: self._pause("web")),
            (10, lambda: self._kill(self.random.choice(WORKERS))),
            (6, lambda: self._restart(self.random.choice(WORKERS))),
            (3, lambda: self._pause(self.random.choice(WORKERS))),
            (2, lambda: self._kill_one_of("worker-files")),
            (3, lambda: self._kill("beat")),
            (1, lambda: self._pause("beat")),
            (4, lambda: self._kill(POSTGRES)),
            (4, self._restart_postgres),
            (6, self._end_sessions),
            (4, lambda: self._kill(VALKEY)),
            (2, lambda: self._pause(VALKEY)),
            (2, self._empty_valkey),
            (2, self._valkey_refuses),
        ]

    def one(self) -> None:
        """Do one, drawn by weight, and note it with its time."""
        weights, faults = zip(*self._faults, strict=True)
        told = self.random.choices(faults, weights)[0]()
        self.done.append((time.monotonic() - self.began, told))

    def _away(self) -> float:
        seconds = self.random.uniform(0, 3)
        time.sleep(seconds)
        return seconds

    def _kill(self, name: str) -> str:
        self.site.end(name, signal.SIGKILL, whole=name != POSTGRES)
        seconds = self._away()
        self.site.start(name)
        return f"{name} killed, away for {seconds:.1f} s"

    def _restart(self, name: str) -> str:
        began = time.monotonic()
        self.site.end(name, signal.SIGTERM, whole=False)
        self.site.start(name)
        return f"{name} stopped and started, {time.monotonic() - began:.1f} s"

    def _pause(self, name: str) -> str:
        self.site.tell(name, signal.SIGSTOP)
        seconds = self.random.uniform(1, 6)
        time.sleep(seconds)
        self.site.tell(name, signal.SIGCONT)
        return f"{name} paused for {seconds:.1f} s"

    def _kill_one_of(self, name: str) -> str:
        for pid in self.site.forked_by(name)[-1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return f"a process of {name} killed"

    def _restart_postgres(self) -> str:
        self.site.end(POSTGRES, signal.SIGINT, whole=False)
        seconds = self._away()
        self.site.start(POSTGRES)
        return f"{POSTGRES} stopped and started, away for {seconds:.1f} s"

    def _end_sessions(self) -> str:
        connection = psycopg2.connect(self.site.services.database_url)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            ended = cursor.fetchone()
        connection.close()
        return f"{ended[0] if ended else 0} sessions of {POSTGRES} ended"

    def _empty_valkey(self) -> str:
        with suppress(redis.RedisError):
            self.site.valkey().flushall()
        return f"{VALKEY} emptied"

    def _valkey_refuses(self) -> str:
        with suppress(redis.RedisError):
            self.site.valkey().config_set("min-replicas-to-write", 1)
            time.sleep(REFUSING_SECONDS)
            self.site.valkey().config_set("min-replicas-to-write", 0)
        return f"{VALKEY} refused writes for {REFUSING_SECONDS} s"
