"""The admin pages: everything can be found, little can be changed, what is changed leaves a trace, no bid
shows."""

import re
from copy import deepcopy
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Invitation, User
from bidding.domain.ballots.submitting import withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Bid
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import acted_by
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.actions import start_file
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from marketplace.web.support import LookOnly
from tests import walk
from tests.accounts import people
from tests.bidding import market as bidding
from tests.contracts.scene import confirmed
from tests.support.ballots import place
from tests.support.log import actor_of, as_read

pytestmark = pytest.mark.django_db
OURS = sorted(
    admin.site._registry,
    key=lambda model: model._meta.label,
)
MOVING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|"[^"]*csrf[^"]*"')
NAMES = [model._meta.label for model in OURS]


@pytest.fixture
def support():
    client = Client()
    user = User.objects.create_superuser("support@platform.example", "a long password", name="Support")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture(scope="module")
def once(module_database):
    of = bidding.market()
    cast = walk.cast(of)
    with run_jobs_inline():
        walk.samples(of)
    return of, cast


@pytest.fixture
def scene(once, settings):
    settings.CACHES = people.own_cache()
    with run_jobs_inline():
        yield deepcopy(once)


def url(model, page, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", OURS, ids=NAMES)
def test_every_list_every_search_and_every_row_opens(support, scene, model):
    shown = support.get(url(model, "changelist"))
    assert shown.status_code == 200
    assert support.get(url(model, "changelist"), {"q": "north"}).status_code == 200
    rows = list(shown.context["cl"].result_list)[:1]
    for row in rows:
        assert support.get(url(model, "change", row.pk)).status_code == 200


def test_addresses_factors_and_sessions_are_their_owners_to_change():
    assert isinstance(admin.site._registry[EmailAddress], LookOnly)
    assert not {Authenticator, UserSession} & set(admin.site._registry)


def test_a_support_person_finds_all_that_is_asked_for():
    assert {
        "accounts.Organisation",
        "accounts.Member",
        "accounts.Invitation",
        "accounts.User",
        "audit.AuditEntry",
        "competitions.Area",
        "competitions.Competition",
        "competitions.PurchasingSystem",
        "contracts.Contract",
        "jobs.Job",
        "notifications.Notification",
        "qualification.Asset",
        "qualification.DpsApplication",
    } <= set(NAMES)


ADDED_BY_AN_ACTION = {"qualification.Reopening"}


@pytest.mark.parametrize("model", OURS, ids=NAMES)
def test_nothing_that_took_part_is_deleted_and_what_is_only_looked_at_is_not_changed(support, scene, model):
    before = model._default_manager.count()
    row = model._default_manager.first()
    if row is not None:
        assert support.post(url(model, "delete", row.pk), {"post": "yes"}).status_code in (403, 302)
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        support.post(url(model, "changelist"), chosen)
    if isinstance(admin.site._registry[model], LookOnly):
        expected = 200 if model._meta.label in ADDED_BY_AN_ACTION else 403
        assert support.post(url(model, "add"), {}).status_code == expected
        if row is not None:
            assert support.post(url(model, "change", row.pk), {}).status_code in (403, 302)
    assert model._default_manager.count() == before


@pytest.mark.parametrize("model", OURS, ids=NAMES)
def test_lists_take_as_many_queries_for_all_rows_as_for_few(support, scene, model):
    support.get(url(model, "changelist"))
    counts = []
    site = admin.site._registry[model]
    usual = site.list_per_page
    for size in (1, usual):
        site.list_per_page = size
        with CaptureQueriesContext(connection) as queries:
            support.get(url(model, "changelist"))
        counts.append(len(queries))
    site.list_per_page = usual
    assert counts[1] <= counts[0] + 1


def everything_shown(support) -> dict[str, bytes]:
    pages = {model._meta.label: url(model, "changelist") for model in OURS} | {
        "index": reverse("admin:index")
    }
    with bidding.at(bidding.BIDDING + timedelta(minutes=5)):
        return {name: MOVING.sub(b"", support.get(page).content) for name, page in pages.items()}


def test_before_the_close_every_page_is_the_same_whether_somebody_has_bid_or_not(support, scene):
    of, _ = scene
    with bidding.at(bidding.BIDDING) as now:
        withdraw_ballot(by=of.north, competition=of.competition, label="1", now=now)
    before = everything_shown(support)
    place(of, label="secret", bids=[bidding.bid(of.windows[0], "1.234567", "98765.43")])
    with bidding.at(bidding.BIDDING) as now:
        start_file(by=of.north, kind="bidding.bids", params={}, now=now)
    after = everything_shown(support)
    assert {name for name in before if before[name] != after[name]} == set()
    bid = Bid.objects.get(ballot__label="secret")
    assert support.get(url(Bid, "change", bid.pk)).status_code == 302
    with bidding.at(bidding.AFTER) as now:
        ensure_closed(of.competition, now)
    assert b"1.234567" in support.get(url(Bid, "change", bid.pk)).content
    assert bid.nonce.encode() not in support.get(url(Bid, "change", bid.pk)).content


def act(support, model, action, *rows):
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return support.post(url(model, "changelist"), chosen, follow=True).content.decode()


def test_a_failed_job_is_run_again_and_one_that_is_done_is_not(support):
    member = people.provider()
    with run_jobs_inline():
        failed, done = (
            start_file(by=member, kind="audit.entries", params={}, now=clock.now()) for _ in range(2)
        )
        Job.objects.filter(pk=failed.pk).update(
            state=State.FAILED, finished_at=clock.now(), sealed_under=None, error="!"
        )
        Job.objects.filter(pk=done.pk).update(state=State.DONE, finished_at=clock.now(), sealed_under=None)
        told = act(support, Job, "have_run_again", failed, done)
        assert "is queued again" in told
        assert "Only a job that failed" in told
        failed.refresh_from_db()
        assert (failed.state, failed.error, failed.finished_at) == (State.QUEUED, "", None)
        assert run_now(failed.pk).state == State.DONE
    entry = AuditEntry.objects.get(action="job run again by support")
    assert (entry.organisation_id, actor_of(entry)) == (member.organisation_id, "support@platform.example")
    assert Job.objects.get(pk=done.pk).state == State.DONE


def test_an_invitation_is_sent_again_and_withdrawn_by_support(support):
    deliver_due()
    mail.outbox.clear()
    invitation = people.invited(people.operator())
    before = invitation.sent_at
    assert "new link" in act(support, Invitation, "send_again", invitation)
    invitation.refresh_from_db()
    assert invitation.sent_at > before
    deliver_due()
    assert [message.to for message in mail.outbox] == [[invitation.email]]
    assert "is withdrawn" in act(support, Invitation, "withdraw", invitation)
    assert "no longer open" in act(support, Invitation, "withdraw", invitation)
    told = AuditEntry.objects.filter(
        acted_by("support@platform.example"), organisation_id=invitation.organisation_id
    )
    assert {each.action for each in told} == {"invitation sent again", "invitation withdrawn"}


def test_what_an_admin_changes_of_a_person_stands_in_the_log_of_their_organisation(support):
    member = people.provider()
    page = url(User, "change", member.user_id)
    support.post(page, {"name": "Another Name", "is_active": "on"})
    entry = AuditEntry.objects.get(organisation_id=member.organisation_id, subject_type="accounts.user")
    assert as_read(entry).changes["name"][1] == "Another Name"
    support.post(page, {"name": "Another Name", "is_active": "on", "is_staff": "on"})
    assert "is_staff" in AuditEntry.objects.get(organisation_id=None, subject_type="accounts.user").changes


def test_contracts_are_found_by_their_parties(support):
    with run_jobs_inline():
        made = confirmed()
    shown = support.get("/admin/contracts/contract/", {"q": made.north.organisation.code}).content.decode()
    assert made.north.organisation.name in shown
    assert made.south.organisation.name not in shown


def test_nobody_but_admins_opens_an_admin_page(scene):
    _, cast = scene
    for who in ("buyer", "bidder", "nobody"):
        client = Client()
        if cast[who] is not None:
            client.force_login(cast[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        for model in OURS:
            assert client.get(url(model, "changelist")).status_code in (302, 403, 404)
