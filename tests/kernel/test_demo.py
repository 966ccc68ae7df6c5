"""The process tree of ``make demo``: what it says, and that nothing of it outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from marketplace import demo
from marketplace.embedded import Services
from tests.support import cluster
from tests.support.embedded import ask, running_on, wait_until

ROOT = Path(__file__).resolve().parents[2]
WHOLE = ("-m", "marketplace.demo")
FEWER = ("-c", "import sys; from marketplace import demo; demo.QUEUES = {'files': 1}; sys.exit(demo.main())")
"""The demo with one worker in place of four, which differ in their queues alone."""
NOTE = "Sign in as o'hara@example.org with 100%"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder, port):
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return kept | {"DATA_DIR": str(folder), "PORT": str(port)}


def start(folder, port, command=WHOLE):
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(folder, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until_running(process):
    told = []
    for line in process.stdout:
        told.append(line)
        if "Ctrl-C" in line:
            return "".join(told)
    raise AssertionError("".join(told))


@pytest.fixture
def loaded(request, tmp_path, monkeypatch):
    """A data folder whose database says that the demo market is loaded; migrated, or without a table."""
    folder = tmp_path / "data"
    if request.param == "migrated":
        folder.mkdir()
        cluster.put_into(folder)
    with Services(folder) as services:
        monkeypatch.setenv("DATABASE_URL", services.database_url)
        demo.write_demo_note(NOTE)
    return folder


@pytest.mark.slow(60)
@pytest.mark.parametrize(
    ("loaded", "command", "end"),
    [("empty", WHOLE, signal.SIGTERM), ("migrated", FEWER, signal.SIGKILL)],
    indirect=["loaded"],
    ids=["empty", "migrated"],
)
def test_the_demo_answers_prints_address_and_logins_and_leaves_nothing_running(loaded, command, end):
    port = free_port()
    process = start(loaded, port, command)
    with process.stdout:
        told = read_until_running(process)
        assert f"http://localhost:{port}/" in told
        assert NOTE in told
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert answer.read() == b"ok"
        tree = psutil.Process(process.pid).children(recursive=True)
        assert len(tree) >= 5
        process.send_signal(end)
        process.wait(timeout=40)
    wait_until(lambda: running_on(loaded) == [] and not any(alive(child) for child in tree), seconds=30)
    with Services(loaded) as services:
        assert ask(services, "SELECT count(*) > 0 FROM django_migrations") == (True,)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_to_stop_ends_it_in_order_whatever_it_is_at(stop, monkeypatch, capsys, tmp_path):
    @contextmanager
    def interrupted(folder):
        os.kill(os.getpid(), stop)
        time.sleep(5)
        yield None

    usual = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(demo, "services", interrupted)
    try:
        assert demo.main() == 0
    finally:
        for each, handler in usual.items():
            signal.signal(each, handler)
    assert capsys.readouterr().out == "\nStopped.\n"


def alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_taken_port_is_told_in_one_sentence_and_starts_nothing(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path / "data", port)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert output == f"Port {port} can't be used (Address already in use): try make demo PORT={port + 1}\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_no_port_is_refused(text):
    with pytest.raises(demo.DemoError, match="must be a number from 1 to 65535"):
        demo.chosen_port(text)


def test_one_address_without_the_other_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql:///x")
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("DEMO", "0")
    monkeypatch.setenv("SECRET_KEY", "x")
    with pytest.raises(demo.DemoError, match="both DATABASE_URL and REDIS_URL"), demo.services(tmp_path):
        pass


def test_the_secret_key_of_an_installation_is_its_own_and_stays(tmp_path):
    key = demo._own_key(tmp_path / "data")
    assert demo._own_key(tmp_path / "data") == key
    assert len(key) >= 50
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o777 == 0o600
