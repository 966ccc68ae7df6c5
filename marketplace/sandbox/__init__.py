"""Work on files from outside in a process of its own, which can do nothing else.

A hostile or broken file may make a parser ask for hundreds of gigabytes, run for ever, abort, open the
server's files or fetch an address. Here it takes only the child with it: limits on memory and time hold the
first three,
:mod:`marketplace.sandbox.confinement` the others, and :mod:`marketplace.sandbox.transfer` looks at what comes
back.
"""

import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from threading import Thread
from typing import IO, Any, TypeVar

from marketplace.numbers import count_text
from marketplace.sandbox.child import own_confinement, report
from marketplace.sandbox.confinement import Confinement
from marketplace.sandbox.forking import ForkServerFailed, forked
from marketplace.sandbox.transfer import loads

__all__ = [
    "ChildFailed",
    "Confinement",
    "LimitExceeded",
    "Progress",
    "loads",
    "report",
    "require",
    "run_limited",
    "state",
]

Result = TypeVar("Result")
Progress = Callable[[int, int], None]

PATIENCE = 3
LAST_WORDS = 2_000
LARGEST_ANSWER = 512 * 1024**2
BLOCK = 1024**2
LONGEST_REPORT = 40

_required = False


class LimitExceeded(Exception):
    """The child asked for more memory or time than it was given."""


class ChildFailed(Exception):
    """The child raised or died. ``error`` is what the function raised; None where the process itself died."""

    def __init__(self, message: str, error: Exception | None = None) -> None:
        super().__init__(message)
        self.error = error


def require(required: bool) -> None:
    """Whether work is refused where the kernel does not confine it."""
    global _required
    _required = required


@cache
def state() -> Confinement:
    """How work is confined on this system, found out once by a confined process itself."""
    found: Confinement | None = run_limited(own_confinement, seconds=30)
    assert found is not None
    return found


def run_limited(
    function: Callable[..., Result],
    *args: Any,
    memory_mb: int = 400,
    seconds: float = 60,
    progress: Progress | None = None,
    scratch: bool = False,
) -> Result:
    """The result of ``function(*args)``, run in a child with that much address space and processor time.

    A busy machine may take longer, up to :data:`PATIENCE` times as long.

    The child opens no file but Python's libraries, reaches no network, program or other process, and sees no
    environment: whatever the function needs of ours must be imported together with its module. With
    ``scratch`` it has an empty folder to write in, for the while. The function must be importable by name,
    its arguments picklable; its result may consist of plain values, shapes, and dataclasses, enumerations and
    exceptions of ``marketplace``. ``progress`` gets, from a thread, what the function passes to
    :func:`report`.

    Raises :class:`LimitExceeded` and :class:`ChildFailed`.
    """
    with (
        _listening(progress) as told,
        tempfile.TemporaryDirectory(prefix="sandbox-") if scratch else nullcontext() as folder,
    ):
        limits = {
            "memory_mb": memory_mb,
            "seconds": seconds,
            "scratch": folder,
            "required": _required and function is not own_confinement,
        }
        task = b"".join(pickle.dumps(part) for part in (limits, (function, args)))
        try:
            answer, complaint, status, late = _talk(function.__module__, task, seconds, told)
        except ForkServerFailed as failed:
            raise ChildFailed(str(failed)) from failed
    return _understood(answer, complaint, status, late, memory_mb, seconds)  # type: ignore[no-any-return]


def _talk(module: str, task: bytes, seconds: float, told: int | None) -> tuple[bytes, str, int, bool]:
    """Give a child its task: its answer, its last words, its exit status, and whether it had to be killed."""
    with forked(module, PATIENCE * seconds, told) as child:
        last_words = _LastWords(child.complaints)
        for thread in (Thread(target=_feed, args=(child.task, task), daemon=True), last_words):
            thread.start()
        answer = _bounded(child.answers)
        status, is_late = child.end()
        last_words.join()
    return answer, last_words.text, status, is_late


def _feed(pipe: IO[bytes], task: bytes) -> None:
    try:
        with pipe:
            pipe.write(task)
    except (BrokenPipeError, ValueError):
        pass  # it ended early; how it ended says why


def _bounded(pipe: IO[bytes]) -> bytes:
    """All that comes through the pipe. Raises :class:`LimitExceeded` when it is more than any answer
    holds."""
    blocks, size = [], 0
    while block := pipe.read(BLOCK):
        blocks.append(block)
        size += len(block)
        if size > LARGEST_ANSWER:
            raise LimitExceeded("Its answer is too large.")
    return b"".join(blocks)


class _LastWords(Thread):
    """Keeps the end of what a child complains of."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._kept = b""

    def run(self) -> None:
        with suppress(ValueError):  # closed meanwhile: nobody listens any more
            while block := self._pipe.read1(BLOCK):  # type: ignore[attr-defined]
                self._kept = (self._kept + block)[-LAST_WORDS:]

    @property
    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")


def _understood(
    answer: bytes, complaint: str, status: int, late: bool, memory_mb: int, seconds: float
) -> Any:
    if late or status == -signal.SIGXCPU:
        raise LimitExceeded(f"It took longer than {seconds:g} s.")
    if status != 0:
        if any(words in complaint for words in ("memory allocation of", "MemoryError", "bad_alloc")):
            raise LimitExceeded(f"It needs more than {count_text(memory_mb)} MB of memory.")
        raise ChildFailed(f"The process ended with status {status}: {complaint}")
    try:
        result, error = loads(answer)
    except Exception as unusable:
        raise ChildFailed(f"Its answer can't be used: {unusable}") from unusable
    if isinstance(error, MemoryError):
        raise LimitExceeded(f"It needs more than {count_text(memory_mb)} MB of memory.")
    if error is not None:
        raise ChildFailed(repr(error), error) from error
    return result


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
    with os.fdopen(reading, errors="replace") as lines:
        while line := lines.readline(LONGEST_REPORT):
            done, _, total = line.strip().partition(" ")
            if done.isdecimal() and total.isdecimal():
                progress(int(done), int(total))
