"""The whole marketplace in one process tree, for a newcomer: ``make demo``.

PostgreSQL, Valkey, the web server, the workers and the scheduler are children of this process. They end with
it, however it ends; what it keeps lies in ``data/``.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.request import urlopen

from marketplace.embedded import EmbeddedError, Services, dying_with_parent

BASE_DIR = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 20
QUEUES = {"urgent": 2, "mails": 1, "webhooks": 1, "files": 2}
"""Each queue's worker and its processes."""


class DemoError(Exception):
    """The demo can't run; ``str`` is a sentence for the person at the terminal."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run until Ctrl-C or a stop signal; returns the exit status."""
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _interrupt)
    began = time.monotonic()
    try:
        port = chosen_port(os.environ.get("PORT", "8000"))
        refuse_taken(port)
        folder = Path(os.environ.get("DATA_DIR", BASE_DIR / "data")).resolve()
        with services(folder) as running:
            _prepare()
            with processes(folder, port) as children:
                _wait_for_page(port, children)
                say(f"\nThe marketplace is running (ready after {time.monotonic() - began:.0f} s).")
                say(
                    f"\n  http://localhost:{port}/\n\n{demo_note()}\nCtrl-C stops it; the data stays in {folder}."
                )
                _watch(children, running)
    except KeyboardInterrupt:
        say("\nStopped.")
    except (DemoError, EmbeddedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def chosen_port(text: str) -> int:
    """The port as a number. Raises :class:`DemoError` for anything but 1 to 65535."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise DemoError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def refuse_taken(port: int) -> None:
    """Raise :class:`DemoError` when another program listens on the port, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((os.environ.get("HOST", "127.0.0.1"), port))
        except OSError as error:
            raise DemoError(
                f"Port {port} can't be used ({error.strerror}): try make demo PORT={port + 1}"
            ) from None


@contextmanager
def services(folder: Path) -> Iterator[Services | None]:
    """PostgreSQL and Valkey: embedded ones, or none where the addresses of others are given."""
    os.environ["DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    os.environ.setdefault("SECRET_KEY", _own_key(folder))
    given = {"DATABASE_URL", "REDIS_URL"} & os.environ.keys()
    if len(given) == 1:
        raise DemoError("Set both DATABASE_URL and REDIS_URL, or neither.")
    if given:
        yield None
        return
    say("Starting PostgreSQL and Valkey…")
    with Services(folder) as running:
        os.environ["DATABASE_URL"] = running.database_url
        os.environ["REDIS_URL"] = running.redis_url
        yield running


def _own_key(folder: Path) -> str:
    """A secret of this installation, so that nobody who read the source can forge its sessions."""
    file = folder / "secret-key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(60))
    return file.read_text()


def _prepare() -> None:
    say("Bringing the database up to date…")
    _manage("migrate", "--skip-checks", "--verbosity", "0")
    if not demo_note():
        say("Loading the demo market (once)…")
        told = _manage("load_demo", "--skip-checks")
        write_demo_note(told[told.find("Logins") :].strip() + "\n")  # the solver greets before it


def _manage(*arguments: str) -> str:
    command = [*dying_with_parent(signal.SIGTERM), sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise DemoError(f"manage.py {arguments[0]} failed: {told[0]}")
    return done.stdout


def demo_note() -> str:
    """What loading the demo market printed (its logins); kept with the database, empty until it is loaded."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    return str(_ask(query) or "")


def write_demo_note(text: str) -> None:
    name = str(_ask("SELECT quote_ident(current_database())"))
    _ask(f"COMMENT ON DATABASE {name} IS %s", text or "The demo market is loaded.")


def _ask(query: str, *values: str) -> object:
    import psycopg2

    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def commands(port: int) -> dict[str, list[str]]:
    """The site's own processes by name, each with its module and arguments."""
    address = f"{os.environ.get('HOST', '127.0.0.1')}:{port}"
    celery = ["celery", "-A", "marketplace"]
    return {
        "web": [
            "gunicorn",
            "marketplace.wsgi",
            "--bind",
            address,
            "--keep-alive",
            "2",
        ],  # one person's browser
        **{
            f"worker-{queue}": [
                *celery,
                "worker",
                "-Q",
                queue,
                "-n",
                f"{queue}@%h",
                "-l",
                "INFO",
                "-c",
                str(processes),
            ]
            for queue, processes in QUEUES.items()
        },
        "beat": [
            *celery,
            "beat",
            "--loglevel",
            "INFO",
            "--pidfile=",
        ],
    }


@contextmanager
def processes(folder: Path, port: int) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Web, workers and beat; each with its log in ``folder``, all stopped at the end, web first."""
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands(port).items():
            children[name] = _spawn(command, folder / f"{name}.log")
        yield children
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            _end(child)


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [*dying_with_parent(signal.SIGTERM), sys.executable, "-m", *command],
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _wait_for_page(port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    host = os.environ.get("HOST", "127.0.0.1")
    host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  (compared with, not bound to)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _refuse_ended(children)
        try:
            with urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise DemoError(
        f"The web server did not answer within {START_SECONDS} s; see web.log in the data folder."
    )


def _watch(children: dict[str, subprocess.Popen[bytes]], running: Services | None) -> None:
    while True:
        time.sleep(0.5)
        _refuse_ended(children)
        if running is not None:
            running.check()


def _refuse_ended(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise DemoError(f"The {name} process has stopped; see {name}.log in the data folder.")


if __name__ == "__main__":
    sys.exit(main())
