"""A process that has loaded the readers, and becomes the parent of one confined child for each task.

Loading a reader takes 0.2 s and more, forking a process that has loaded it a few thousandths. This process
never looks at a file: it imports our modules, forks, and waits. It sees no environment, holds no connection,
and ends with the process that started it, or when it has had nothing to do for :data:`IDLE_SECONDS`.

There is one for each module that has tasks, so that a child holds nothing but what its own work needs.

For each task it forks a watcher, and the watcher the child that works. The watcher is the child's only
parent, so that it can end it without ever meaning another process, and says on a socket of the task's own how
it ended.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from typing import Any, NoReturn

from marketplace.sandbox.child import main
from marketplace.sandbox.confinement import end_with_parent

LARGEST_ORDER = 65_536
IDLE_SECONDS = 60.0
STARTED = b"started"
ENDED = struct.Struct("!i?")
"""How a child ended: its exit status, and whether it had taken too long."""
MOST_DESCRIPTORS = 5
STANDARD = 3


def serve(module: str, control_descriptor: int) -> None:
    """Load the module, then take orders from the socket that this process was started with until it
    closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a key pressed on a terminal ends who started it, then it
    gc.disable()
    with contextlib.suppress(Exception):  # the child tries again, and says why it can't
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    gc.enable()
    control = socket.socket(fileno=control_descriptor)
    control.settimeout(IDLE_SECONDS)
    while True:
        try:
            order, descriptors, _, _ = socket.recv_fds(control, LARGEST_ORDER, MOST_DESCRIPTORS)
        except TimeoutError:
            return
        if not order:
            return
        _take(control, json.loads(order), descriptors)
        _reap()


def _take(control: socket.socket, order: dict[str, Any], descriptors: list[int]) -> None:
    if os.fork() == 0:
        control.close()
        sys.path[:] = order["path"]
        _watch(descriptors, order["seconds"])
    for descriptor in descriptors:
        os.close(descriptor)


def _reap() -> None:
    """Forget the watchers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(descriptors: list[int], seconds: float) -> NoReturn:
    """Fork the child and wait until it ends, is no longer wanted, or has had its time; then say how it
    ended."""
    reply = socket.socket(fileno=descriptors[0])
    child = os.fork()
    if child == 0:
        reply.close()
        _work(descriptors[1:])
    for descriptor in descriptors[1:]:
        os.close(descriptor)
    with contextlib.suppress(OSError):
        reply.send(STARTED)
    is_late = _outlasts(child, reply, seconds)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        reply.send(ENDED.pack(status, is_late))
    os._exit(0)


def _outlasts(child: int, reply: socket.socket, seconds: float) -> bool:
    """Wait for the child's end; ends it when nobody waits for it any more, or after so many seconds (then
    True)."""
    until = time.monotonic() + seconds
    ended = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(ended, select.POLLIN)
    waiting.register(reply, select.POLLIN)  # whoever asked never sends: readable means closed
    found = waiting.poll(max(0, until - time.monotonic()) * 1000)
    if any(descriptor == ended for descriptor, _ in found):
        return False
    os.kill(child, signal.SIGKILL)
    return not found


def _work(descriptors: list[int]) -> NoReturn:
    """Be the child: the task on standard input, the answer on standard output, progress where it is asked
    for.

    What a library opened while it was loaded, such as its table of coordinate systems, stays open: it counts
    on that.
    """
    status = 1
    try:
        end_with_parent()
        for number, descriptor in enumerate(descriptors[:STANDARD]):
            os.dup2(descriptor, number)
            os.close(descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        main(next(iter(descriptors[STANDARD:]), None))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
