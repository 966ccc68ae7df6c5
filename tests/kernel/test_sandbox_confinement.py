"""What a process that reads a file from outside can't do, even when it tries."""

import ctypes
import os
import pickle
import platform
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from marketplace import sandbox
from marketplace.jobs import enums
from marketplace.sandbox import ChildFailed, loads, run_limited
from marketplace.sandbox.confinement import Confinement, Layer, library_folders
from marketplace.sandbox.starting import check_sandbox, refuse_without_sandbox
from marketplace.workbooks.declare import Problem

ROOT = Path(__file__).resolve().parents[2]
EVERY_LAYER = str(sandbox.state()).count(": on") == 4

pytestmark = pytest.mark.skipif(not EVERY_LAYER, reason=f"This kernel lacks a layer: {sandbox.state()}")


def attempt(what: str) -> str:
    """Run Python code in the child; "done" or the name of the error it met."""
    try:
        exec(
            what,
            {"os": os, "socket": socket, "sys": sys, "ctypes": ctypes, "signal": signal, "__name__": "child"},
        )
    except BaseException as error:
        return type(error).__name__
    return "done"


def opened(path: str) -> str:
    with open(path, "rb") as file:
        return file.read(4).decode("latin-1")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret-key"
    file.write_text("hush")
    return file


def test_it_opens_no_file_of_the_server(secret: Path) -> None:
    for path in (secret, ROOT / "manage.py", ROOT / "marketplace" / "settings.py", Path("/etc/passwd")):
        assert opened(str(path))
        with pytest.raises(ChildFailed) as caught:
            run_limited(opened, str(path))
        assert isinstance(caught.value.error, PermissionError), path


@pytest.mark.parametrize(
    "path",
    ["/proc/self/environ", "/proc/self/maps", "/proc/1/cmdline", "/proc/meminfo", "/sys/kernel", "/dev/mem"],
)
def test_it_sees_nothing_of_itself_or_of_others_in_the_kernels_folders(path: str) -> None:
    assert run_limited(attempt, f"os.listdir('{path}') if os.path.isdir('{path}') else open('{path}')") in (
        "PermissionError",
        "FileNotFoundError",
    )


def test_it_lists_no_folder_and_writes_nowhere(tmp_path: Path) -> None:
    for code in (
        f"os.listdir('{tmp_path}')",
        "os.listdir('/')",
        "os.listdir('/proc')",
        f"open('{tmp_path}/made', 'w')",
        "open('/tmp/made-by-the-sandbox', 'w')",
        f"os.mkdir('{tmp_path}/made')",
        f"os.symlink('/etc/passwd', '{tmp_path}/made')",
        f"os.rename('{tmp_path}', '{tmp_path}-moved')",
        f"os.chmod('{tmp_path}', 0o777)",
    ):
        assert run_limited(attempt, code) == "PermissionError", code
    assert not list(tmp_path.iterdir())


def test_it_can_write_only_in_the_folder_it_is_given_which_is_gone_afterwards(tmp_path: Path) -> None:
    written = "import tempfile; file = tempfile.NamedTemporaryFile(); file.write(b'rows'); file.flush()"
    assert run_limited(attempt, written) != "done"
    assert run_limited(attempt, written, scratch=True) == "done"
    assert run_limited(attempt, f"open('{tmp_path}/made', 'w')", scratch=True) == "PermissionError"
    assert not Path(run_limited(scratch_folder, scratch=True)).exists()


def scratch_folder() -> str:
    return os.environ["TMPDIR"]


def test_it_reaches_no_listener_on_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.settimeout(0.2)
        code = f"socket.create_connection(('127.0.0.1', {port}), timeout=1).close()"
        assert attempt(code) == "done"
        listener.accept()[0].close()
        assert run_limited(attempt, code) == "PermissionError"
        with pytest.raises(TimeoutError):
            listener.accept()


def test_it_makes_no_socket_of_any_kind() -> None:
    for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"):
        assert (
            run_limited(attempt, f"socket.socket(socket.{family}, socket.SOCK_DGRAM)") == "PermissionError"
        ), family
    assert run_limited(attempt, "socket.socketpair()") == "PermissionError"


def test_it_starts_no_program_and_no_process() -> None:
    for code in (
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "import subprocess; subprocess.run(['/bin/true'], check=True)",
    ):
        assert run_limited(attempt, code) == "PermissionError", code
    assert run_limited(attempt, "sys.exit(os.waitstatus_to_exitcode(os.system('true')))") != "done"


def test_it_can_still_start_a_thread() -> None:
    assert (
        run_limited(attempt, "import threading; t = threading.Thread(target=int); t.start(); t.join()")
        == "done"
    )


def test_it_changes_no_limit_and_no_priority_of_another_process() -> None:
    parent = os.getpid()
    kept = resource.getrlimit(resource.RLIMIT_NOFILE)
    for code in (
        f"import resource; resource.prlimit({parent}, resource.RLIMIT_NOFILE)",
        f"import resource; resource.prlimit({parent}, resource.RLIMIT_NOFILE, (64, {kept[1]}))",
        f"os.sched_setaffinity({parent}, [0])",
        f"os.sched_setscheduler({parent}, os.SCHED_IDLE, os.sched_param(0))",
    ):
        assert run_limited(attempt, code) == "PermissionError", code
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == kept
    assert run_limited(attempt, "import resource; resource.getrlimit(resource.RLIMIT_NOFILE)") == "done"


def test_no_pipe_of_its_own_signals_another_process() -> None:
    for command in (8, 10, 15):  # F_SETOWN, F_SETSIG, F_SETOWN_EX
        code = f"import fcntl; fcntl.fcntl(os.pipe()[1], {command}, {'bytes(8)' if command == 15 else os.getpid()})"
        assert run_limited(attempt, code) == "PermissionError", code
    assert run_limited(attempt, "import fcntl; fcntl.fcntl(os.pipe()[1], fcntl.F_GETFL)") == "done"


def test_it_signals_and_traces_no_other_process() -> None:
    for code in (
        f"os.kill({os.getpid()}, 0)",
        "os.kill(os.getppid(), signal.SIGTERM)",
        "os.kill(1, 0)",
        "os.kill(-1, signal.SIGTERM)",
        "os.pidfd_open(1)",
        "os.setsid()",
    ):
        assert run_limited(attempt, code) == "PermissionError", code


CALLS = {  # number on x86_64: what it would do
    101: "ptrace",
    310: "process_vm_readv",
    272: "unshare",
    165: "mount",
    161: "chroot",
    321: "bpf",
    425: "io_uring_setup",
    304: "open_by_handle_at",
    250: "keyctl",
    323: "userfaultfd",
}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize("number", CALLS, ids=CALLS.values())
def test_the_kernel_refuses_what_could_undo_the_confinement(number: int) -> None:
    code = (
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"answer = libc.syscall({number}, 0, 0, 0, 0, 0)\n"
        "raise OSError(ctypes.get_errno(), 'refused') if answer < 0 else SystemExit"
    )
    assert run_limited(attempt, code) == "PermissionError"


def test_it_sees_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgresql://hush")
    assert run_limited(environment) == {}


def environment() -> dict[str, str]:
    return dict(os.environ)


def test_it_can_read_nothing_but_libraries() -> None:
    allowed = library_folders()
    assert str(ROOT) not in allowed
    assert not any(
        str(ROOT).startswith(folder + os.sep) or folder in ("/", "/etc", "/root") for folder in allowed
    )
    assert run_limited(attempt, "import colorsys, zoneinfo; zoneinfo.ZoneInfo('Europe/London')") == "done"


def test_it_can_take_none_of_this_back() -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))"
    assert run_limited(attempt, code) in ("ValueError", "PermissionError")


# What comes back


class Ruse:
    """Would run a program where it is loaded."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return (os.system, ("touch ruse-worked",))


def a_ruse() -> Ruse:
    return Ruse()


def test_an_answer_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChildFailed, match="can't be used"):
        run_limited(a_ruse)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "named",
    [
        b"cbuiltins\neval\n",
        b"cos\nsystem\n",
        b"cmarketplace.sandbox\nrun_limited\n",
        b"cbuiltins\nSystemExit\n",
    ],
)
def test_no_function_can_be_named_in_an_answer(named: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError, match="can't be an answer"):
        loads(named + b".")


def test_an_answer_can_not_change_our_own_records() -> None:
    before = dict(vars(Confinement))
    for changed in (b"is_enough", b"made_up"):
        with pytest.raises(pickle.UnpicklingError, match="may not change"):
            loads(b"cmarketplace.sandbox.confinement\nConfinement\n(N(S'" + changed + b"'\nS'anything'\ndtb.")
    assert dict(vars(Confinement)) == before


def test_an_answer_can_not_change_the_members_of_an_enumeration() -> None:
    before = {member: dict(vars(member)) for member in enums.State}
    value = enums.State.APPLYING.value.encode()
    with pytest.raises(pickle.UnpicklingError, match="may not change"):
        loads(b"cmarketplace.jobs.enums\nState\n(S'" + value + b"'\ntR(S'_value_'\nS'applied'\ndb.")
    assert {member: dict(vars(member)) for member in enums.State} == before


def test_plain_values_and_our_own_records_come_back() -> None:
    problem = Problem("Assets", 2, "Asset Ref", "A1", "Must be filled in.")
    assert loads(pickle.dumps({"found": [problem, 1.5, None, b"bytes"]})) == {
        "found": [problem, 1.5, None, b"bytes"]
    }


# How its state is shown, and what is refused without it

LACKING = Confinement(
    Layer("network namespace", True),
    Layer("Landlock", False, "Function not implemented"),
    Layer("seccomp", True),
    Layer("no capabilities", True),
)


def test_the_deploy_check_shows_the_state_of_every_layer() -> None:
    messages = {
        message.id: str(message.msg)
        for message in run_checks(tags=["security"], include_deployment_checks=True)
    }
    assert all(
        f"{name}: on" in messages["sandbox.I001"] for name in ("Landlock", "network namespace", "seccomp")
    )
    assert "sandbox.W001" not in messages


def test_the_deploy_check_warns_of_a_layer_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "state", lambda: LACKING)
    warnings = [message for message in check_sandbox(None) if message.id == "sandbox.W001"]
    assert [
        "Landlock" in str(warning.msg) and "Function not implemented" in str(warning.msg)
        for warning in warnings
    ] == [True]


def test_the_start_is_refused_without_a_sandbox_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(sandbox, "state", lambda: LACKING)
    settings.SANDBOX_REQUIRED = False
    refuse_without_sandbox()
    settings.SANDBOX_REQUIRED = True
    with pytest.raises(ImproperlyConfigured, match="Landlock: OFF"):
        refuse_without_sandbox()
