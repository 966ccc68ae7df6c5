"""A confirmation whose process is killed at any step leaves nothing; done again, everything is there once."""

import os
import signal
import sys
from unittest import mock

import pytest
from django.db import connections

from bidding.models import Confirmation
from competitions.models import Competition
from contracts.models import Contract, ContractedAsset
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, at
from tests.contracts.scene import decided

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = (
    "bidding.domain.decisions.confirmation._confirm",
    "contracts.domain.awards._contracted_assets",
    "contracts.domain.awards._record",
    "bidding.domain.decisions.confirmation._audit",
    "django.db.backends.postgresql.base.DatabaseWrapper._commit",
)


def die(*args, **kwargs) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(step: str, made) -> int:
    """Confirm in a process of its own that is killed where the step would begin; the signal that ended it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with mock.patch(step, die), at(AFTER):
                confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -1


def what_there_is() -> tuple[int, ...]:
    models = (Confirmation, Contract, ContractedAsset, Notification, AuditEntry)
    return tuple(model.objects.count() for model in models)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("step", STEPS)
def test_a_confirmation_killed_at_any_step_is_all_or_nothing_and_tells_once(step):
    with run_jobs_inline():
        made = decided()
        before = what_there_is()
        assert killed_at(step, made) == signal.SIGKILL
        assert what_there_is() == before
        assert Competition.objects.get(pk=made.competition.pk).confirmed_at is None
        with at(AFTER):
            confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
    assert (Confirmation.objects.count(), Contract.objects.count()) == (1, 2)
    told = Notification.objects.filter(kind="results_confirmed").values_list("user", flat=True)
    assert sorted(told) == sorted({made.north.user_id, made.south.user_id})
    assert list(verify()) == []
