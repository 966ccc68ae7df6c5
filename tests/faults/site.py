"""The site as processes over a data folder of its own, each of which can be killed, paused and started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from urllib.request import urlopen

import psycopg2
import redis

from marketplace import demo
from marketplace.embedded import Services
from tests.faults.disks import Disk
from tests.faults.mail_server import MailServer
from tests.faults.outages import Outages
from tests.support import cluster, loaded
from tests.support.pooler import Pooler, pooler

ROOT = Path(__file__).parents[2]
POSTGRES, VALKEY, UPLOADS, MAIL_SERVER = "PostgreSQL", "Valkey", "uploads", "mail server"
POOL_SIZE = 3
"""Sessions of each of the pooler's pools: fewer than web has threads, and fewer than there are workers."""
START_SECONDS = 90
CLOCK_SOURCE = Path(__file__).with_name("wrong_clock.c")


class _Apart(Services):
    """Valkey keeps its data in a folder of its own."""

    def _spawn(self, command: list[object], name: str) -> "subprocess.Popen[bytes]":
        own = str(self.folder / "valkey")
        told = [
            own if before == "--dir" else each
            for before, each in zip([None, *command], command, strict=False)
        ]
        return super()._spawn(told if name == VALKEY else command, name)


class Site:
    """Web, workers, beat, PostgreSQL and Valkey. Only the thread that made it may start processes: they end with it."""

    def __init__(self, folder: Path, port: int, *, has_clocks: bool) -> None:
        self.folder, self.port = folder, port
        self.clock_library = _clock_library(folder) if has_clocks else None
        self.pooler: Pooler | None = None
        self.services = _Apart(folder)
        self.commands = demo.commands(port)
        self.children: dict[str, loaded.Child] = {}
        self.outages = Outages()
        self.mail = MailServer(folder / "mail")
        self.disks: dict[str, Disk] = {}
        self._held: set[str] = set()
        self._log_from: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        """Start it unless it runs."""
        if self.is_alive(name):
            return
        if name == POSTGRES:
            self.services._start_postgres()
        elif name == VALKEY:
            self.services._start_valkey()
        else:
            self.outages.begin(name)
            with self._log(name).open("ab") as log:
                self._log_from[name] = log.tell()
                begin = loaded.begun if self.clock_library is None else loaded.begun_anew
                self.children[name] = begin(
                    self.commands[name],
                    env=os.environ | self._addresses(name) | self._own_environment(name),
                    stdout=log,
                    stderr=log,
                )

    def _addresses(self, name: str) -> dict[str, str]:
        """What differs for the process from the environment: with a pooler, the way to the database."""
        if self.pooler is None:
            return {}
        pool = self.pooler.url("marketplace_web" if name == "web" else "marketplace_work")
        return {"DATABASE_URL": pool, "DATABASE_DIRECT_URL": self.services.database_url}

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """Within the block it is away, and afterwards until it is seen to be back."""
        self.outages.begin(name)
        self._held.add(name)
        try:
            yield
        finally:
            self._held.discard(name)

    def watch(self) -> None:
        """Note from now on, in a thread, when what was away is back."""

        def look() -> None:
            while True:
                for name in set(self.outages.open) - self._held:
                    if self._is_back(name) and name not in self._held:
                        self.outages.end(name)
                time.sleep(0.3)

        threading.Thread(target=look, daemon=True).start()

    def wait_until_whole(self, seconds: float) -> None:
        """Wait until the page answers and nothing is away, at most so long."""
        with suppress(RuntimeError):
            self.wait_for_page(seconds)
        deadline = time.monotonic() + seconds
        while self.outages.open.keys() - {MAIL_SERVER} and time.monotonic() < deadline:
            time.sleep(0.3)

    def set_clock(self, name: str, hours: int) -> None:
        """Put the wall clock of the process, and of all that it forks, so many hours ahead."""
        self._clock(name).write_text(f"{hours * 3600:+d}\n")

    def _clock(self, name: str) -> Path:
        return self.folder / f"clock-{name}"

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _own_environment(self, name: str) -> dict[str, str]:
        if self.clock_library is None:
            return {}
        if not self._clock(name).exists():
            self.set_clock(name, 0)
        return {"LD_PRELOAD": str(self.clock_library), "WRONG_CLOCK": str(self._clock(name))}

    def _is_back(self, name: str) -> bool:
        if not self.is_alive(name):
            return False
        if name == POSTGRES:
            with suppress(psycopg2.Error):
                psycopg2.connect(self.services.database_url, connect_timeout=2).close()
                return True
            return False
        if name == VALKEY:
            with suppress(redis.RedisError):
                return bool(self.valkey().set("faults", 1))
            return False
        told = {"beat": b"beat: Starting"}.get(name, b"ready." if name.startswith("worker") else b"")
        with self._log(name).open("rb") as log:
            log.seek(self._log_from[name])
            return told in log.read()

    def process(self, name: str) -> loaded.Child | None:
        return (self.services._children if name in (POSTGRES, VALKEY) else self.children).get(name)

    def is_alive(self, name: str) -> bool:
        process = self.process(name)
        return process is not None and process.poll() is None

    def tell(self, name: str, number: signal.Signals, whole: bool = True) -> None:
        """Send it to the process and all that it forked, or to itself alone."""
        process = self.process(name)
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                (os.killpg if whole else os.kill)(process.pid, number)

    def end(self, name: str, number: signal.Signals, whole: bool = True, patience: float = 20) -> None:
        """Send the signal and wait for its end; what does not end in time is killed."""
        self.tell(name, number, whole)
        process = self.process(name)
        if process is None:
            return
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.tell(name, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """End web, workers and beat, however they stand."""
        for name in self.children:
            self.tell(name, signal.SIGCONT)
            self.end(name, signal.SIGKILL)

    def forked_by(self, name: str) -> list[int]:
        """The processes that it forked itself."""
        process = self.process(name)
        if process is None:
            return []
        told = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return [int(each) for each in told.read_text().split()] if told.exists() else []

    def valkey(self) -> "redis.Redis":
        place = str(self.services.sockets / "valkey.sock")
        return redis.Redis(unix_socket_path=place, socket_timeout=2)

    def wait_for_page(self, seconds: float = START_SECONDS) -> None:
        """Wait until the web server answers. Raises ``RuntimeError``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError), urlopen(f"{self.url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.2)
        raise RuntimeError("The web server does not answer.")


@contextmanager
def site(
    folder: Path,
    *,
    is_pooled: bool = False,
    is_whole: bool = False,
    as_set: Mapping[str, str] = MappingProxyType({"DEMO": "1"}),
) -> Iterator[Site]:
    """The services with a migrated database, and the addresses in the environment; the site's processes are not
    started yet. Pooled, they go to the database by PgBouncer. Whole, their clocks can be wrong and PostgreSQL has a
    disk of its own. ``as_set`` are further settings.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Site(folder, port, has_clocks=is_whole)
    made.disks = {name: Disk(folder / place) for name, place in ((VALKEY, "valkey"), (UPLOADS, "tmp"))}
    cluster.put_into(folder)
    os.environ |= {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(made.mail.port),
        "TMPDIR": str(folder / "tmp"),
        "DATA_DIR": str(folder),
        "SITE_URL": made.url,
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        **as_set,
    }
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each start compiles all of ours anew
    try:
        made.services.start()
        os.environ["DATABASE_URL"] = made.services.database_url
        os.environ["REDIS_URL"] = made.services.redis_url
        if cluster.KEPT not in os.environ:
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, check=True)
        if is_whole:
            made.disks[POSTGRES] = _onto_its_own_disk(made.services)
        with ExitStack() as stack:
            if is_pooled:
                made.pooler = stack.enter_context(
                    pooler(made.services, folder / "pooler", pool_size=POOL_SIZE)
                )
            yield made
            made.stop()
    finally:
        made.stop()
        for name in (POSTGRES, VALKEY):
            made.tell(name, signal.SIGCONT)
        made.services.stop()
        made.mail.stop()
        for disk in made.disks.values():
            disk.leave()


def _clock_library(folder: Path) -> Path | None:
    """What moves the wall clock of a process; None where there is no compiler, and all clocks stay right.

    Debian's libfaketime 0.9.10 doesn't serve: under it Python's ``time.sleep`` fails.
    """
    compiler, made = shutil.which("cc"), folder / "wrong_clock.so"
    if compiler is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, CLOCK_SOURCE, "-ldl"], check=True)
    return made


def _onto_its_own_disk(services: Services) -> Disk:
    """Move the database to a disk that can be full."""
    services.stop()
    data = services.folder / "pg"
    data.rename(data.with_name("pg.old"))
    disk = Disk(data)
    subprocess.run(["cp", "-a", f"{data}.old/.", str(data)], check=True)
    services.start()
    return disk
