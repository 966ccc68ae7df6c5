"""A buyer in the browser."""

import pytest

from marketplace.jobs.publishing import run_jobs_inline
from tests.competitions import files


@pytest.fixture
def buyer(transactional_db):
    with run_jobs_inline():
        member = files.operator()
        files.draw_area(member)
        files.upload(member, files.competition(header={"Area Buffer (km)": 2, "Maximum Budget (£)": 5000}))
        yield member
