"""A contract of one megawatt before its service, for the tests of baselines."""

from copy import deepcopy
from datetime import timedelta

import pytest

from contracts.domain.queries import contracts_of
from contracts.models import ContractedAsset
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.called import occurrences_of
from operations.domain.measuring import measured_dispatch
from tests.contracts.scene import confirmed
from tests.operations.metered import HALF_HOUR, issue, tell


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
        ContractedAsset.objects.filter(contract=made.contract).exclude(asset_ref="N1").delete()
    return made


@pytest.fixture
def scene(once):
    """North's contract of 1 MW from N1, two days before its service on Sunday 1 February, 16:00."""
    made = deepcopy(once)
    made.start = occurrences_of(made.contract)[0].start
    with run_jobs_inline(), clock.set_to(made.start - timedelta(days=2)):
        yield made


def dispatched(made, contract):
    """A dispatch of half a megawatt for the first half-hour, metered at an import of 1,000 kWh, measured."""
    with clock.set_to(made.start - timedelta(hours=1)):
        dispatch = issue(made, contract, made.start, made.start + HALF_HOUR, "0.5")
        tell(made.north, made.assets["N1"], {made.start: 1000})
    return measured_dispatch(dispatch, made.start + timedelta(hours=2)).performance
