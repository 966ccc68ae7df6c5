"""Every page with a list, opened by its people: each order that a head offers, and the file where there is
one."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from marketplace.jobs.publishing import run_jobs_inline
from marketplace.web import lists, navigation
from marketplace.web.lists import List
from tests import walk
from tests.accounts import people as people_of_accounts
from tests.bidding import market as bidding
from tests.support.outcomes import another_confirmed

pytestmark = pytest.mark.django_db
MEMBERS = ("buyer", "bidder")
KINDS_NAMED = {"/audit/": 12}  # once for the names of each kind of thing; its page has 25 rows
SOME_NAMED = 2
LISTS_WITH_ROWS = 4  # the scene has several rows for at least so many


@pytest.fixture(scope="module")
def once(module_database):
    """The address of every page that shows a list, with the browser of a member who sees it and the lists'
    names."""
    of = bidding.market()
    people = walk.cast(of)
    with override_settings(CACHES=people_of_accounts.own_cache()), run_jobs_inline():
        samples = walk.samples(of)
        of_results = {"competition_id": another_confirmed(of).pk}
        samples |= {name: walk.Sample(None, of_results) for name in ("bidding:outcome", "bidding:result")}
        with bidding.at(bidding.AFTER):
            return list(_found(people, samples))


@pytest.fixture
def pages(once, settings):
    settings.CACHES = people_of_accounts.own_cache()
    with run_jobs_inline(), bidding.at(bidding.AFTER):
        yield once


def _found(people, samples):
    for who in MEMBERS:
        client = Client(raise_request_exception=False)
        client.force_login(people[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        for address in walk.addresses():
            if address.foreign is None and not _is_changing(address):
                url = reverse(
                    address.name, kwargs=samples[address.name].arguments if address.arguments else {}
                )
                context = client.get(url).context or {}
                for name in ("listing", "empty", "applications", "ballots"):
                    if name in context and isinstance(context[name], List):
                        yield client, url, name, context[name]


def _is_changing(address):
    return any(word in address.name for word in ("logout", "end", "read", "open_notification"))


def test_every_list_opens_in_each_order_that_its_heads_offer_with_the_same_rows(pages):
    seen = set()
    for client, url, name, listing in pages:
        seen.add(type(listing).__name__)
        for column in listing.columns:
            if column.orderable:
                for asked in (column.name, f"-{column.name}"):
                    answer = client.get(url, {listing.sort_name: asked})
                    assert answer.status_code == 200, (url, asked)
                    assert len(answer.context[name].records) == len(listing.records), (url, asked)
    assert seen == {
        each.__name__ for each in List.__subclasses__() if not each.__module__.startswith("tests.")
    }


def test_no_list_asks_the_database_more_for_many_rows_than_for_one(pages, monkeypatch):
    """For one row: the same page cut after its first row. What the navigation counts is kept for a while, so it is left
    out."""
    monkeypatch.setattr(navigation, "_counts", lambda *of: {})
    whole = lists.page_of
    compared = 0
    for client, url, _, listing in pages:
        if len(listing.records) > 1:
            with CaptureQueriesContext(connection) as many:
                client.get(url)
            with monkeypatch.context() as patched, CaptureQueriesContext(connection) as one:
                patched.setattr(lists, "page_of", lambda rows, number, *_: whole(rows, number, 1))
                client.get(url)
            most = len(one) + KINDS_NAMED.get(url, SOME_NAMED)
            assert len(many) <= most, (url, [each["sql"] for each in many.captured_queries])
            compared += 1
    assert compared >= LISTS_WITH_ROWS


def test_every_list_that_offers_a_file_hands_out_its_rows_under_their_titles(pages):
    files = {}
    for client, url, _, listing in pages:
        if listing.file_name:
            answer = client.get(url, {"download": "csv"})
            lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert len(lines) == 1 + listing.paginator.count
            files[type(listing).__name__] = lines[0]
    expected = {
        "QualifiedAssets": [
            "Competition", "Provider", "Asset", "Relevant capacity (MW or MVAr)", "Result", "Fails", "Entry",
        ],
        "EnteredCompetitions": [
            "Competition", "Phase", "Bidding closes", "Your capacity (MW or MVAr)", "Ballots", "Bids",
        ],
        "ClosedCompetitions": [
            "Competition", "Round", "Bidding closed", "Bidders", "Bids", "Undecided", "Accepted", "Rejected",
        ],
        "CompetitionsTold": [
            "Competition", "Result", "Confirmed", "Bids", "Accepted", "Accepted capacity (MW or MVAr)",
            "Expected revenue",
        ],
        "ToldBids": [
            "Service window", "Capacity (MW or MVAr)", "£/MWh", "Cost per MW or MVAr",
            "Dearest accepted, per MW or MVAr", "Place", "Expected cost", "Result",
        ],
        "ConfirmedCompetitions": [
            "Competition", "Result", "Confirmed", "Bidders", "Bids", "Accepted", "Required (MW or MVAr)",
            "Accepted capacity (MW or MVAr)", "Expected cost",
        ],
        "ResultBids": [
            "Bidder", "Service window", "Capacity (MW or MVAr)", "£/MWh", "Cost per MW or MVAr", "Place",
            "Expected cost", "Result",
        ],
        "Entries": [
            "Competition", "Operator", "Qualification closes", "Your eligible capacity (MW or MVAr)", "Assets", "Entry",
        ],
        "Assets": ["Asset", "Status", "Type", "Place", "Group", "Deficit MW", "Excess MW", "Eligible in live competitions"],
        "Files": ["File", "Name", "When", "Who", "State", "Result"],
        "ContractList": [
            "Competition", "Window", "First day", "Capacity (MW or MVAr)", "Expected cost", "Status",
        ],
    }  # fmt: skip
    assert {name: files.get(name) for name in expected} == expected
