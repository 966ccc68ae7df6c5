"""The processes that tests have forked from one that has everything loaded are as if each had been started."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support import loaded
from tests.support.embedded import wait_until

TELL = (
    "import sys; from django.conf import settings; from django.db import connections; print(sys.argv[1:], {})"
)
OF_A_TOWN = {"SITE_URL": "http://town", "DATABASE_URL": "postgresql:///town"}
ASK = """
import os, sys, time
from tests.support import loaded
child = loaded.begun(["-c", "import time; time.sleep(60)"], env=os.environ, stdout=1, stderr=2)
print(child.pid, flush=True)
time.sleep(60)
"""


@contextmanager
def another():
    with Path(os.devnull).open("wb") as nothing:
        process = loaded.begun(
            ["-c", "import time; time.sleep(60)"], env=os.environ, stdout=nothing, stderr=nothing
        )
        yield
        process.kill()
        process.wait()


def told(what: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return loaded.run(["-c", TELL.format(what), *arguments], env=os.environ | environment)


def test_it_has_the_settings_of_its_own_environment():
    here = told("settings.SITE_URL, connections['default'].settings_dict['NAME']", "one", "two", **OF_A_TOWN)
    assert (here.returncode, here.stdout) == (0, "['one', 'two'] http://town town\n"), here.stderr
    there = told("settings.SITE_URL", SITE_URL="http://elsewhere")
    assert there.stdout == "[] http://elsewhere\n"


def test_what_needs_other_settings_than_are_loaded_is_refused():
    done = told("settings.DEBUG", TRUSTED_PROXIES="3")
    assert done.returncode == 1
    assert "another ['ALLAUTH_TRUSTED_PROXY_COUNT'] than what is loaded" in done.stderr


@pytest.mark.parametrize(
    ("end", "status"), [("sys.exit(3)", 3), ("__import__('os').abort()", -signal.SIGABRT)]
)
def test_it_is_told_how_it_ended(end, status):
    assert told(end).returncode == status


def test_it_is_waited_for_no_longer_than_asked():
    with pytest.raises(subprocess.TimeoutExpired):
        loaded.run(["-c", "import time; time.sleep(60)"], env=os.environ, timeout=0.1)


def test_it_ends_with_whoever_asked_for_it():
    asking = subprocess.Popen([sys.executable, "-c", ASK], cwd=loaded.ROOT, stdout=subprocess.PIPE)
    try:
        assert asking.stdout is not None
        with asking.stdout as said:
            child = psutil.Process(int(said.readline()))
    finally:
        asking.kill()
        asking.wait()
    wait_until(lambda: not child.is_running())


def test_it_holds_no_connection_of_others():
    with another():
        look = "import os; print(*[os.readlink(f'/proc/self/fd/{each}') for each in os.listdir('/proc/self/fd')[:-1]])"
        done = loaded.run(["-c", look], env=os.environ)
    assert "socket:" not in done.stdout, done.stderr
