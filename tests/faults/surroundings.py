"""Faults of what the site stands on: clocks, disks, the mail server, the database's room for sessions, a migration."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg2
import redis

from tests.faults.site import MAIL_SERVER, POSTGRES, ROOT, UPLOADS, VALKEY, Site

SOON = timedelta(seconds=12)
AFTER_A_CLOSE = timedelta(seconds=3)
SESSIONS = 200
HALFWAY = "DJANGO_SETTINGS_MODULE"
MIGRATE_SECONDS = 240


class Surroundings:
    """Each fault returns what it hit, nothing when it had no effect."""

    def __init__(self, site: Site, chance: random.Random, closes: list[datetime]) -> None:
        self.site, self.random, self.closes = site, chance, closes
        self.faults: list[tuple[int, Callable[[], str]]] = [
            (3, lambda: self._wrong_clock("web")),
            (3, lambda: self._wrong_clock("worker-urgent")),
            (1, lambda: self._wrong_clock("worker-mails")),
            (3, lambda: self._wrong_clock("beat")),
            (4, self._no_beat_at_a_close),
            (3, self._no_more_sessions),
            (2, lambda: self._full(POSTGRES)),
            (2, lambda: self._full(VALKEY)),
            (3, lambda: self._full(UPLOADS)),
            (3, self._no_mail_server),
            (2, self._empty_and_kill_valkey),
            (1, self._half_a_migration),
        ]

    def _wrong_clock(self, name: str) -> str:
        """Two hours ahead or behind for some seconds, half of the times with a start amid it."""
        if self.site.clock_library is None or not self.site.is_alive(name):
            return ""
        hours, is_started = self.random.choice([-2, 2]), self.random.random() < 0.5
        self.site.set_clock(name, hours)
        if is_started:
            with self.site.away(name):
                self.site.end(name, signal.SIGKILL)
                self.site.start(name)
        time.sleep(self.random.uniform(6, 14))
        self.site.set_clock(name, 0)
        process = self.site.process(name)
        how = "started anew" if is_started else "running"
        return f"{name} by a clock wrong by {hours:+d} h, {how}, process {process.pid if process else 0}"

    def _no_beat_at_a_close(self) -> str:
        now = datetime.now(UTC)
        close = min((each for each in self.closes if now < each < now + SOON), default=None)
        if close is None:
            return ""
        with self.site.away("beat"):
            self.site.end("beat", signal.SIGTERM, whole=False)
            if datetime.now(UTC) < close + AFTER_A_CLOSE:
                time.sleep((close + AFTER_A_CLOSE - datetime.now(UTC)).total_seconds())
            self.site.start("beat")
        return f"beat away at a close, of {close:%H:%M:%S}"

    def _no_more_sessions(self) -> str:
        """Take every session that PostgreSQL gives."""
        taken, refused = [], ""
        with self.site.away(POSTGRES):
            try:
                for _ in range(SESSIONS):
                    taken.append(psycopg2.connect(self.site.services.database_url))
            except psycopg2.OperationalError as error:
                refused = str(error).strip().rpartition("FATAL:")[2].strip()
            time.sleep(self.random.uniform(3, 6))
            for each in taken:
                each.close()
        return f"sessions of {POSTGRES} exhausted, {len(taken)} taken, then: {refused}" if refused else ""

    def _full(self, name: str) -> str:
        disk = self.site.disks.get(name)
        if disk is None or not disk.is_own:
            return ""
        if name == UPLOADS:
            return self._filled(name)
        with self.site.away(name):
            told = self._filled(name)
            if not self.site.is_alive(name):
                told += ", which ended it"
                self.site.start(name)
        return told

    def _filled(self, name: str) -> str:
        disk = self.site.disks[name]
        used, is_full = disk.fill(), disk.is_full()
        time.sleep(self.random.uniform(4, 7))
        disk.empty()
        return f"disk of {name} full, with {used // 1024} kB" if is_full else ""

    def _no_mail_server(self) -> str:
        if not self.site.mail.is_there:
            return ""
        with self.site.away(MAIL_SERVER):
            self.site.mail.stop()
            time.sleep(self.random.uniform(3, 8))
            self.site.mail.start()
        self.site.outages.end(MAIL_SERVER)
        return "mail server away, nobody listened"

    def _empty_and_kill_valkey(self) -> str:
        with suppress(redis.RedisError), self.site.away(VALKEY):
            held = self.site.valkey().dbsize()
            self.site.valkey().flushall()
            self.site.end(VALKEY, signal.SIGKILL)
            self.site.start(VALKEY)
            return f"{VALKEY} emptied and killed, of {held} keys"
        return ""

    def _half_a_migration(self) -> str:
        """Kill a migration in the middle, see that nothing of it is there, then run it to its end; undo it."""
        first = self._migrating()
        deadline = time.monotonic() + MIGRATE_SECONDS
        while not self._asked(
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active'"
            " AND pid <> pg_backend_pid()"
        ):
            if time.monotonic() > deadline or first.poll() is not None:
                first.kill()
                return ""
            time.sleep(0.1)
        first.kill()
        first.wait()
        time.sleep(4)
        there = self._asked("SELECT 1 FROM information_schema.columns WHERE column_name = 'halfway'")
        done = self._migrating().wait(MIGRATE_SECONDS)
        whole = self._asked("SELECT 1 FROM pg_tables WHERE tablename = 'halfway'")
        for undo in (
            "ALTER TABLE qualification_asset DROP COLUMN IF EXISTS halfway",
            "DROP TABLE IF EXISTS halfway",
            "DELETE FROM django_migrations WHERE app = 'halfway'",
        ):
            self._asked(undo)
        if there or done or not whole:
            raise RuntimeError(f"A killed migration left half of it: {there}, {done}, {whole}")
        return f"a migration killed in the middle, process {first.pid}, and run again"

    def _migrating(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "halfway", "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ | {HALFWAY: "tests.faults.halfway.settings"},
        )

    def _asked(self, query: str) -> bool:
        connection = psycopg2.connect(self.site.services.database_url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            found = cursor.description is not None and cursor.fetchone() is not None
        connection.close()
        return found
