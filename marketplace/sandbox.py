"""Work on files from outside in a process of its own, with limits on memory and time.

A hostile or broken file may make a parser ask for hundreds of gigabytes, run for ever, or abort the process. Here it
takes only the child with it.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")

KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "VIRTUAL_ENV")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # every further thread reserves memory
BOOT = (
    "import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); from marketplace.sandbox import _main; _main()"
)
MIB = 1024**2
LAST_WORDS = 2_000


PROGRESS_TO = "SANDBOX_PROGRESS_TO"
Progress = Callable[[int, int], None]


class LimitExceeded(Exception):
    """The child asked for more memory or time than it was given."""


class ChildFailed(Exception):
    """The child raised or died. ``error`` is what the function raised; None where the process itself died."""

    def __init__(self, message: str, error: Exception | None = None) -> None:
        super().__init__(message)
        self.error = error


def run_limited(
    function: Callable[..., Result],
    *args: Any,
    memory_mb: int = 400,
    seconds: float = 120,
    progress: Progress | None = None,
) -> Result:
    """The result of ``function(*args)``, run in a child with that much address space and wall-clock time.

    The function must be importable by name, its arguments and result picklable. The child sees no settings, secrets
    or open connections of its parent. ``progress`` gets, from a thread, what the function passes to :func:`report`.
    Raises :class:`LimitExceeded` and :class:`ChildFailed`.
    """
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ} | ONE_THREAD
    task = pickle.dumps(sys.path) + pickle.dumps((memory_mb, seconds)) + pickle.dumps((function, args))
    with (
        _listening(progress) as told,
        subprocess.Popen(
            [sys.executable, "-c", BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment | ({PROGRESS_TO: str(told)} if told is not None else {}),
            pass_fds=() if told is None else (told,),
        ) as child,
    ):
        try:
            answer, complaint = child.communicate(task, timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            raise LimitExceeded(f"It took longer than {seconds:g} s.") from None
        except BaseException:
            child.kill()
            raise
    if child.returncode == -signal.SIGXCPU:
        raise LimitExceeded(f"It took longer than {seconds:g} s.")
    if child.returncode != 0:
        last_words = complaint.decode("utf-8", "replace")[-LAST_WORDS:]
        if "memory allocation of" in last_words or "MemoryError" in last_words or "bad_alloc" in last_words:
            raise LimitExceeded(f"It needs more than {memory_mb:,} MB of memory.")
        raise ChildFailed(f"The process ended with status {child.returncode}: {last_words}")
    result, error = pickle.loads(answer)
    if isinstance(error, MemoryError):
        raise LimitExceeded(f"It needs more than {memory_mb:,} MB of memory.")
    if error is not None:
        raise ChildFailed(repr(error), error) from error
    return result  # type: ignore[no-any-return]


@contextmanager
def _listening(progress: Progress | None) -> Iterator[int | None]:
    """The end of a pipe for the child to write "done total" lines to, while a thread passes them on."""
    if progress is None:
        yield None
        return
    reading, writing = os.pipe()
    listener = Thread(target=_pass_on, args=(reading, progress), daemon=True)
    listener.start()
    try:
        yield writing
    finally:
        os.close(writing)
        listener.join()


def _pass_on(reading: int, progress: Progress) -> None:
    with os.fdopen(reading) as lines:
        for line in lines:
            done, total = line.split()
            progress(int(done), int(total))


def report(done: int, total: int) -> None:
    """Say how far the work in the child is; anywhere else this does nothing."""
    told = os.environ.get(PROGRESS_TO)
    if told is not None:
        os.write(int(told), f"{done} {total}\n".encode())


def _main() -> None:
    """What the child runs: take on the limits, do the work, answer on what was standard output."""
    memory_mb, seconds = pickle.load(sys.stdin.buffer)
    _limit(memory_mb, seconds)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the work prints must not mix with the answer
    result, error = None, None
    try:
        function, args = pickle.load(sys.stdin.buffer)
        result = function(*args)
    except Exception as raised:
        error = _portable(raised)
    pickle.dump((result, error), answers, pickle.HIGHEST_PROTOCOL)
    answers.close()


def _limit(memory_mb: int, seconds: float) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MIB, memory_mb * MIB))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 6))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _portable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(repr(error))
    return error
