"""Several workers at the same competitions, and one that is killed in the middle: the same verdicts, each
once."""

import os
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest import mock

import pytest
from django.db import connections

from competitions.models import Competition
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.verdicts import engine, requalification
from qualification.models import Asset, AssetType, Requalification, Verdict
from tests.qualification.brute_force import brute_force
from tests.qualification.market import DURING
from tests.support.random_markets import random_asset, random_market, stored

pytestmark = pytest.mark.django_db(transaction=True)


def in_parallel(*doings):
    """Run each in a thread with a connection of its own, all beginning at once; raises what one of them
    raised."""
    start = Barrier(len(doings))

    def run(doing):
        try:
            start.wait(timeout=10)
            with clock.set_to(DURING):
                doing()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(doings)) as pool:
        for done in [pool.submit(run, doing) for doing in doings]:
            done.result(timeout=60)


@pytest.fixture
def made(transactional_db):
    """A random market, all of whose competitions wait to be judged."""
    with run_jobs_inline(), clock.set_to(DURING):
        found = random_market(5, 300, 8)
        requalification.request_for_competitions(Competition.objects.values_list("pk", flat=True), DURING)
        yield found


def test_two_workers_at_the_same_competition_leave_each_verdict_once(made):
    first = Competition.objects.order_by("ref").first()
    in_parallel(*[lambda: engine.qualify(competition_ids=[first.pk], now=DURING)] * 2)
    expected = {pair: told for pair, told in brute_force().items() if pair[0] == first.pk}
    assert expected
    assert stored() == expected


def test_workers_share_what_waits_and_judge_meanwhile_changed_assets(made):
    _, _, provider, types = made

    def change():
        for asset in list(Asset.objects.order_by("ref")[:20]):
            other = random_asset(random.Random(asset.ref), provider, types)
            other.pk, other.ref = asset.pk, asset.ref
            other.save(force_update=True)
            requalification.request_for_assets(provider.pk, [asset.pk], DURING)

    in_parallel(change, *[lambda: requalification.work_off(DURING)] * 3)
    requalification.work_off(DURING)
    assert not Requalification.objects.exists()
    assert stored() == brute_force()


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def killed_in(name):
    """Work off in a process of its own that is killed where the named step begins; the signal that ended
    it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with mock.patch(name, die), clock.set_to(DURING):
                requalification.work_off(DURING)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -1


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    "step",
    [
        "qualification.domain.verdicts.engine._store",
        "qualification.domain.entries.entering.fall_back",
        "django.db.backends.postgresql.base.DatabaseWrapper._commit",
    ],
)
def test_a_worker_killed_in_the_middle_leaves_its_work_to_the_next(made, step):
    waiting = Requalification.objects.count()
    assert killed_in(step) == signal.SIGKILL
    assert (Verdict.objects.count(), Requalification.objects.count()) == (0, waiting)
    assert AssetType.objects.exists()
    requalification.work_off(DURING)
    assert stored() == brute_force()
    assert not Requalification.objects.exists()
