"""Processes of the site that begin with everything loaded: forks of one process of the run that has loaded it.

Loading Django and all of ours costs a process 1.5 to 2.5 s of work, and a run starts some seventy. That the site's own
command lines start is tried where nothing is forked: by the demo's tests.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from marketplace.embedded import dying_with_parent

ROOT = Path(__file__).resolve().parents[2]
PLACE = "LOADED_PROCESSES"
"""Names the folder of the loading process and the process with which it ends; without it, nothing is forked."""


def choose(folder: Path) -> None:
    """Have the processes that this one and its children start forked, until this one ends."""
    os.environ[PLACE] = f"{os.getpid()}:{folder}"


class Process:
    """What :class:`subprocess.Popen` is to a child, of one that somebody else forked. It ends with whoever asked."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: IO[bytes] | int,
        stderr: IO[bytes] | int,
    ) -> None:
        """``python -m *arguments``, or ``python -c ...``, as the leader of a session of its own."""
        self.args, self.returncode = list(arguments), None
        self._told = _connected()
        asked = json.dumps({"arguments": self.args, "environment": dict(env), "folder": str(cwd)})
        outputs = [each if isinstance(each, int) else each.fileno() for each in (stdout, stderr)]
        socket.send_fds(self._told, [asked.encode()], outputs)
        self.pid = int(self._told.recv(100))

    def poll(self) -> int | None:
        """Its exit status, negative for a signal, once it has ended."""
        with suppress(BlockingIOError):
            return self._status(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status when it has ended. Raises ``subprocess.TimeoutExpired``."""
        try:
            status = self._status(timeout)
        except (TimeoutError, BlockingIOError):
            raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
        return status

    def _status(self, timeout: float | None) -> int:
        if self.returncode is None:
            self._told.settimeout(timeout)
            self.returncode = int(self._told.recv(100))
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Child = Process | subprocess.Popen[bytes]


def run(
    arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT, timeout: float | None = None
) -> "subprocess.CompletedProcess[str]":
    """``python -m *arguments`` to its end, with what it said."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = begun(arguments, env=env, cwd=cwd, stdout=out, stderr=err)
        try:
            status = process.wait(timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        for stream in (out, err):
            stream.seek(0)
        return subprocess.CompletedProcess(arguments, status, out.read().decode(), err.read().decode())


def begun(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    stdout: IO[bytes] | int,
    stderr: IO[bytes] | int,
) -> Child:
    """``python -m *arguments``: forked where there is a process to fork, else started anew."""
    begin = Process if PLACE in os.environ else begun_anew
    return begin(arguments, env=env, cwd=cwd, stdout=stdout, stderr=stderr)


def begun_anew(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    stdout: IO[bytes] | int,
    stderr: IO[bytes] | int,
) -> "subprocess.Popen[bytes]":
    """``python -m *arguments``, by its command line."""
    module = [] if arguments[0] == "-c" else ["-m"]
    return subprocess.Popen(
        [*dying_with_parent(signal.SIGTERM), sys.executable, *module, *arguments],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def _connected() -> socket.socket:
    """A way to the process that has everything loaded, which is started by whoever needs it first."""
    leader, _, name = os.environ[PLACE].partition(":")
    place = Path(name) / "loaded.sock"
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (Path(name) / "loaded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _start(place, leader)
    made.connect(str(place))
    return made


def _start(place: Path, leader: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.loading", str(place), leader],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "marketplace.settings"},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not place.exists():
        assert process.poll() is None, "what others are forked from did not start"
        time.sleep(0.05)
    process.returncode = 0  # it ends with the leader, not with this process
