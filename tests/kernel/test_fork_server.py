"""Children of the processes that have the readers loaded: apart from each other, and gone with whoever
asked."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketplace.sandbox import ChildFailed, forking, run_limited
from tests.data_files import CHECKOUT

_remembered: list[int] = []


def remembered(number: int) -> list[int]:
    _remembered.append(number)
    return _remembered


def own_and_parents_ids() -> tuple[int, int]:
    return os.getpid(), os.getppid()


def open_descriptors() -> list[int]:
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def slept(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


_held = os.open(CHECKOUT / "manage.py", os.O_RDONLY)
"""As a library holds its tables open from when it was loaded."""


def held_open() -> bytes:
    return os.pread(_held, 6, 0)


def server() -> subprocess.Popen[bytes]:
    run_limited(slept, 0)
    return forking._servers[__name__].process


def test_a_child_sees_nothing_of_those_before_it() -> None:
    assert run_limited(remembered, 1) == [1]
    assert run_limited(remembered, 2) == [2]


def test_many_at_once_each_get_their_own_answer() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda number: run_limited(remembered, number), range(24))) == [
            [number] for number in range(24)
        ]


def test_a_child_holds_no_descriptor_but_its_own() -> None:
    standard, answer, held, progress = 3, 1, 1, 1
    assert len(open_descriptors()) > 5  # the suite's own process has more
    assert len(run_limited(open_descriptors)) == standard + answer + held
    assert (
        len(run_limited(open_descriptors, progress=lambda done, total: None))
        == standard + answer + held + progress
    )


def test_what_a_library_opened_while_it_was_loaded_stays_open() -> None:
    assert run_limited(held_open) == b"#!/usr"


def test_the_server_sees_no_secret_and_holds_no_descriptor_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    forking._close_all()
    process = server()
    assert b"hush" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    open_ones = [os.readlink(each) for each in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert sum("socket" in each for each in open_ones) == 1


def test_a_server_that_died_is_started_again() -> None:
    process = server()
    process.kill()
    process.wait()
    assert run_limited(slept, 0) == 0
    assert forking._servers[__name__].process.pid != process.pid


def test_a_server_that_stands_still_is_waited_for_no_longer_than_a_start_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = server()
    monkeypatch.setattr(forking, "START_SECONDS", 10)
    process.send_signal(signal.SIGSTOP)
    assert run_limited(slept, 0) == 0
    assert process.returncode == -signal.SIGKILL


def test_a_server_that_is_idle_ends_and_the_next_task_starts_another() -> None:
    process = server()
    forking._servers[__name__].control.close()
    assert process.wait(10) == 0
    assert run_limited(slept, 0) == 0


def test_when_no_server_can_be_had_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    forking._close_all()
    monkeypatch.setattr(forking, "BOOT", "raise SystemExit(3)")
    with pytest.raises(ChildFailed, match="No process"):
        run_limited(slept, 0)
    monkeypatch.undo()
    assert run_limited(slept, 0) == 0


def test_a_child_that_its_watcher_leaves_dies_with_it() -> None:
    parent = server().pid
    assert awaited(lambda: not children_of(parent))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(run_limited, slept, 60)
        [watcher] = awaited(lambda: children_of(parent))
        [child] = awaited(lambda: children_of(watcher))
        os.kill(watcher, signal.SIGKILL)
        with pytest.raises(ChildFailed, match="status -9"):
            waiting.result(20)
    assert awaited(lambda: not is_alive(child))


def test_children_die_with_the_process_that_asked_for_them() -> None:
    words = "import sys; sys.path.insert(0, '.'); from marketplace.sandbox import run_limited; import time; "
    asking = subprocess.Popen([sys.executable, "-c", words + "run_limited(time.sleep, 60)"], cwd=CHECKOUT)
    try:
        [its_server] = awaited(lambda: children_of(asking.pid))
        [watcher] = awaited(lambda: children_of(its_server))
        [child] = awaited(lambda: children_of(watcher))
    finally:
        asking.kill()
        asking.wait()
    for each in (child, watcher, its_server):
        assert awaited(lambda each=each: not is_alive(each))


def test_a_fork_of_this_process_asks_a_server_of_its_own() -> None:
    process = server()
    forked = os.fork()
    if forked == 0:
        good = (
            run_limited(own_and_parents_ids) is not None
            and forking._servers[__name__].process.pid != process.pid
        )
        forking._close_all()
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert process.poll() is None
    assert run_limited(slept, 0) == 0
    assert forking._servers[__name__].process.pid == process.pid


def children_of(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def awaited(found):
    """What ``found`` gives once it gives something; fails after 20 s."""
    for _ in range(400):
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("It did not come about.")
