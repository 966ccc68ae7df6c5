"""Until bidding closes nobody outside the company finds any trace of a bid; and the close is exact."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection, transaction
from django.urls import reverse

from bidding.domain.ballots.submitting import submit_ballot, withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import (
    ballots_of,
    bids_for_operator,
    bids_of_competition,
    competitions_to_decide,
    own_ballots,
    own_bids,
    receipts_of,
)
from bidding.models import Bid, GateClose
from competitions.domain.locks import lock_for_change
from marketplace import clock
from marketplace.audit.queries import entries_for_admins, entries_visible_to
from marketplace.audit.verification import verify
from marketplace.errors import Refused
from marketplace.jobs.actions import start_file, start_upload
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import jobs_visible_to
from tests.bidding.market import AFTER, BIDDING, CLOSE, at, bid, market
from tests.qualification import market as base
from tests.support.ballots import place
from tests.support.sealed_pages import page_bytes


@pytest.mark.django_db
def test_before_the_close_every_page_answers_the_same_bytes_with_bids_and_without(client):
    here = market()
    place(here)  # the freeze is made by the first bid or the beat, whoever comes first
    with at(BIDDING) as now:
        withdraw_ballot(by=here.north, competition=here.competition, label="1", now=now)
    outsiders = [here.buyer, here.south, base.member(base.operator())]
    before = [page_bytes(client, each, here.competition) for each in outsiders]
    place(here, label="secret", bids=[bid(here.windows[0], "1.234567", "98765.43")])
    after = [page_bytes(client, each, here.competition) for each in outsiders]
    for told, told_later in zip(before, after, strict=True):
        assert [status for status, _ in told] == [status for status, _ in told_later]
        for (_, was), (_, is_now) in zip(told, told_later, strict=True):
            assert b"98765" not in is_now
            assert b"secret" not in is_now
            assert was == is_now


@pytest.mark.django_db
def test_before_the_close_no_query_gives_anything_to_anyone_else():
    here = market()
    place(here)
    with at(CLOSE - base.SECOND) as now:
        for other in (here.buyer, here.south, base.member(base.operator())):
            assert list(bids_for_operator(other, now)) == []
            assert list(competitions_to_decide(other, now)) == []
            assert list(ballots_of(other, here.competition)) == []
            assert list(own_ballots(other)) == []
            assert list(own_bids(other)) == []
            assert list(receipts_of(other, here.competition)) == []
            assert "ballot" not in " ".join(each.action for each in entries_visible_to(other))
        assert list(bids_of_competition(here.competition)) == []
        assert not entries_for_admins().filter(action__startswith="ballot").exists()
    with at(CLOSE) as now:
        ensure_closed(here.competition, now)
    assert entries_for_admins().filter(action="ballot submitted").count() == 1


@pytest.mark.django_db
def test_a_bids_file_and_its_job_are_seen_by_its_company_only(client):
    here = market()
    with at(BIDDING) as now, run_jobs_inline():
        upload = start_upload(
            by=here.north, kind="bidding.bids", filename="bids.xlsx", data=b"PK", params={}, now=now
        )
        made = start_file(by=here.north, kind="bidding.bids", params={}, now=now)
    for other in (here.south, here.buyer):
        assert list(jobs_visible_to(other)) == []
        client.force_login(other.user)
        for job in (upload, made):
            assert client.get(reverse("jobs:job", args=[job.pk])).status_code == 404
    assert set(jobs_visible_to(here.north)) == {upload, made}


# The close, with connections that race.


class Racer(threading.Thread):
    """A bid on a connection of its own, by the set clock; ``outcome`` is “in” or the refusal's sentence."""

    def __init__(self, here, member, instant=None):
        super().__init__()
        self.here, self.member, self.instant, self.outcome = here, member, instant, ""

    def run(self):
        try:
            if self.instant is None:
                self.outcome = self.bid()
            else:
                with clock.set_to(self.instant):
                    self.outcome = self.bid()
        finally:
            connection.close()

    def bid(self) -> str:
        try:
            submit_ballot(
                by=self.member,
                competition=self.here.competition,
                label="1",
                asset_ids=None,
                bids=[bid(self.here.windows[0])],
                now=clock.now(),
            )
        except Refused as refusal:
            return refusal.sentence
        return "in"


def waiting_on_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return cursor.fetchone()[0]


def until(condition) -> None:
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError("It did not come to that within ten seconds.")


@pytest.mark.django_db(transaction=True)
def test_a_bid_that_waits_for_the_lock_past_the_close_is_refused():
    """By the database's clock: asked before the close, but the lock comes after it."""
    now = clock.now()
    here = market(
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(seconds=3),
        first_day=(now + timedelta(days=30)).date(),
    )
    in_time = Racer(here, here.south)
    in_time.start()
    in_time.join()
    assert in_time.outcome == "in"
    late = Racer(here, here.north)
    with transaction.atomic():
        lock_for_change(here.competition.pk)
        late.start()
        until(waiting_on_a_lock)
        assert clock.now() < here.competition.bidding_close
        until(lambda: clock.now() > here.competition.bidding_close)
    late.join()
    assert "has closed" in late.outcome
    assert ensure_closed(here.competition, clock.now()).bid_count == 1
    close_old_connections()


@pytest.mark.django_db(transaction=True)
def test_the_gate_waits_for_a_bid_in_flight_and_counts_it():
    here = market()
    with clock.set_to(BIDDING):
        place(here, by=here.south)
    closing = threading.Thread(target=close_gate, args=(here.competition,))
    with transaction.atomic():
        place(here, at_=CLOSE - base.SECOND)
        closing.start()
        until(waiting_on_a_lock)
        assert not GateClose.objects.exists()
    closing.join()
    assert GateClose.objects.get().bid_count == 2
    late = Racer(here, here.north, AFTER)
    late.start()
    late.join()
    assert "has closed" in late.outcome
    assert Bid.objects.count() == 2


def close_gate(competition) -> None:
    try:
        with clock.set_to(AFTER):
            ensure_closed(competition, AFTER)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_bidders_do_not_wait_for_each_other():
    here = market()
    place(here, label="first")
    with transaction.atomic():
        place(here, by=here.south)
        other = Racer(here, here.north, BIDDING)
        other.start()
        other.join(timeout=10)
        assert not other.is_alive()
    assert "none of your qualified assets is left" in other.outcome.lower()


@pytest.mark.django_db(transaction=True)
def test_many_bidders_at_once_are_all_in_and_one_companys_racing_ballots_share_no_asset():
    here = market()
    racers = [Racer(here, member, BIDDING) for member in (here.north, here.south) * 3]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert {racer.outcome for racer in racers} == {"in"}
    assert Bid.objects.count() == 2
    assert list(verify()) == []
