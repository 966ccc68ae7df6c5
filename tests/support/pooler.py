"""A real PgBouncer before the embedded PostgreSQL, as deploy/pgbouncer/ describes it."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2

from marketplace.embedded import Services, _as_user, dying_with_parent
from tests.support.embedded import wait_until

DEPLOYED = Path(__file__).parents[2] / "deploy" / "pgbouncer" / "pgbouncer.ini"
PROGRAM = shutil.which(
    "pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin"
)
PORT = 6432


@dataclass(frozen=True)
class Pooler:
    """Where it answers, on a socket in its folder."""

    folder: Path

    def url(self, pool: str) -> str:
        return f"postgresql://postgres@/{pool}?host={quote(str(self.folder), safe='')}&port={PORT}"

    def shown(self, what: str) -> list[dict[str, object]]:
        """What ``SHOW`` of PgBouncer's own console tells."""
        console = psycopg2.connect(self.url("pgbouncer"))
        console.autocommit = True
        try:
            with console.cursor() as cursor:
                cursor.execute(f"SHOW {what}")
                names = [each.name for each in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            console.close()


@contextmanager
def pooler(services: Services, folder: Path, *, pool_size: int) -> Iterator[Pooler]:
    """Run it with pools of so many sessions each."""
    folder.mkdir(exist_ok=True)
    file = folder / "pgbouncer.ini"
    file.write_text(_configured(services, folder, pool_size))
    command = [*_as_user(folder), *dying_with_parent(signal.SIGINT), str(PROGRAM), "-q", str(file)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    made = Pooler(folder)
    try:
        wait_until(lambda: process.poll() is not None or _answers(made))
        assert process.poll() is None, (folder / "log").read_text()
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()


def _configured(services: Services, folder: Path, pool_size: int) -> str:
    """The deployed file, but for its addresses, its passwords and the size of its pools."""
    text = DEPLOYED.read_text()
    text = text.replace("host=postgres port=5432", f"host={services.sockets} user=postgres")
    text = re.sub(r"pool_size=\d+", f"pool_size={pool_size}", text)
    text = re.sub(r"^(listen_addr|auth_type|auth_file) = .*$", "", text, flags=re.M)
    told = {
        "unix_socket_dir": folder,
        "auth_type": "any",
        "admin_users": "postgres",
        "logfile": folder / "log",
        "pidfile": folder / "pid",
    }
    return text + "".join(f"{name} = {value}\n" for name, value in told.items())


def _answers(made: Pooler) -> bool:
    with suppress(psycopg2.OperationalError):
        return bool(made.shown("POOLS"))
    return False
