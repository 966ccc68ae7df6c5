"""A page waits a second or two at most, says so, and one organisation's waiting leaves the others their
pages."""

import errno
import os
import threading
import time
from contextlib import contextmanager

import psycopg2
import pytest
import redis
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from redis.exceptions import ResponseError

from bidding.models import Bid, Receipt
from competitions.models import ServiceWindow
from marketplace.errors import StorageAway
from marketplace.web import busy, errors
from tests.bench import gate_close
from tests.bench.served import Browser, served

SECONDS_FOR_OTHERS = 1.0


def a_request(method="get", **headers):
    return getattr(RequestFactory(), method)("/somewhere/", headers=headers)


def gave_up(cause):
    """The error that a view raises when the database ends its statement so."""
    try:
        raise OperationalError("canceling statement") from cause
    except OperationalError as error:
        return error


LOCK = psycopg2.errors.LockNotAvailable("canceling statement due to lock timeout")
SLOW = psycopg2.errors.QueryCanceled("canceling statement due to statement timeout")
DEADLOCK = psycopg2.errors.DeadlockDetected("deadlock detected")


@pytest.mark.parametrize(
    ("cause", "reason"), [(LOCK, busy.LOCKED), (DEADLOCK, busy.LOCKED), (SLOW, busy.TOO_SLOW)]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_that_the_database_gives_up_says_why_and_that_it_may_be_repeated(cause, reason, method):
    response = busy.Waiting(lambda request: HttpResponse()).process_exception(
        a_request(method), gave_up(cause)
    )
    text = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "3")
    assert reason in text
    assert ("Nothing was recorded" in text) == (method == "post")
    assert "<html" in text
    part = busy.Waiting(lambda request: HttpResponse()).process_exception(
        a_request(method, **{"HX-Request": "true"}), gave_up(cause)
    )
    assert (part.status_code, "<html" in part.content.decode(), reason in part.content.decode()) == (
        503,
        False,
        True,
    )


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_takes_no_more_of_an_upload_is_told_and_other_errors_of_disks_are_ours(number):
    try:
        raise OSError(number, "in the middle of a file")
    except OSError:
        response = errors.server_error(a_request("post"))
    is_full = number != errno.EIO
    assert response.status_code == (503 if is_full else 500)
    assert (busy.FULL in response.content.decode()) is is_full


@pytest.mark.parametrize(
    "error", [ResponseError("MISCONF Errors writing to the AOF file"), redis.ConnectionError()]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_while_valkey_can_not_be_used_a_page_says_so(error, method):
    try:
        raise error
    except redis.RedisError:
        response = errors.server_error(a_request(method))
    text = response.content.decode()
    assert (response.status_code, busy.UNCACHED in text) == (503, True)
    assert (busy.LOOK_FIRST in text) == (method == "post")


def test_while_the_store_of_files_can_not_be_reached_a_page_says_so_and_the_log_why():
    try:
        raise StorageAway from ConnectionError("refused")
    except StorageAway as error:
        response = busy.Waiting(lambda request: HttpResponse()).process_exception(a_request(), error)
    assert (response.status_code, busy.FILES_AWAY in response.content.decode()) == (503, True)


UNREACHED = psycopg2.OperationalError('connection to server on socket "/x" failed: No such file or directory')
RESTARTED = psycopg2.errors.AdminShutdown("terminating connection due to administrator command")
CUT = psycopg2.OperationalError("server closed the connection unexpectedly")
CLOSED = psycopg2.InterfaceError("connection already closed")
COPYING = psycopg2.DatabaseError("lost synchronization with server")


@pytest.mark.parametrize("cause", [UNREACHED, RESTARTED, CUT, CLOSED, COPYING])
@pytest.mark.parametrize("method", ["get", "post"])
def test_while_the_database_is_restarted_a_page_says_so_and_what_became_of_the_form(cause, method):
    response = busy.Waiting(lambda request: HttpResponse()).process_exception(
        a_request(method), gave_up(cause)
    )
    text = response.content.decode()
    is_known = cause in (UNREACHED, RESTARTED)
    assert (response.status_code, response["Retry-After"]) == (503, "3")
    assert (busy.AWAY if is_known else busy.CUT_OFF) in text
    assert ("Nothing was recorded" in text) == (method == "post" and is_known)
    assert (busy.LOOK_FIRST in text) == (method == "post" and not is_known)
    try:
        raise gave_up(cause)
    except OperationalError:
        assert errors.server_error(a_request(method)).content.decode() == text


def test_other_errors_stay_what_they_are():
    waiting = busy.Waiting(lambda request: HttpResponse())
    for error in (
        ValueError("x"),
        OperationalError("server closed the connection"),
        gave_up(psycopg2.DataError()),
    ):
        assert waiting.process_exception(a_request(), error) is None
        try:
            raise error
        except Exception:
            assert errors.server_error(a_request()).status_code == 500


def test_where_a_middleware_gives_up_the_page_of_errors_says_the_same():
    try:
        raise gave_up(LOCK)
    except OperationalError:
        response = errors.server_error(a_request())
    assert (response.status_code, busy.LOCKED in response.content.decode()) == (503, True)


def test_one_organisation_has_a_part_of_the_threads_and_a_smaller_one_while_it_waits(monkeypatch):
    moment = [0.0]
    monkeypatch.setattr(busy.time, "monotonic", lambda: moment[0])
    shares = busy.Shares(threads=8)

    @contextmanager
    def at_work(count, whose="a"):
        held = [shares.share(whose) for _ in range(count)]
        yield [each.__enter__() for each in held]
        for each in held:
            each.__exit__(None, None, None)

    with at_work(7) as free:
        assert free == [True] * 6 + [False]
        with at_work(1, "b") as other:
            assert other == [True]
    with at_work(4):
        moment[0] += busy.SLOW_SECONDS + 0.1
        with at_work(1) as free, at_work(1, "b") as other:
            assert (free, other) == ([False], [True])
    assert not shares.counted()


def test_a_request_counts_for_the_visitors_and_for_its_address_or_not_at_all():
    shares = busy.Shares(threads=8)
    with shares.share("visitors", "address 192.0.2.1"):
        assert shares.counted() == {"visitors": 1, "address 192.0.2.1": 1}
    assert not shares.counted()
    full = busy.Shares(threads=2)
    with full.share("visitors"), full.share("visitors", "address 192.0.2.2") as free:
        assert not free
        assert full.counted() == {"visitors": 1}


@pytest.fixture
def site(monkeypatch, transactional_db):
    """A web server as in production, and two companies that may bid."""
    monkeypatch.setattr(gate_close, "PROVIDERS", 2)
    competition, members = gate_close._market()
    place = connection.settings_dict
    address = f"postgresql://{place['USER']}@/{place['NAME']}?host={place['HOST']}"
    monkeypatch.setitem(os.environ, "DATABASE_URL", address)
    windows = list(ServiceWindow.objects.filter(competition=competition).order_by("position"))
    with served(workers=2) as port:
        yield competition, members, windows, port


@contextmanager
def a_worker_stopped_amid_an_apply_of(organisation_id):
    """A session that holds the organisation's chain, as the end of an apply does, and does not go on."""
    place = connection.get_connection_params()
    other = psycopg2.connect(
        **{key: place[key] for key in ("dbname", "user", "host", "port") if place.get(key)}
    )
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM audit_chainhead WHERE organisation_id = %s FOR UPDATE", [str(organisation_id)]
        )
        assert cursor.fetchone()
    try:
        yield
    finally:
        other.close()


def timed(ask):
    began = time.monotonic()
    status = ask()
    return status, time.monotonic() - began


@pytest.mark.slow
def test_a_company_that_waits_for_itself_leaves_the_others_their_pages_and_loses_no_bid(site):
    competition, (stuck, other), windows, port = site
    bidders = [gate_close.Bidder(Browser(port, stuck.user_id), competition, windows) for _ in range(9)]
    for bidder in bidders:
        bidder.open_form()
    assert bidders[0].browser.post(bidders[0].path, bidders[0].ballot(1))[1] == bidders[0].receipts
    before = Receipt.objects.count()
    elsewhere = gate_close.Bidder(Browser(port, other.user_id), competition, windows)
    elsewhere.open_form()
    answers = []

    def bid(number):
        sent = bidders[number]
        answers.append(timed(lambda: sent.browser.post(sent.path, sent.ballot(number + 2))[0]))

    with a_worker_stopped_amid_an_apply_of(stuck.organisation_id):
        crowd = [threading.Thread(target=bid, args=[number]) for number in range(9)]
        for each in crowd:
            each.start()
        time.sleep(0.3)
        theirs = [timed(lambda: elsewhere.browser.get(elsewhere.form)[0]) for _ in range(5)]
        theirs += [timed(lambda: elsewhere.browser.get("/healthz")[0]) for _ in range(5)]
        theirs.append(timed(lambda: elsewhere.browser.post(elsewhere.path, elsewhere.ballot(1))[1] and 200))
        for each in crowd:
            each.join()
        assert {status for status, _ in theirs} == {200}
        assert max(seconds for _, seconds in theirs) < SECONDS_FOR_OTHERS
        assert {status for status, _ in answers} == {503}
        assert max(seconds for _, seconds in answers) < 8  # two locks, one after the other, on a busy machine
        assert Receipt.objects.filter(provider=stuck.organisation_id).count() == before
    again = bidders[3]
    assert again.browser.post(again.path, again.ballot(7))[1] == again.receipts
    standing = Bid.objects.filter(ballot__provider=stuck.organisation_id)
    assert {bid.utilisation_price for bid in standing} == {7}
    assert reverse("bidding:receipts", args=[competition.pk]) == again.receipts
