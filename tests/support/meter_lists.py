"""Lists of meters."""

import pytest

from competitions.models import Area
from marketplace import clock, geo
from marketplace.jobs.publishing import run_jobs_inline
from tests.qualification import market
from tests.qualification.market import DURING, SQUARE

FIRST, SECOND_METER = "1200023305967", "2000050773929"


@pytest.fixture
def so(db):
    with run_jobs_inline(), clock.set_to(DURING):
        yield market.member(market.operator())


@pytest.fixture
def area(so):
    return Area.objects.create(
        operator=so.organisation,
        reference="EAST",
        shape_wkb=geo.to_wkb(SQUARE),
        area_km2=1,
        updated_at=DURING,
    )
