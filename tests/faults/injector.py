"""Faults: what is done to the site's processes, drawn from a seed."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psycopg2
import redis

from marketplace.demo import QUEUES
from tests.faults.site import POSTGRES, VALKEY, Site
from tests.faults.surroundings import Surroundings

WORKERS = [f"worker-{queue}" for queue in QUEUES]
REFUSING_SECONDS = 5
DRAWS = 50


class Injector:
    """Does one fault after another; each leaves the site whole before the next, and tells what it hit."""

    def __init__(self, site: Site, seed: int, closes: list[datetime], *, is_whole: bool) -> None:
        self.site, self.random = site, random.Random(seed)
        self.done: list[tuple[float, str]] = []
        self.missed = 0
        self.began = time.monotonic()
        around = Surroundings(site, self.random, closes)
        self._faults: list[tuple[int, Callable[[], str]]] = [
            (4, lambda: self._kill("web")),
            (3, lambda: self._kill_one_of("web")),
            (3, lambda: self._restart("web")),
            (2, lambda: self._pause("web")),
            (8, lambda: self._kill(self.random.choice(WORKERS))),
            (6, lambda: self._restart(self.random.choice(WORKERS))),
            (3, lambda: self._restart_twice(self.random.choice(WORKERS))),
            (3, lambda: self._pause(self.random.choice(WORKERS))),
            (2, lambda: self._kill_one_of("worker-files")),
            (3, lambda: self._kill("beat")),
            (1, lambda: self._pause("beat")),
            (4, lambda: self._kill(POSTGRES)),
            (4, self._restart_postgres),
            (5, self._end_sessions),
            (4, lambda: self._kill(VALKEY)),
            (2, lambda: self._pause(VALKEY)),
            (2, self._empty_valkey),
            (2, self._valkey_refuses),
            *(around.faults if is_whole else []),
        ]

    def one(self) -> None:
        """Do one, drawn by weight, and note it with its time; what had no effect is not counted but drawn again.

        Raises ``RuntimeError`` when nothing that is drawn has an effect.
        """
        weights, faults = zip(*self._faults, strict=True)
        for _ in range(DRAWS):
            told = self.random.choices(faults, weights)[0]()
            if told:
                at = time.monotonic() - self.began
                self.done.append((at, told))
                sys.stderr.write(f"{at:6.0f} s  {told}\n")
                return
            self.missed += 1
        raise RuntimeError("No fault has an effect.")

    def _away(self) -> float:
        seconds = self.random.uniform(0, 3)
        time.sleep(seconds)
        return seconds

    def _pid(self, name: str) -> int | None:
        process = self.site.process(name)
        return process.pid if process is not None and process.poll() is None else None

    def _kill(self, name: str) -> str:
        pid = self._pid(name)
        if pid is None:
            return ""
        with self.site.away(name):
            self.site.end(name, signal.SIGKILL, whole=name != POSTGRES)
            seconds = self._away()
            self.site.start(name)
        return f"{name} killed, process {pid}, away for {seconds:.1f} s"

    def _restart(self, name: str) -> str:
        pid, began = self._pid(name), time.monotonic()
        if pid is None:
            return ""
        with self.site.away(name):
            self.site.end(name, signal.SIGTERM, whole=False)
            ended = time.monotonic() - began
            self.site.start(name)
        return f"{name} stopped and started, process {pid} ended after {ended:.1f} s"

    def _restart_twice(self, name: str) -> str:
        """Stop it, start it, and stop it again while it starts."""
        first = self._restart(name)
        time.sleep(self.random.uniform(2, 12))
        again = self._restart(name) if first else ""
        return f"{name} stopped while it started, {again.split(', ')[1]}" if again else ""

    def _pause(self, name: str) -> str:
        pid = self._pid(name)
        if pid is None:
            return ""
        with self.site.away(name):
            self.site.tell(name, signal.SIGSTOP)
            seconds = self.random.uniform(1, 6)
            time.sleep(seconds)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            self.site.tell(name, signal.SIGCONT)
        return f"{name} paused, process {pid} for {seconds:.1f} s" if state == "T" else ""

    def _kill_one_of(self, name: str) -> str:
        for pid in self.site.forked_by(name)[-1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return f"a process of {name} killed, {pid}"
        return ""

    def _restart_postgres(self) -> str:
        pid = self._pid(POSTGRES)
        with self.site.away(POSTGRES):
            self.site.end(POSTGRES, signal.SIGINT, whole=False)
            seconds = self._away()
            self.site.start(POSTGRES)
        return f"{POSTGRES} stopped and started, process {pid}, away for {seconds:.1f} s" if pid else ""

    def _end_sessions(self) -> str:
        connection = psycopg2.connect(self.site.services.database_url)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            [ended] = cursor.fetchone() or [0]
        connection.close()
        return f"sessions of {POSTGRES} ended, {ended}" if ended else ""

    def _empty_valkey(self) -> str:
        with suppress(redis.RedisError):
            held = self.site.valkey().dbsize()
            self.site.valkey().flushall()
            return f"{VALKEY} emptied, of {held} keys" if held else ""
        return ""

    def _valkey_refuses(self) -> str:
        with suppress(redis.RedisError), self.site.away(VALKEY):
            self.site.valkey().config_set("min-replicas-to-write", 1)
            time.sleep(REFUSING_SECONDS)
            self.site.valkey().config_set("min-replicas-to-write", 0)
            return f"{VALKEY} refused writes, for {REFUSING_SECONDS} s"
        return ""
