"""Asking the fork servers of this process for children; starts a server when there is none for a module
yet."""

import atexit
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import IO

from marketplace.sandbox.fork_server import ENDED, STARTED

KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""What a library needs while it is loaded; the work itself sees no environment at all."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # every further thread reserves memory
BOOT = (
    "import sys, pickle; sys.path[:], module, control = pickle.load(sys.stdin.buffer);"
    " from marketplace.sandbox.fork_server import serve; serve(module, control)"
)
TRIES = 3
START_SECONDS = 30
LARGEST_REPLY = 1_024


class ForkServerFailed(Exception):
    """No child could be had: the server does not start, or ends at once."""


@dataclass
class Child:
    """A child at work: pipes to it, and the socket on which its watcher says how it ended."""

    task: IO[bytes]
    answers: IO[bytes]
    complaints: IO[bytes]
    reply: socket.socket

    def end(self) -> tuple[int, bool]:
        """Wait for its exit status (negative: the signal that ended it), and whether it had taken too
        long."""
        told = self.reply.recv(LARGEST_REPLY)
        if not told:  # its watcher was killed, and it with it
            return -signal.SIGKILL, False
        status, is_late = ENDED.unpack(told)
        return status, is_late

    def close(self) -> None:
        """End it if it is still at work, and wait until it is gone."""
        with suppress(OSError):
            self.reply.shutdown(socket.SHUT_WR)
            while self.reply.recv(LARGEST_REPLY):
                pass
        self.reply.close()
        for pipe in (self.answers, self.complaints):
            pipe.close()


class _Server:
    """A process of :mod:`marketplace.sandbox.fork_server` and the socket that leads to it."""

    def __init__(self, module: str) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ} | ONE_THREAD
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
            )
            assert self.process.stdin is not None
            with self.process.stdin as beginning:
                beginning.write(pickle.dumps((sys.path, module, theirs.fileno())))

    def order(self, seconds: float, descriptors: Sequence[int]) -> None:
        """Ask for a child that gets these descriptors. Raises ``OSError`` when the server has ended."""
        order = json.dumps({"path": sys.path, "seconds": seconds}).encode()
        socket.send_fds(self.control, [order], descriptors)

    def close(self) -> None:
        """Let it end."""
        self.control.close()
        self.process.wait()

    def forget(self) -> None:
        """In a fork of this process: leave the server to the process that started it."""
        self.control.close()
        self.process.returncode = 0


_servers: dict[str, _Server] = {}
_lock = Lock()


@contextmanager
def forked(module: str, seconds: float, told: int | None) -> Iterator[Child]:
    """A child that has loaded the module; it is gone after the block, and ended after so many seconds.

    ``told`` becomes its descriptor for progress. Raises :class:`ForkServerFailed`.
    """
    child = _child_of(module, seconds, told)
    try:
        yield child
    finally:
        child.close()


def _child_of(module: str, seconds: float, told: int | None) -> Child:
    for _ in range(TRIES):
        server = _server_of(module)
        child, theirs = _pipes()
        try:
            server.order(seconds, theirs if told is None else [*theirs, told])
        except OSError:
            pass  # it has ended, having had nothing to do
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        if _has_started(child):
            return child
        child.task.close()
        _drop(module, server)
        child.close()
    raise ForkServerFailed(f"No process could be had for {module}.")


def _has_started(child: Child) -> bool:
    """False when the server has ended, or stands still: nobody waits for it longer than a start may take."""
    child.reply.settimeout(START_SECONDS)
    try:
        return child.reply.recv(LARGEST_REPLY) == STARTED
    except TimeoutError:
        return False
    finally:
        child.reply.settimeout(None)


def _pipes() -> tuple[Child, list[int]]:
    """Ours and theirs of what leads to a child: the reply, then the three standard descriptors."""
    reply, to_watcher = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    (task_read, task), (answers, answers_write), (complaints, complaints_write) = (
        os.pipe() for _ in range(3)
    )
    child = Child(os.fdopen(task, "wb"), os.fdopen(answers, "rb"), os.fdopen(complaints, "rb"), reply)
    return child, [to_watcher.detach(), task_read, answers_write, complaints_write]


def _server_of(module: str) -> _Server:
    with _lock:
        if module not in _servers:
            _servers[module] = _Server(module)
        return _servers[module]


def _drop(module: str, server: _Server) -> None:
    with _lock:
        if _servers.get(module) is server:
            del _servers[module]
            server.process.kill()  # one that stands still would not end by itself; its watchers go on
            server.close()


def _close_all() -> None:
    with _lock:
        while _servers:
            _servers.popitem()[1].close()


def _forget_all() -> None:
    global _lock
    _lock = Lock()
    while _servers:
        _servers.popitem()[1].forget()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_all)
