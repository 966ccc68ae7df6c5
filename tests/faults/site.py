"""The site as processes over a data folder of its own, each of which can be killed, paused and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from urllib.request import urlopen

import redis

from marketplace import demo
from marketplace.embedded import Services, dying_with_parent
from tests.support import cluster
from tests.support.pooler import Pooler, pooler

ROOT = Path(__file__).parents[2]
POSTGRES, VALKEY = "PostgreSQL", "Valkey"
POOL_SIZE = 3
"""Sessions of each of the pooler's pools: fewer than web has threads, and fewer than there are workers."""
START_SECONDS = 90


class Site:
    """Web, workers, beat, PostgreSQL and Valkey. Only the thread that made it may start processes: they end with it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.pooler: Pooler | None = None
        self.services = Services(folder)
        self.commands = demo.commands(port)
        self.children: dict[str, subprocess.Popen[bytes]] = {}

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
            with (self.folder / f"{name}.log").open("ab") as log:
                self.children[name] = subprocess.Popen(
                    [*dying_with_parent(signal.SIGTERM), sys.executable, "-m", *self.commands[name]],
                    cwd=ROOT,
                    env=os.environ | self._addresses(name),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def _addresses(self, name: str) -> dict[str, str]:
        """What differs for the process from the environment: with a pooler, the way to the database."""
        if self.pooler is None:
            return {}
        pool = self.pooler.url("marketplace_web" if name == "web" else "marketplace_work")
        return {"DATABASE_URL": pool, "DATABASE_DIRECT_URL": self.services.database_url}

    def process(self, name: str) -> subprocess.Popen[bytes] | None:
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

    def wait_for_page(self) -> None:
        """Wait until the web server answers. Raises ``RuntimeError``."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urlopen(f"{self.url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.2)
        raise RuntimeError("The web server does not answer.")


@contextmanager
def site(
    folder: Path, *, is_pooled: bool = False, as_set: Mapping[str, str] = MappingProxyType({"DEMO": "1"})
) -> Iterator[Site]:
    """The services with a migrated database, and the addresses in the environment; the site's processes are not
    started yet. Pooled, they go to the database by PgBouncer. ``as_set`` are further settings; those of the demo let
    mails go to files.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    cluster.put_into(folder)
    made = Site(folder, port)
    os.environ |= {
        "DATA_DIR": str(folder),
        "SITE_URL": made.url,
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        **as_set,
    }
    try:
        made.services.start()
        os.environ["DATABASE_URL"] = made.services.database_url
        os.environ["REDIS_URL"] = made.services.redis_url
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, check=True)
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
