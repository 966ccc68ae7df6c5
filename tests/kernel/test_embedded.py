"""What the embedded servers promise: they start over whatever was left, end with their parent, and open
nothing."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from marketplace import embedded
from marketplace.embedded import EmbeddedError, Services
from tests.support.embedded import ask, running_on, wait_until

ROOT = Path(__file__).resolve().parents[2]
MAIL = 8  # an ordinary account of every Debian
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture(scope="module")
def a_cluster(tmp_path_factory):
    """What a start makes in an empty folder."""
    with Services(tmp_path_factory.mktemp("made")) as services:
        pass
    return services.folder / "pg"


@pytest.fixture
def used(folder, a_cluster):
    """A data folder as an earlier start left it, for what doesn't tell of the first one."""
    folder.mkdir()
    subprocess.run(["cp", "-a", str(a_cluster), str(folder)], check=True)
    return folder


def broker(services):
    return redis.Redis(unix_socket_path=services.redis_url.removeprefix("redis+socket://"))


def supervisor_of(folder, *as_user):
    """Another process that starts the services and then sleeps; returns it once they run."""
    code = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from marketplace.embedded import Services
        services = Services(Path(sys.argv[1]))
        services.start()
        sys.stdout.write("up\\n")
        sys.stdout.flush()
        time.sleep(600)
        """
    )
    command = [*as_user, sys.executable, "-c", code, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process.stdout as output:
        assert output.readline() == "up\n"
    return process


def test_data_and_queued_messages_survive_a_clean_stop_and_start(folder):
    with Services(folder) as services:
        ask(services, "CREATE TABLE kept AS SELECT 42 AS number")
        broker(services).lpush("queue", "message")
    assert running_on(folder) == []
    with Services(folder) as services:
        assert ask(services, "SELECT number FROM kept") == (42,)
        assert broker(services).lrange("queue", 0, -1) == [b"message"]


def test_nothing_listens_on_the_network(used):
    with Services(used):
        for process in running_on(used):
            assert [c for c in process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN] == []


def test_a_killed_supervisor_leaves_no_orphan_and_its_data_starts_again(used):
    process = supervisor_of(used)
    assert len(running_on(used)) >= 3
    process.kill()
    process.wait()
    wait_until(lambda: running_on(used) == [])
    with Services(used) as services:
        assert ask(services, "SELECT 1") == (1,)


def test_servers_killed_with_their_supervisor_start_again_over_the_stale_lock(used):
    process = supervisor_of(used)
    with psycopg2.connect(Services(used).database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS number")
    connection.close()
    for child in running_on(used):
        child.send_signal(signal.SIGKILL)
    process.wait()
    assert (used / "pg" / "postmaster.pid").exists()
    with Services(used) as services:
        assert ask(services, "SELECT number FROM kept") == (42,)


@pytest.mark.parametrize(
    "left", ["1\n", f"{os.getpid()}\n", "", "nonsense\n"], ids=["init", "this", "empty", "nonsense"]
)
def test_a_stale_lock_file_whose_process_id_is_someone_elses_is_taken_over(used, left):
    (used / "pg" / "postmaster.pid").write_text(left)
    with Services(used) as services:
        assert ask(services, "SELECT 1") == (1,)


def test_a_start_killed_while_making_the_cluster_is_made_anew(folder):
    half = folder / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Services(folder) as services:
        assert ask(services, "SELECT 1") == (1,)


def test_a_second_start_on_the_same_data_is_refused_in_a_sentence_and_harms_nothing(used):
    with Services(used) as services:
        with pytest.raises(EmbeddedError, match=r"already running on the data in .*data\.$"):
            Services(used).start()
        assert ask(services, "SELECT 1") == (1,)
        assert broker(services).ping()


def test_a_server_that_died_by_itself_is_named(used):
    with Services(used) as services:
        services.check()
        services._children["Valkey"].kill()
        services._children["Valkey"].wait()
        with pytest.raises(EmbeddedError, match="Valkey has stopped"):
            services.check()


def test_a_server_that_cannot_start_is_told_at_once_with_its_reason_and_leaves_nothing_running(used):
    (used / "pg" / "postgresql.conf").write_text("no_such_setting = 1\n")
    began = time.monotonic()
    with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start: .*configuration file"):
        Services(used).start()
    assert time.monotonic() - began < 10
    assert running_on(used) == []


def test_a_path_too_long_for_a_socket_works_and_leaves_no_temporary_folder(tmp_path):
    folder = tmp_path / ("deep" * 20) / ("deeper" * 10) / "data"
    with Services(folder) as services:
        short = services.sockets
        assert len(str(short / ".s.PGSQL.5432")) < 108
        assert ask(services, "SELECT 1") == (1,)
        assert broker(services).ping()
    assert not short.exists()


def test_a_folder_with_spaces_and_other_letters_works(tmp_path):
    with Services(tmp_path / "da ta ü%") as services:
        assert ask(services, "SELECT 1") == (1,)
        assert broker(services).ping()


def test_a_checkout_closed_to_others_works_and_no_folder_above_changes(tmp_path):
    closed = tmp_path / "closed"
    (closed / "checkout").mkdir(parents=True)
    for part in (closed, closed / "checkout"):
        part.chmod(0o700)
    above = [closed / "checkout", *(closed / "checkout").parents]
    before = {part: (part.stat().st_mode, part.stat().st_uid, part.stat().st_gid) for part in above}
    with Services(closed / "checkout" / "data") as services:
        assert ask(services, "SELECT 1") == (1,)
        during = {part: (part.stat().st_mode, part.stat().st_uid, part.stat().st_gid) for part in above}
    assert during == before
    assert (closed / "checkout" / "data" / "pg").stat().st_mode & 0o077 == 0


@needs_root
def test_postgresql_of_root_gains_no_user_and_does_not_run_as_root_inside(folder):
    accounts = Path("/etc/passwd").read_bytes()
    with Services(folder) as services:
        process = services._children["PostgreSQL"]
        assert Path(f"/proc/{process.pid}/uid_map").read_text().split()[0] == str(embedded.NOBODY)
    assert Path("/etc/passwd").read_bytes() == accounts


@needs_root
def test_where_namespaces_are_refused_root_falls_back_to_nobody_in_an_open_folder(monkeypatch):
    with_namespaces_refused(monkeypatch)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        with Services(Path(name) / "data") as services:
            assert ask(services, "SELECT 1") == (1,)
            assert psutil.Process(services._children["PostgreSQL"].pid).uids().real == embedded.NOBODY


@needs_root
def test_where_namespaces_are_refused_a_closed_folder_is_told_in_a_sentence(monkeypatch, tmp_path):
    with_namespaces_refused(monkeypatch)
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="refuses user namespaces"):
        Services(tmp_path / "closed" / "data").start()
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


def with_namespaces_refused(monkeypatch):
    real = subprocess.run

    def run(command, *args, **options):
        if command[0] == "unshare":
            return subprocess.CompletedProcess(command, 1)
        return real(command, *args, **options)

    monkeypatch.setattr(embedded.subprocess, "run", run)


@needs_root
def test_someone_who_is_not_root_can_run_it(folder):
    process = supervisor_of(folder, "unshare", "--user", f"--map-user={MAIL}", f"--map-group={MAIL}")
    inside = {Path(f"/proc/{child.pid}/uid_map").read_text().split()[0] for child in running_on(folder)}
    process.kill()
    process.wait()
    wait_until(lambda: running_on(folder) == [])
    assert inside == {str(MAIL)}
