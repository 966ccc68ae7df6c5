"""Seats and the last holder of Account: kept by expiry, by sending again, and by two people at the same
moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from accounts.domain.registration import accept_invitation, change_roles, invite
from accounts.domain.team import deactivate_member, send_invitation_again
from accounts.models import Invitation, Member
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from tests.accounts import people
from tests.accounts.people import NOW, WEEK

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def head(db):
    """Who registered the operator, which has two seats."""
    member = people.operator()
    member.organisation.seats = 2
    member.organisation.save(update_fields=["seats"])
    return member


def invites(head, email, now):
    return invite(by=head, organisation=head.organisation, email=email, roles=["procurement"], now=now)


def test_an_invitation_holds_its_seat_until_it_expires_and_no_longer(head):
    people.invited(head, "first@operator.example")
    with pytest.raises(Refused, match="All 2 seats are taken"):
        invites(head, "second@operator.example", NOW + WEEK - MOMENT)
    assert Invitation.objects.count() == 1
    invites(head, "second@operator.example", NOW + WEEK)
    assert Invitation.objects.count() == 2


def test_an_expired_invitation_is_not_sent_again_when_its_seat_was_given_away(head):
    first = people.invited(head, "first@operator.example")
    invites(head, "second@operator.example", NOW + WEEK)
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="All 2 seats are taken"):
        send_invitation_again(by=head, invitation=first, now=NOW + WEEK)
    assert Invitation.objects.get(pk=first.pk).sent_at == NOW
    assert AuditEntry.objects.count() == entries


def test_an_invitation_that_holds_the_last_seat_is_sent_again_before_and_after_it_expires(head):
    first = people.invited(head, "first@operator.example")
    assert send_invitation_again(by=head, invitation=first, now=NOW + MOMENT).sent_at == NOW + MOMENT
    late = NOW + 2 * WEEK
    assert send_invitation_again(by=head, invitation=first, now=late).sent_at == late


def at_once(*doings):
    """Run each in a thread with a connection of its own; the sentence of each that was refused, None of
    others."""
    start = Barrier(len(doings))

    def run(doing):
        try:
            start.wait(timeout=10)
            doing()
        except Refused as refusal:
            return refusal.sentence
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(run, doings))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(5))
@pytest.mark.parametrize(
    "shut_out", [False, True], ids=["both drop the role", "one drops it, one is shut out"]
)
def test_two_holders_of_account_who_leave_at_the_same_moment_do_not_both_go(
    transactional_db, shut_out, attempt
):
    ann = people.operator()
    bob = people.teammate(ann, "account")

    def ann_leaves():
        change_roles(by=ann, member=ann, roles=["bids"], now=NOW)

    def bob_leaves():
        if shut_out:
            deactivate_member(by=bob, member=bob, now=NOW)
        else:
            change_roles(by=bob, member=bob, roles=["bids"], now=NOW)

    refused = [sentence for sentence in at_once(ann_leaves, bob_leaves) if sentence]
    assert refused == ["Somebody active must hold the role Account: give it to another member first."]
    assert Member.objects.filter(is_active=True, roles__contains=["account"]).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(5))
def test_the_last_seat_is_given_once_however_many_ask_for_it(transactional_db, head, attempt):
    first = people.invited(head, "first@operator.example")
    late = NOW + WEEK
    refused = at_once(
        lambda: invites(head, "second@operator.example", late),
        lambda: send_invitation_again(by=head, invitation=first, now=late),
    )
    assert sum(sentence is not None for sentence in refused) == 1
    assert Invitation.objects.filter(sent_at=late).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(5))
def test_joining_while_the_invitation_is_sent_again_ends_one_way_or_the_other(
    transactional_db, head, attempt
):
    first = people.invited(head, "first@operator.example")
    later = NOW + MOMENT
    joining, sending = at_once(
        lambda: accept_invitation(
            invitation=first, name="Ann", password=people.PASSWORD, signed_in=None, now=later
        ),
        lambda: send_invitation_again(by=head, invitation=first, now=later),
    )
    assert joining is None
    assert sending in {None, "This invitation is no longer open."}
    assert Member.objects.filter(user__email="first@operator.example").count() == 1
