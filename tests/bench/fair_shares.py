"""One company uploads ten of the largest legal files; another uploads ten rows, mails leave, a gate
closes."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from accounts.models import Member
from bidding.models import GateClose
from competitions.models import Competition
from marketplace import clock
from marketplace.deliveries.enums import DeliveryState
from marketplace.demo import QUEUES
from marketplace.embedded import dying_with_parent
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.notifications.actions import notify
from marketplace.notifications.models import Notification
from tests.bench.measured import Measured, seconds
from tests.bench.uploads import workbook_of
from tests.qualification import market

LARGEST_ROWS, LARGE_FILES, TIMES = 200_000, 10, 5
PATIENCE = 300


def rows() -> Iterator[Measured]:
    """Seconds beside the ten files; the peer is the same work alone."""
    crowding, quick = (market.member(market.provider()) for _ in range(2))
    large = workbook_of(LARGEST_ROWS)
    with workers():
        alone = _measured(quick, 0)
        ids = [_upload(crowding, large).pk for _ in range(LARGE_FILES)]
        _until(lambda: Job.objects.filter(pk__in=ids, state=State.RUNNING).exists())
        beside = _measured(quick, TIMES)
        at_work = Job.objects.filter(pk__in=ids, state=State.CHECKED).count()
    for each in ids:  # what no worker had the time for
        Job.objects.filter(pk=each).exclude(state=State.CHECKED).update(
            state=State.FAILED, finished_at=clock.now()
        )
    told = {
        "upload": f"10 rows uploaded, checked and applied beside {LARGE_FILES} files of {LARGEST_ROWS:,} rows",
        "mail": f"a mail sent beside the same ({at_work} of the {LARGE_FILES} checked meanwhile)",
        "gate": "a gate closed after the close of bidding beside the same (looked for every 10 s)",
    }
    for what, work in told.items():
        yield Measured("fair shares", work, beside[what], "alone", alone[what])


@contextmanager
def workers() -> Iterator[None]:
    """The workers of each queue and the scheduler, as in the demo; mails go to a folder."""
    celery = [sys.executable, "-m", "celery", "-A", "marketplace"]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        commands = [
            [*celery, "worker", "-Q", queue, "-n", f"{queue}@bench", "-c", str(processes)]
            for queue, processes in QUEUES.items()
        ]
        commands.append([*celery, "beat", "--pidfile=", "--schedule", f"{folder}/beat"])
        mail = {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "DATA_DIR": folder}
        for command in commands:
            running.enter_context(_process(command, os.environ | mail, Path(folder)))
        yield


@contextmanager
def _process(command: list[str], environment: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / "log").open("ab") as log:
        child = subprocess.Popen(
            [*dying_with_parent(signal.SIGTERM), *command],
            env=environment,
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(child.pid, signal.SIGKILL)  # amid a large file it would take its time
            child.wait()


def _measured(member: Member, first: int) -> dict[str, float]:
    """The median of some uploads, of some mails, and how late a gate closes; ``first`` numbers them."""
    numbers = range(first, first + TIMES)
    uploads = [seconds(partial(_hand_in, member, workbook_of(10, number * 10))) for number in numbers]
    mails = [_mail(member, f"fair shares {number}") for number in numbers]
    return {"upload": median(uploads), "mail": median(mails), "gate": _gate()}


def _hand_in(member: Member, data: bytes) -> None:
    job = _upload(member, data)
    _until(lambda: _state(job) == State.CHECKED)
    apply_upload(by=member, job=job, now=clock.now())
    _until(lambda: _state(job) == State.DONE)


def _upload(member: Member, data: bytes) -> Job:
    return start_upload(
        by=member, kind="qualification.assets", filename="a.xlsx", data=data, params={}, now=clock.now()
    )


def _state(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def _mail(member: Member, key: str) -> float:
    began = time.perf_counter()
    notify("file_processed", to=[member.user], title="A file", lines=(), link="/", key=key, now=clock.now())
    _until(lambda: Notification.objects.filter(key=key, mail_state=DeliveryState.SENT).exists())
    return time.perf_counter() - began


def _gate() -> float:
    now = clock.now()
    competition: Competition = market.competition(
        market.operator(),
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(seconds=1),
        first_day=(now + timedelta(days=30)).date(),
    )
    _until(lambda: GateClose.objects.filter(competition=competition).exists())
    return (
        GateClose.objects.get(competition=competition).closed_at - competition.bidding_close
    ).total_seconds()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Not done after {PATIENCE} s.")
        time.sleep(0.02)
