"""A buyer in the browser."""

import pytest

from marketplace import jobs
from tests.competitions import files


@pytest.fixture
def buyer(transactional_db):
    with jobs.held_back():
        member = files.operator()
        files.draw_area(member)
        files.upload(member, files.competition(header={"Area Buffer (km)": 2, "Maximum Budget (£)": 5000}))
        yield member
