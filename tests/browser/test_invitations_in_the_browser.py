"""Invitations as those who get them meet them: used once, never twice, never late, never after they were
withdrawn."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.domain.registration import invitation_token
from accounts.models import Invitation, Member
from marketplace import clock
from tests.accounts import people
from tests.browser.looks import looked_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
GUEST = "new@colleague.example"


@pytest.fixture(autouse=True)
def playable(transactional_db, settings):
    settings.CACHES = people.own_cache()


@pytest.fixture
def head():
    return people.operator()


def invites(page) -> str:
    """An Account holder invites on the page; the link of the mail."""
    page.goto(reverse("accounts:team"))
    page.get_by_label("Email").fill(GUEST)
    page.get_by_role("button", name="Send the invitation", exact=True).click()
    expect(page.get_by_text(f"{GUEST} is invited.")).to_be_visible()
    return people.link_in_mail(GUEST)


def test_an_invitation_is_used_once_and_its_link_says_so_afterwards(open_as, head):
    link = invites(open_as(head, 1440))
    guest = open_as(None)
    guest.goto(link)
    looked_at(guest, "invitation")
    guest.get_by_label("Your name").fill("New Colleague")
    guest.get_by_label("Choose a password").fill(people.PASSWORD)
    guest.get_by_label("I accept the user terms").check()
    guest.get_by_role("button").last.click()
    expect(guest.get_by_text(f"Welcome to {head.organisation}")).to_be_visible()
    another = open_as(None, 1440)
    another.goto(link)
    expect(another.get_by_text("This invitation was used already.")).to_be_visible()
    assert Member.objects.get(user__email=GUEST).roles == ["procurement"]


def test_an_expired_invitation_says_so_and_makes_nobody_a_member(open_as, head):
    link = invites(open_as(head, 1440))
    Invitation.objects.update(sent_at=clock.now() - timedelta(days=7))
    sent_again = reverse("accounts:invitation", args=[invitation_token(Invitation.objects.get())])
    guest = open_as(None, 1440)
    guest.goto(sent_again)
    expect(guest.get_by_text("This invitation has expired.")).to_be_visible()
    guest.goto(link)
    expect(guest.get_by_text("This invitation was sent again")).to_be_visible()
    assert not Member.objects.filter(user__email=GUEST).exists()


def test_a_withdrawn_invitation_says_so_and_makes_nobody_a_member(open_as, head):
    desk = open_as(head, 1440)
    link = invites(desk)
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.get_by_role("button", name=f"Withdraw the invitation to {GUEST}").click()
    expect(desk.get_by_text(f"The invitation to {GUEST} is withdrawn.")).to_be_visible()
    guest = open_as(None, 1440)
    guest.goto(link)
    expect(guest.get_by_text("This invitation was withdrawn.")).to_be_visible()
    assert not Member.objects.filter(user__email=GUEST).exists()
