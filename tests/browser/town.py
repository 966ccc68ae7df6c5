"""A whole marketplace for a test: its own PostgreSQL, Valkey, web server, worker and scheduler, and a clock
to move."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from urllib.error import URLError
from urllib.request import urlopen

from marketplace import demo
from marketplace.embedded import Services
from tests.support import cluster, loaded

ROOT = Path(__file__).parents[2]
ADMIN = "admin@platform.example"
PASSWORD = "a long enough password"
START_SECONDS = 60


@dataclass
class Town:
    """Where the marketplace answers, and how to move its clock."""

    url: str
    clock_file: Path

    def move_clock_to(self, instant: datetime) -> None:
        """Let the marketplace's clock go on from ``instant`` (aware)."""
        seconds = (instant - datetime.now(UTC)).total_seconds()
        written = self.clock_file.with_suffix(".new")
        written.write_text(f"{seconds:.3f}")
        written.replace(self.clock_file)


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Run a marketplace with a platform admin and nothing else, over ``folder``."""
    kept = dict(os.environ)
    clock_file = folder / "clock"
    clock_file.write_text("0")
    cluster.put_into(folder)
    try:
        with Services(folder, durable=False) as services:
            os.environ |= {
                "DATABASE_URL": services.database_url,
                "REDIS_URL": services.redis_url,
                "DJANGO_SETTINGS_MODULE": "tests.browser.town_settings",
                "DEMO": "1",
                "DATA_DIR": str(folder),
                "TOWN_CLOCK": str(clock_file),
                "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            }
            port = free_port()
            os.environ["SITE_URL"] = f"http://127.0.0.1:{port}"
            if cluster.KEPT not in os.environ:  # else it is born migrated
                _manage("migrate", "--verbosity", "0")
            _manage("createsuperuser", "--skip-checks", "--noinput", "--email", ADMIN)
            with mock.patch.object(demo, "_spawn", _spawn), demo.processes(folder, port):
                url = os.environ["SITE_URL"]
                _wait_for(f"{url}/healthz", folder)
                yield Town(url, clock_file)
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _manage(*arguments: str) -> None:
    loaded.run(["manage", *arguments], env=os.environ).check_returncode()


def _spawn(command: list[str], log: Path) -> loaded.Child:
    with log.open("wb") as output:
        return loaded.begun(command, env=os.environ, stdout=output, stderr=output)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"The web server did not answer: {(folder / 'web.log').read_text()[-2000:]}")
