"""The process in which files from outside are worked on."""

import os
import signal
import sys
import time

import pytest

from marketplace.sandbox import ChildFailed, LimitExceeded, report, run_limited


def doubled(number: int) -> int:
    print("noise on standard output")  # noqa: T201
    return number * 2


def hungry(size: int) -> int:
    return len(bytearray(size))


def refusing() -> None:
    raise ValueError("no such thing")


def aborting() -> None:
    os.kill(os.getpid(), signal.SIGABRT)


def environment(name: str) -> str | None:
    return os.environ.get(name)


def test_the_result_comes_back() -> None:
    assert run_limited(doubled, 21) == 42


def test_too_much_memory_is_a_limit_exceeded() -> None:
    with pytest.raises(LimitExceeded, match="memory"):
        run_limited(hungry, 500 * 1024**2, memory_mb=200)


def test_too_much_time_is_a_limit_exceeded_and_leaves_no_child() -> None:
    started = time.monotonic()
    with pytest.raises(LimitExceeded, match="longer than 1 s"):
        run_limited(time.sleep, 60, seconds=1)
    assert time.monotonic() - started < 10


def test_what_the_function_raises_is_kept() -> None:
    with pytest.raises(ChildFailed) as caught:
        run_limited(refusing)
    assert isinstance(caught.value.error, ValueError)
    assert str(caught.value.error) == "no such thing"


def test_a_child_that_dies_takes_nobody_with_it() -> None:
    with pytest.raises(ChildFailed, match="status -6") as caught:
        run_limited(aborting)
    assert caught.value.error is None


def test_the_child_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    assert run_limited(environment, "SECRET_KEY") is None
    assert run_limited(environment, "PATH") is None


def test_the_child_imports_what_the_parent_can() -> None:
    assert run_limited(eval, "__import__('sys').path") == sys.path


def counting(total: int) -> int:
    for number in range(1, total + 1):
        report(number, total)
    return total


def test_what_the_work_reports_is_passed_on_and_nothing_happens_where_nobody_listens() -> None:
    told: list[tuple[int, int]] = []
    assert run_limited(counting, 3, progress=lambda done, total: told.append((done, total))) == 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert run_limited(counting, 3) == 3
    assert counting(3) == 3
