"""An admin sees what a member sees, changes nothing, learns nothing sealed, and leaves a trace."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.domain.registration import PlatformAdmin
from accounts.domain.viewing import Viewing, start_viewing, stop_viewing
from accounts.models import User
from bidding.domain.ballots.submitting import withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.actions import start_file
from marketplace.jobs.publishing import run_jobs_inline
from tests import walk
from tests.accounts import people
from tests.accounts.people import operator, provider, teammate
from tests.bidding import market as bidding
from tests.support.addresses import OURS, url_of
from tests.support.ballots import place
from tests.support.log import actor_of
from tests.support.walking import rendered

pytestmark = pytest.mark.django_db
REASON = "Ticket 17: the page of bids looks empty."
MOVING = re.compile(
    rb'data-server-now="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"'
)


def admin_client() -> Client:
    client = Client()
    admin = User.objects.create_superuser("support@platform.example", "a long password")
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def view_as(client, member, reason=REASON):
    return client.post(reverse("accounts:view_as", args=[member.pk]), {"reason": reason})


def test_an_admin_sees_a_members_pages_under_a_banner_until_they_stop():
    client, member = admin_client(), provider()
    assert client.get(reverse("qualification:assets")).status_code == 404
    view_as(client, member)
    page = client.get(reverse("qualification:assets"))
    assert page.status_code == 200
    assert "You see the marketplace as" in page.content.decode()
    client.post(reverse("accounts:stop_viewing"))
    assert client.get(reverse("qualification:assets")).status_code == 404


def test_it_ends_by_itself_after_half_an_hour():
    client, member = admin_client(), provider()
    with bidding.at(bidding.BIDDING):
        view_as(client, member)
    for passed, status in ((timedelta(minutes=29, seconds=59), 200), (timedelta(minutes=30), 404)):
        with bidding.at(bidding.BIDDING + passed):
            assert client.get(reverse("qualification:assets")).status_code == status


def test_both_the_platform_and_the_organisation_can_read_that_it_happened_and_why():
    client, member = admin_client(), provider()
    view_as(client, member)
    client.post(reverse("accounts:stop_viewing"))
    for chain in (None, member.organisation_id):
        told = AuditEntry.objects.filter(organisation_id=chain, action__startswith="viewing").order_by(
            "sequence"
        )
        assert [each.action for each in told] == ["viewing as a member began", "viewing as a member ended"]
        assert told[0].changes == {"reason": [None, REASON]}
        assert actor_of(told[0]) == "support@platform.example"


def test_without_a_reason_nothing_begins():
    client, member = admin_client(), provider()
    assert "This field is required" in view_as(client, member, reason="").content.decode()
    assert client.get(reverse("qualification:assets")).status_code == 404
    by = PlatformAdmin(User.objects.get(is_staff=True))
    with pytest.raises(Refused, match="Say why"):
        start_viewing(by=by, member=member, reason="  ", now=bidding.BIDDING)
    assert not AuditEntry.objects.filter(action__startswith="viewing").exists()


def test_only_admins_view_as_others():
    member, other = provider(), provider("SOUTH")
    client = people.signed_in(member)
    assert client.get(reverse("accounts:view_as", args=[other.pk])).status_code == 404
    assert view_as(client, other).status_code == 404
    with pytest.raises(NotAllowed):
        start_viewing(by=PlatformAdmin(member.user), member=other, reason=REASON, now=bidding.BIDDING)
    session = client.session
    session["viewing_as"] = {"user": other.user_id, "until": "2999-01-01T00:00:00+00:00"}
    session.save()
    assert other.organisation.name not in client.get("/").content.decode()


def test_a_session_keeps_whom_is_looked_through_and_anything_else_in_it_is_nobody():
    seen = Viewing(7, bidding.BIDDING)
    assert Viewing.from_session(seen.to_session()) == seen
    for other in (
        None,
        "7",
        {},
        {"user": "x", "until": seen.until.isoformat()},
        {"user": 7, "until": "soon"},
    ):
        assert Viewing.from_session(other) is None


def test_nobody_deactivated_is_looked_through_from_the_start():
    admin_client()
    mate = teammate(operator(), "procurement")
    mate.is_active = False
    mate.save()
    by = PlatformAdmin(User.objects.get(is_staff=True))
    with pytest.raises(Refused, match="deactivated"):
        start_viewing(by=by, member=mate, reason=REASON, now=bidding.BIDDING)
    stop_viewing(by=by, viewing=Viewing(mate.user_id, bidding.BIDDING), now=bidding.BIDDING)
    assert not AuditEntry.objects.filter(action__startswith="viewing").exists()


def test_somebody_deactivated_meanwhile_is_no_longer_seen():
    client, member = admin_client(), operator()
    mate = teammate(member, "procurement")
    view_as(client, mate)
    mate.is_active = False
    mate.save()
    assert client.get(reverse("competitions:areas")).status_code == 404


@pytest.fixture
def scene(settings):
    settings.CACHES = people.own_cache()
    of = bidding.market()
    people_ = walk.cast(of)
    with run_jobs_inline():
        yield of, people_, walk.samples(of)


def test_nothing_can_be_sent_while_viewing_to_any_address(scene):
    of, cast, samples = scene
    client = Client()
    client.force_login(cast["admin"], backend="allauth.account.auth_backends.AuthenticationBackend")
    with bidding.at(bidding.BIDDING):
        view_as(client, of.north)
        entries = AuditEntry.objects.count()
        with rendered(is_read=False):
            passed = [
                address.name
                for address in OURS
                if address.name != "accounts:stop_viewing"
                and client.post(url_of(address, samples)).status_code not in (403, 404, 405)
            ]
    assert passed == []
    assert AuditEntry.objects.count() == entries


def test_what_an_admin_sees_through_a_bidder_is_the_same_whether_it_has_bid_or_not(scene):
    of, cast, samples = scene
    with bidding.at(bidding.BIDDING) as now:
        withdraw_ballot(by=of.north, competition=of.competition, label="1", now=now)
    before = everything_seen(of, cast["admin"], samples)
    place(of, label="secret", bids=[bidding.bid(of.windows[0], "1.234567", "98765.43")])
    with bidding.at(bidding.BIDDING) as now:
        start_file(by=of.north, kind="bidding.bids", params={}, now=now)
    after = everything_seen(of, cast["admin"], samples)
    assert {name for name in before if before[name] != after[name]} == set()
    assert not any(b"98765" in content for _, content in after.values())


def everything_seen(of, admin, samples) -> dict[str, tuple[int, bytes]]:
    client = Client()
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    seen = {}
    with bidding.at(bidding.BIDDING + timedelta(minutes=5)), rendered(is_read=True):
        view_as(client, of.north)
        for address in OURS:
            # the log tells of each viewing itself, and the set-up page of a factor shows a new secret each time
            if address.name not in ("audit:entries",):
                answer = client.get(url_of(address, samples))
                seen[address.name] = (answer.status_code, MOVING.sub(b"", answer.content))
        log = client.get(reverse("audit:entries")).content
        assert b"Ballot" not in log
        assert b">Place<" not in log
        seen["audit:entries"] = (200, b"")
    return seen


def test_after_the_close_an_admin_may_see_the_bids_they_are_asked_about(scene):
    of, cast, _ = scene
    client = Client()
    client.force_login(cast["admin"], backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("bidding:competition", args=[of.competition.pk])
    with bidding.at(bidding.AFTER) as now:
        view_as(client, of.north)
        assert b"No ballots yet" in client.get(url).content
        ensure_closed(of.competition, now)
        shown = client.get(url).content
        assert b"No ballots yet" not in shown
        assert b"Submitted" in shown
    assert list(verify()) == []
