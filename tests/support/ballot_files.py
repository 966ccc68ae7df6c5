"""Files of bids and of decisions, as they are filled in and read."""

import uuid
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

from bidding.workbooks import bids_file
from bidding.workbooks.specs import BIDS, SHEET
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.reading import read
from marketplace.workbooks.write import write_template
from tests.bidding.market import BIDDING, TWO_HOURS, at, market

LONDON = ZoneInfo("Europe/London")


def row(here, window=0, **fields):
    return {
        "ref": here.competition.ref,
        "period": "Winter",
        "window": f"Window {window}",
        "capacity": Decimal(1),
        "run_time": TWO_HOURS,
        "utilisation_price": Decimal(10),
    } | fields


def context(by, now, **params):
    return JobContext(uuid.uuid4(), by, params, now)


def check(here, rows, by=None, now=BIDDING, **params):
    data = rows if isinstance(rows, bytes) else write_template(BIDS, {SHEET: rows})
    with at(now):
        return bids_file.check(context(by or here.north, now, **params), data)


def upload(here, rows, by=None, now=BIDDING, **params):
    plan = check(here, rows, by, now, **params)
    with at(now):
        bids_file.apply(context(by or here.north, now, **params), plan)
    return plan


def places(plan, level="error") -> set[tuple[int, str]]:
    return {(problem.row, problem.column) for problem in plan.problems if problem.level == level}


def written(write, *arguments, **named) -> bytes:
    target = BytesIO()
    write(*arguments, target, **named)
    return target.getvalue()


def rows_of(data: bytes, spec):
    reading = read(data, spec, zone=LONDON)
    return reading.sheets[SHEET].rows


def closed_market():
    here = market()
    upload(
        here, [row(here, capacity=Decimal(2)), row(here, capacity=Decimal(3), utilisation_price=Decimal(7))]
    )
    upload(here, [row(here, window=1)], by=here.south)
    return here
