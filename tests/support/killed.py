"""An action in a process of its own that is killed in the middle, as a machine that fails kills it."""

import os
import signal
import time
from collections.abc import Callable
from importlib import import_module
from unittest import mock

from django.db import connection, connections


def killed_at(step: str, act: Callable[[], object], call: int = 1) -> None:
    """Run the action in a fork that gets SIGKILL when it reaches a step (module:name), at its first or a later call.

    Returns once the database has noticed. Needs a test whose transactions are real.
    """
    connections.close_all()  # a fork must not speak on its parent's connection
    child = os.fork()
    if not child:
        try:
            _die_at(step, act, call)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{step} was not reached {call} times"
    assert os.WTERMSIG(status) == signal.SIGKILL
    _wait_until_alone()


def _die_at(step: str, act: Callable[[], object], call: int) -> None:
    module, _, name = step.partition(":")
    owner: object = import_module(module)
    *path, last = name.split(".")
    for each in path:
        owner = getattr(owner, each)
    real, calls = getattr(owner, last), []

    def dies(*args: object, **told: object) -> object:
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **told)

    with mock.patch.object(owner, last, dies):
        act()


def _wait_until_alone() -> None:
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend'"
            )
            if cursor.fetchone()[0] <= 1:
                return
        time.sleep(0.05)
    raise AssertionError("The killed process still holds its connection.")
