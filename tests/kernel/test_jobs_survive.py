"""Jobs worked by a real worker process on a real broker, both of which are killed on the way."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.celery import app
from marketplace.embedded import valkey_server
from marketplace.jobs import actions, locks, publishing, tasks
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import GIVEN_UP
from tests.kernel import rows_kind
from tests.kernel.people import Member
from tests.support import loaded

MANY = 5000

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, list(Job.objects.values("state", "attempts", "error", "log"))
        time.sleep(0.05)


class Broker:
    """A Valkey that keeps nothing on disk, so stopping it loses every message."""

    def __init__(self, folder: Path) -> None:
        self.socket, self.process = folder / "v.sock", None

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        options = [
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--dir",
            str(self.socket.parent),
        ]
        self.process = subprocess.Popen([str(valkey_server()), *options], stdout=subprocess.DEVNULL)
        wait_until(self.socket.exists)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
            self.socket.unlink(missing_ok=True)


class Worker:
    """The real worker with the beat inside, in a process group of its own."""

    def __init__(self, broker: Broker, member: Member) -> None:
        place = connection.settings_dict
        host = quote(place["HOST"], safe="")
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://{place['USER']}:{place['PASSWORD']}@/{place['NAME']}?host={host}",
            "REDIS_URL": broker.url,
            "TEST_MEMBER": json.dumps(
                {"organisation_id": str(member.organisation_id), "user_id": member.user_id}
            ),
        }
        self.folder, self.process = broker.socket.parent, None
        self.log = self.folder / "worker.log"

    def start(self) -> None:
        command = ["celery", "-A", "tests.kernel.worker_app", "worker", "-B", "-c", "2"]
        with self.log.open("ab") as log:
            self.process = loaded.begun(
                [*command, "-s", str(self.folder / "beat"), "-l", "info"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def member():
    return Member()


@pytest.fixture
def broker():
    folder = Path(tempfile.mkdtemp(prefix="v"))
    broker = Broker(folder)
    broker.start()
    before, app.conf.broker_url = app.conf.broker_url, broker.url
    yield broker
    app.conf.broker_url = before
    broker.stop()
    shutil.rmtree(folder)


@pytest.fixture
def worker(broker, member):
    rows_kind.make_table()
    worker = Worker(broker, member)
    with rows_kind.registered(member):
        yield worker
        worker.kill()
        sys.stdout.write(worker.log.read_text() if worker.log.exists() else "")
        wait_until(lambda: not locks.held_keys())
    rows_kind.drop_table()


def upload(member: Member, count: int = MANY, **params) -> Job:
    data = "\n".join(f"u{number:05}=1" for number in range(count)).encode()
    return start_upload(
        by=member, kind=rows_kind.KIND, filename="rows.txt", data=data, params=params, now=clock.now()
    )


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def each_row_once(count: int = MANY) -> bool:
    return rows_kind.rows() == [(f"u{number:05}", "1") for number in range(count)]


@pytest.mark.slow
def test_a_worker_killed_amid_applying_is_taken_over_with_every_row_exactly_once(worker, member):
    worker.start()
    job = upload(member, seconds_a_row=0.0004)
    wait_until(lambda: state(job) == State.CHECKED)
    apply_upload(by=member, job=job, now=clock.now())
    wait_until(lambda: state(job) == State.APPLYING)
    time.sleep(0.5)
    worker.kill()
    assert (state(job), rows_kind.rows()) == (State.APPLYING, [])

    worker.start()
    wait_until(lambda: state(job) == State.DONE)
    assert each_row_once()
    assert job.attempts == 2
    assert [entry.action for entry in AuditEntry.objects.all()] == ["file processed"]
    assert list(verify()) == []


@pytest.mark.slow
def test_a_broker_stopped_amid_an_upload_loses_nothing(worker, broker, member):
    worker.start()
    job = upload(member, seconds_a_row=0.0004)
    wait_until(lambda: state(job) == State.CHECKED)
    apply_upload(by=member, job=job, now=clock.now())
    wait_until(lambda: state(job) == State.APPLYING)
    broker.stop()
    behind = upload(member, 10)
    assert behind.published_at is None
    time.sleep(0.5)
    broker.start()
    wait_until(lambda: state(job) == State.DONE)
    wait_until(lambda: state(behind) == State.NOTHING)
    assert behind.preview["counts"]["unchanged"] == 10
    assert each_row_once()
    ends = sorted(entry.action for entry in AuditEntry.objects.all())
    assert ends == ["file checked, nothing to apply", "file processed"]


@pytest.mark.slow
def test_a_worker_that_loses_the_database_amid_applying_does_it_again(worker, member):
    worker.start()
    job = upload(member, seconds_a_row=0.0004)
    wait_until(lambda: state(job) == State.CHECKED)
    apply_upload(by=member, job=job, now=clock.now())
    wait_until(lambda: state(job) == State.APPLYING)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    wait_until(lambda: state(job) == State.DONE)
    assert (job.attempts, each_row_once()) == (2, True)
    assert [entry.action for entry in AuditEntry.objects.all()] == ["file processed"]


@pytest.mark.slow
def test_a_file_that_kills_its_worker_is_given_up_while_others_are_worked(worker, member):
    worker.start()
    poison = upload(member, 3, poison=True)
    wait_until(lambda: state(poison) == State.CHECKED)
    apply_upload(by=member, job=poison, now=clock.now())
    wait_until(lambda: state(poison) == State.FAILED, seconds=90)
    assert (poison.error, rows_kind.rows()) == (GIVEN_UP, [])
    other = upload(member, 3)
    wait_until(lambda: state(other) == State.CHECKED)


def test_an_upload_succeeds_while_the_queue_is_down_and_is_swept_up_later(broker, worker, member):
    broker.stop()
    began = time.monotonic()
    job = upload(member, 3)
    assert time.monotonic() - began < 2
    job.refresh_from_db()
    assert (job.state, job.published_at) == (State.QUEUED, None)
    broker.start()
    assert publishing.sweep(clock.now()) == [job.pk]
    assert publishing.sweep(clock.now()) == []
    worker.start()
    wait_until(lambda: state(job) == State.CHECKED)


def test_a_queue_that_never_answers_holds_the_page_up_for_seconds_only(worker, member):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.conf.broker_url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        job = upload(member, 3)
        assert time.monotonic() - began < 5
    job.refresh_from_db()
    assert job.published_at is None


def test_the_sweeper_leaves_alone_what_a_worker_holds_and_what_was_just_handed_over(worker, member):
    with run_jobs_inline():
        held, fresh, lost, finished = (upload(member, 1) for _ in range(4))
    now = clock.now()
    Job.objects.filter(pk__in=[held.pk, lost.pk, finished.pk]).update(published_at=now - timedelta(minutes=1))
    Job.objects.filter(pk=held.pk).update(state=State.RUNNING)
    Job.objects.filter(pk=fresh.pk).update(published_at=now)
    Job.objects.filter(pk=finished.pk).update(state=State.DONE, finished_at=now)
    with locks.hold(held.pk) as got:
        assert got
        assert publishing.sweep(now) == [lost.pk]
        assert set(publishing.sweep(now, all_at_once=True)) == {fresh.pk, lost.pk}
    assert tasks.sweep() == 1
    assert tasks.sweep() == 0


def test_a_worker_marks_the_errors_in_a_process_of_limited_memory(worker, member):
    worker.start()
    now = clock.now()
    job = start_upload(
        by=member, kind=rows_kind.KIND, filename="a.xlsx", data=rows_kind.workbook(), params={}, now=now
    )
    wait_until(lambda: state(job) == State.NOTHING)
    made = actions.start_marked_copy(by=member, source=job, now=now)
    wait_until(lambda: state(made) == State.DONE)
    assert made.output.name == "a - errors marked.xlsx"


def test_two_files_of_a_kind_are_worked_one_after_the_other(worker, member):
    first, second = (upload(member, 300, seconds_a_row=0.003) for _ in range(2))
    worker.start()
    wait_until(lambda: state(first) == state(second) == State.CHECKED)
    for job in (first, second):
        apply_upload(by=member, job=job, now=clock.now())
    wait_until(lambda: {state(first), state(second)} == {State.DONE, State.REFUSED})
    assert each_row_once(300)
    refused = first if first.state == State.REFUSED else second
    assert "data changed" in refused.error


def test_the_lock_of_a_job_has_the_same_key_in_the_database(worker, member):
    for _ in range(20):
        job = Job(created_at=datetime(2026, 4, 5, tzinfo=UTC))
        with locks.hold(job.pk):
            assert locks.held_keys() == {locks.key_of(job.pk)}
    assert locks.held_keys() == frozenset()
