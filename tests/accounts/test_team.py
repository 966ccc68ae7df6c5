"""The team: who may change it, and what must stay true of it."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain.registration import change_roles, invite
from accounts.domain.team import deactivate_member, reactivate_member
from accounts.models import Invitation, Member
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.accounts import people
from tests.accounts.people import NOW
from tests.support.log import actor_of

pytestmark = pytest.mark.django_db
ACCOUNT, PROCUREMENT, BIDS = "account", "procurement", "bids"


@pytest.fixture
def head():
    """Who registered the operator, and holds every role."""
    return people.operator()


def now_of(member):
    return Member.objects.get(pk=member.pk)


def saved_roles(client, member, *roles):
    return client.post(
        reverse("accounts:team_roles", args=[member.pk]), {f"m{member.pk}-roles": list(roles)}, follow=True
    )


def test_roles_are_given_and_taken_on_the_page_and_recorded(head):
    mate = people.teammate(head, PROCUREMENT)
    saved_roles(people.signed_in(head), mate, BIDS)
    assert now_of(mate).roles == [BIDS]
    entry = AuditEntry.objects.get(action="roles changed")
    assert (entry.changes, actor_of(entry)) == ({"roles": [[PROCUREMENT], [BIDS]]}, head.email)


def test_the_last_holder_of_account_keeps_it(head):
    page = saved_roles(people.signed_in(head), head, BIDS)
    assert "Somebody active must hold the role Account" in page.content.decode()
    assert ACCOUNT in now_of(head).roles
    people.signed_in(head).post(reverse("accounts:team_deactivate", args=[head.pk]))
    assert now_of(head).is_active


def test_a_deactivated_holder_of_account_does_not_count(head):
    mate = people.teammate(head, ACCOUNT)
    deactivate_member(by=head, member=mate, now=NOW)
    with pytest.raises(Refused, match="Somebody active"):
        change_roles(by=head, member=head, roles=[BIDS], now=NOW)
    assert ACCOUNT in now_of(head).roles


def test_account_can_be_handed_over(head):
    people.teammate(head, ACCOUNT)
    change_roles(by=head, member=head, roles=[BIDS], now=NOW)
    assert now_of(head).roles == [BIDS]


def test_a_member_without_account_changes_nobody_not_even_themselves(head):
    mate = people.teammate(head, PROCUREMENT, BIDS)
    client = people.signed_in(mate)
    urls = [
        reverse("accounts:team_roles", args=[mate.pk]),
        reverse("accounts:team_deactivate", args=[head.pk]),
        reverse("accounts:team_invite"),
    ]
    form = {f"m{mate.pk}-roles": [ACCOUNT], "email": "friend@elsewhere.example", "roles": [ACCOUNT]}
    assert [client.post(url, form).status_code for url in urls] == [403, 403, 403]
    with pytest.raises(NotAllowed):
        change_roles(by=mate, member=mate, roles=[ACCOUNT], now=NOW)
    assert now_of(mate).roles == [PROCUREMENT, BIDS]
    assert now_of(head).is_active
    assert not Invitation.objects.exists()


def test_people_and_invitations_of_others_do_not_exist(head):
    other = people.operator("OTHER")
    theirs = people.invited(other)
    client = people.signed_in(head)
    urls = [
        reverse("accounts:team_roles", args=[other.pk]),
        reverse("accounts:team_deactivate", args=[other.pk]),
        reverse("accounts:team_reactivate", args=[other.pk]),
        reverse("accounts:invitation_send_again", args=[theirs.pk]),
        reverse("accounts:invitation_withdraw", args=[theirs.pk]),
    ]
    assert [client.post(url).status_code for url in urls] == [404] * 5
    assert (now_of(other).is_active, now_of(other).roles) == (True, other.roles)
    theirs.refresh_from_db()
    assert (theirs.withdrawn_at, theirs.sent_at, mail.outbox) == (None, NOW, [])


def test_a_deactivated_member_is_out_with_the_next_request_and_back_with_the_same_roles(head):
    mate = people.teammate(head, PROCUREMENT)
    theirs = people.signed_in(mate)
    assert theirs.get(reverse("competitions:areas")).status_code == 200
    ours = people.signed_in(head)
    ours.post(reverse("accounts:team_deactivate", args=[mate.pk]))
    assert theirs.get(reverse("competitions:areas")).headers["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in theirs.session
    ours.post(reverse("accounts:team_reactivate", args=[mate.pk]))
    assert theirs.get(reverse("competitions:areas")).status_code == 302, "the old session stays ended"
    assert people.signed_in(mate).get(reverse("competitions:areas")).status_code == 200
    assert list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True)) == [
        "member deactivated",
        "member re-activated",
    ]


def test_who_is_in_is_let_in_again_without_a_seat_and_without_a_trace(head):
    head.organisation.seats = 2
    head.organisation.save(update_fields=["seats"])
    mate = people.teammate(head, PROCUREMENT)
    reactivate_member(by=head, member=mate, now=NOW)
    assert not AuditEntry.objects.exists()


def test_seats_count_active_members_and_open_invitations(head):
    head.organisation.seats = 3
    head.organisation.save(update_fields=["seats"])
    mate = people.teammate(head, PROCUREMENT)
    invitation = people.invited(head)
    with pytest.raises(Refused, match="All 3 seats are taken"):
        people.invited(head, "one.more@operator.example")
    client = people.signed_in(head)
    client.post(reverse("accounts:invitation_withdraw", args=[invitation.pk]))
    people.invited(head, "one.more@operator.example")
    deactivate_member(by=head, member=mate, now=NOW)
    people.invited(head, "and.another@operator.example")
    with pytest.raises(Refused, match="All 3 seats are taken"):
        reactivate_member(by=head, member=mate, now=NOW)
    assert not now_of(mate).is_active


def test_an_address_is_invited_once_in_any_case(head):
    people.invited(head, "new@operator.example")
    with pytest.raises(Refused, match="invited already"):
        invite(by=head, organisation=head.organisation, email="NEW@operator.example", roles=[], now=NOW)
    assert Invitation.objects.count() == 1


def test_inviting_again_offers_to_send_the_invitation_again_and_sends_nothing_by_itself(head):
    waiting = people.invited(head, email="new@operator.example")
    client = people.signed_in(head)
    page = client.post(
        reverse("accounts:team_invite"), {"email": " New@operator.example ", "roles": ["procurement"]}
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert "new@operator.example is invited already" in text
    assert text.count(reverse("accounts:invitation_send_again", args=[waiting.pk])) == 2, (
        "in the list and beside the form"
    )
    assert Invitation.objects.get() == waiting
    assert people.delivered() == []


@pytest.mark.parametrize(("is_active", "said"), [(True, "is a member already"), (False, "re-activate them")])
def test_a_member_is_not_invited_and_the_page_says_what_to_do_instead(head, is_active, said):
    mate = people.teammate(head, "procurement")
    Member.objects.filter(pk=mate.pk).update(is_active=is_active)
    page = people.signed_in(head).post(
        reverse("accounts:team_invite"), {"email": mate.email.upper(), "roles": ["procurement"]}
    )
    assert said in page.content.decode()
    assert not Invitation.objects.exists()
    assert people.delivered() == []


def test_a_member_of_another_organisation_is_invited_like_anybody(head):
    other = people.operator("OTHER")
    people.invited(head, email=other.email)
    assert Invitation.objects.get().email == other.email


def test_that_an_address_is_invited_is_told_also_when_no_seat_is_free(head):
    people.invited(head, email="new@operator.example")
    head.organisation.seats = 1
    head.organisation.save()
    with pytest.raises(Refused, match="invited already"):
        people.invited(head, email="new@operator.example")


def test_the_page_needs_as_many_queries_for_ten_members_as_for_one(head):
    client = people.signed_in(head)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert head.email in client.get(reverse("accounts:team")).content.decode()
        return len(asked)

    client.get(reverse("accounts:team"))
    alone = queries()
    for number in range(9):
        people.teammate(head, PROCUREMENT, name=f"mate{number}")
    assert queries() == alone
