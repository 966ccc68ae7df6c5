"""Before the close, what a rival's or the operator's program is answered takes as many queries, and as long, whether
somebody else has bid or not."""

import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from api.operations import operations
from bidding.domain.ballots.offers import BallotOffer
from bidding.domain.ballots.submitting import submit_ballots
from bidding.models import Ballot
from marketplace import clock
from marketplace.jobs import public_files
from tests.api.addresses import path_of
from tests.api.programs import Program
from tests.bidding import market as bidding
from tests.support.walking import refusals_unlogged

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REPEATS, MOST_REPEATS = 3, 12
BALLOTS = 20


@pytest.fixture(scope="module")
def market(module_database):
    of = bidding.market(mw=("1",) * BALLOTS)
    with clock.set_to(bidding.BIDDING):
        public_files.refresh_due(bidding.BIDDING)
        people = {"buyer": Program(of.buyer), "rival": Program(of.south)}
        ApiToken.objects.update(ends_at=bidding.AFTER)
    return of, people


def bid(of):
    """North bids with each of its assets, in both windows."""
    offers = [
        BallotOffer(str(number), frozenset([asset]), tuple(bidding.bid(each) for each in of.windows))
        for number, asset in enumerate(of.ids(*(f"N{place}" for place in range(1, BALLOTS + 1))))
    ]
    submit_ballots(by=of.north, competition=of.competition, offers=offers, now=bidding.BIDDING)


def opened(of, program):
    """How long each answer took and how many queries it made."""
    seconds, queries = {}, {}
    for each in operations.values():
        if each.writes:
            continue
        path = path_of(each, of)
        with CaptureQueriesContext(connection) as made:
            began = time.perf_counter()
            program.get(path)
            seconds[each.id] = time.perf_counter() - began
        queries[each.id] = len(made)
    return seconds, queries


def shortest(timed):
    """How long all answers take together, each by the shortest of its times."""
    return sum(min(each[one] for each in timed) for one in timed[0])


def alike(timed):
    usual, with_bids = shortest(timed[False]), shortest(timed[True])
    return with_bids < 1.3 * usual + 0.05 and usual < 1.3 * with_bids + 0.05


@pytest.mark.parametrize("who", ["buyer", "rival"])
def test_neither_time_nor_queries_tell_whether_somebody_else_has_bid(market, who):
    """Other tests take the processors away now and then: so where times differ, more of them are taken, and the shortest
    of each answer count."""
    of, people = market
    counted: list[dict[str, int]] = []
    timed: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    with clock.set_to(bidding.BIDDING), refusals_unlogged(), transaction.atomic():
        opened(of, people[who])  # what is remembered between requests is there from now on
        while len(timed[True]) < REPEATS or (not alike(timed) and len(timed[True]) < MOST_REPEATS):
            for has_bids in (False, True):
                with transaction.atomic():
                    if has_bids:
                        bid(of)
                        assert Ballot.objects.count() == BALLOTS
                    seconds, queries = opened(of, people[who])
                    transaction.set_rollback(True)
                timed[has_bids].append(seconds)
                counted.append(queries)
        transaction.set_rollback(True)
    assert len(counted[0]) > 50
    assert all(each == counted[0] for each in counted)
    assert alike(timed), (shortest(timed[False]), shortest(timed[True]))
