"""Reopening a missed entry: by whom, when, and that it gives leave to enter and nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.domain.registration import PlatformAdmin
from accounts.enums import Role
from accounts.models import User
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from qualification.domain.entries import entering
from qualification.domain.entries.reopening import reopen_entry
from qualification.domain.verdicts import engine
from qualification.models import Entry, Reopening
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, CLOSE, DURING, SECOND

pytestmark = pytest.mark.django_db
BETWEEN = CLOSE + timedelta(hours=1)


@pytest.fixture(autouse=True)
def between():
    with run_jobs_inline(), clock.set_to(BETWEEN):
        yield


@pytest.fixture
def so():
    return market.member(market.operator())


@pytest.fixture
def fsp():
    return market.member(market.provider())


@pytest.fixture
def competition(so, fsp):
    made = market.competition(so.organisation)
    market.asset(fsp.organisation)
    engine.qualify(now=DURING)
    return made


def reopen(by, competition, fsp, reason="Their upload failed."):
    return reopen_entry(
        by=by, competition=competition, provider=fsp.organisation, reason=reason, now=clock.now()
    )


def test_a_reopened_entry_is_entered_withdrawn_and_entered_until_just_before_bidding_opens(
    so, fsp, competition
):
    with pytest.raises(Refused, match="has closed"):
        entering.enter(by=fsp, competition=competition, now=BETWEEN)
    reopen(so, competition, fsp)
    assert not Entry.objects.exists()
    entering.enter(by=fsp, competition=competition, now=BETWEEN)
    entering.withdraw(by=fsp, competition=competition, now=BETWEEN)
    with clock.set_to(BIDDING_OPEN - SECOND):
        assert entering.enter(by=fsp, competition=competition, now=BETWEEN).state == "entered"
    with clock.set_to(BIDDING_OPEN), pytest.raises(Refused):
        entering.withdraw(by=fsp, competition=competition, now=BETWEEN)
    assert Entry.objects.get().state == "entered"


def test_it_opens_nobody_elses_entry(so, fsp, competition):
    other = market.member(market.provider())
    market.asset(other.organisation)
    engine.qualify(now=DURING)
    reopen(so, competition, fsp)
    with pytest.raises(Refused, match="has closed"):
        entering.enter(by=other, competition=competition, now=BETWEEN)
    assert not Entry.objects.exists()


def test_the_provider_is_told_and_the_operators_log_keeps_the_reason(so, fsp, competition):
    reopen(so, competition, fsp)
    told = Notification.objects.get(kind="entry_reopened")
    assert told.user == fsp.user
    assert "The reason given: Their upload failed." in told.lines
    entry = entries_visible_to(so).get(action="entry reopened")
    assert entry.changes == {
        "provider": [None, fsp.organisation.name],
        "reason": [None, "Their upload failed."],
    }


@pytest.mark.parametrize(
    ("at", "may"),
    [(CLOSE - SECOND, False), (CLOSE, True), (BIDDING_OPEN - SECOND, True), (BIDDING_OPEN, False)],
)
def test_entries_are_reopened_between_the_close_and_the_opening_of_bidding(so, fsp, competition, at, may):
    with clock.set_to(at):
        if may:
            reopen(so, competition, fsp)
        else:
            with pytest.raises(Refused):
                reopen(so, competition, fsp)
    assert Reopening.objects.exists() == may


def test_a_platform_admin_may_reopen_and_others_may_not(so, fsp, competition):
    others = (
        fsp,
        market.member(market.operator()),
        market.member(so.organisation, (Role.ACCOUNT, Role.BIDS, Role.CONTRACTS)),
    )
    for other in others:
        with pytest.raises(NotAllowed):
            reopen(other, competition, fsp)
    assert not Reopening.objects.exists()
    admin = PlatformAdmin(User.objects.create_user("admin@example.org", "a long password", is_staff=True))
    assert reopen(admin, competition, fsp).reopened_by_email == "admin@example.org"


def test_it_needs_a_reason_and_is_given_once(so, fsp, competition):
    with pytest.raises(Refused, match="needs a reason"):
        reopen(so, competition, fsp, " ")
    reopen(so, competition, fsp)
    with pytest.raises(Refused, match="reopened already"):
        reopen(so, competition, fsp)
    assert Reopening.objects.count() == 1


def test_who_has_entered_needs_no_reopening(so, fsp, competition):
    with clock.set_to(DURING):
        entering.enter(by=fsp, competition=competition, now=DURING)
    with pytest.raises(Refused, match="has entered"):
        reopen(so, competition, fsp)


def test_an_admin_reopens_in_the_admin_and_reads_what_the_rules_refuse(client, so, fsp, competition):
    client.force_login(User.objects.create_superuser("admin@example.org", "a long password"))
    add = reverse("admin:qualification_reopening_add")
    sent = {"competition": competition.pk, "provider": fsp.organisation_id, "reason": "Our outage."}
    assert client.get(add).status_code == 200
    client.post(add, sent)
    given = Reopening.objects.get()
    assert (given.provider, given.reason, given.reopened_by_email) == (
        fsp.organisation,
        "Our outage.",
        "admin@example.org",
    )
    assert "reopened already" in client.post(add, sent).content.decode()
    assert Reopening.objects.count() == 1
    assert client.get(reverse("admin:qualification_reopening_change", args=[given.pk])).status_code == 200
