"""What the confined process runs: give up everything, load the work, do it, answer on what was standard
output."""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

from marketplace.sandbox.confinement import Confinement, confine, leave_namespaces

MIB = 1024**2
OPEN_FILES = 64
LARGEST_WRITTEN_MB = 500

_told: int | None = None
_confinement: Confinement | None = None


def main(told: int | None) -> None:
    """Take the task from standard input: limits, the function, its arguments. Answer with a pickled pair.

    ``told`` is the descriptor on which progress is told.
    """
    global _told, _confinement
    limits = pickle.load(sys.stdin.buffer)
    namespaces = leave_namespaces()
    _limit(limits["memory_mb"], limits["seconds"])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the work prints must not mix with the answer
    _told = told
    result, error = None, None
    try:
        function, args = pickle.load(sys.stdin.buffer)
        os.environ.clear()
        scratch = limits["scratch"]
        if scratch:
            os.environ["TMPDIR"] = scratch
        _confinement = confine(namespaces, Path(scratch) if scratch else None)
        if limits["required"] and not _confinement.is_enough:
            raise PermissionError(f"Files from outside are not read without a sandbox. {_confinement}")
        result = function(*args)
    except Exception as raised:
        error = _portable(raised)
    pickle.dump((result, error), answers, pickle.HIGHEST_PROTOCOL)
    answers.close()


def own_confinement() -> Confinement | None:
    """How the present process is confined; None outside a sandbox."""
    return _confinement


def report(done: int, total: int) -> None:
    """Say how far the work in the child is; anywhere else this does nothing."""
    if _told is not None:
        os.write(_told, f"{done} {total}\n".encode())


def _limit(memory_mb: int, seconds: float) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MIB, memory_mb * MIB))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 6))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_WRITTEN_MB * MIB, LARGEST_WRITTEN_MB * MIB))


def _portable(error: Exception) -> Any:
    """The error, if the parent can make it from a pickle; else its text."""
    from marketplace.sandbox.transfer import loads

    try:
        loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(repr(error))
    return error
