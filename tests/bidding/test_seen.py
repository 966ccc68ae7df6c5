"""What is confirmed is what was seen: by one person with two tabs, by two people, for a round, and while
others act."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from accounts.domain.registration import accept_invitation, change_roles, invite
from accounts.domain.team import deactivate_member, reactivate_member
from accounts.domain.tenure import role_held_since
from accounts.enums import Role
from accounts.models import Member
from bidding.domain.decisions import confirmation
from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.domain.decisions.policy import change_policy
from bidding.domain.decisions.proposals import propose_confirmation, seen_now, version_of, withdraw_proposal
from bidding.domain.decisions.rounds import confirm_round
from bidding.domain.decisions.seen import ChangedSince, Seen, state_digest
from bidding.domain.gate.closing import ensure_closed
from bidding.enums import RejectionReason
from bidding.models import Bid, Confirmation, ConfirmationProposal
from competitions.models import Competition
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from tests.bidding.market import AFTER, BIDDING, CLOSE, at
from tests.qualification import market as base
from tests.support.bidding_pages import get, post, text_of
from tests.support.decisions import accept, decide, reject, with_bids

pytestmark = pytest.mark.django_db


def decided(here):
    decide(here, accept(here.bids["North"]), reject(here.bids["South"]))
    return here


def colleague(here, since=BIDDING):
    """Somebody else who holds every role at the operator, since then."""
    made = base.member(here.buyer.organisation)
    Member.objects.filter(pk=made.pk).update(joined_at=since)
    return made


def two_people(here):
    here.second = colleague(here)
    Member.objects.filter(pk=here.buyer.pk).update(joined_at=BIDDING)
    change_policy(by=here.buyer, four_eyes=True, standstill_days=0, now=BIDDING)
    return decided(here)


def seen(here):
    with at(AFTER):
        return seen_now(here.competition)


def confirm(here, by, what):
    with at(AFTER) as now:
        return confirmation.confirm_results(by=by, competition=here.competition, seen=what, now=now)


def propose(here, by, what=None, now=AFTER):
    with at(now):
        return propose_confirmation(
            by=by, competition=here.competition, seen=what or seen_now(here.competition), now=now
        )


def nothing_is_confirmed(here):
    return (
        not Confirmation.objects.exists()
        and Competition.objects.get(pk=here.competition.pk).confirmed_at is None
    )


def changes(refusal):
    return [(each.provider, each.before, each.after) for each in refusal.value.changes]


def test_a_decision_changed_since_it_was_seen_stops_the_confirmation_and_is_named():
    here = decided(with_bids())
    shown = seen(here)
    decide(here, reject(here.bids["North"], RejectionReason.TECHNICAL))
    with pytest.raises(ChangedSince, match="nothing was recorded") as refusal:
        confirm(here, here.buyer, shown)
    assert changes(refusal) == [("North", "Accepted", "Rejected: Technical")]
    assert nothing_is_confirmed(here)
    confirm(here, here.buyer, seen(here))
    assert Confirmation.objects.get().rejected_count == 2


def test_a_reason_changed_since_is_a_change_and_several_steps_are_told_as_one():
    here = decided(with_bids())
    shown = seen(here)
    decide(here, reject(here.bids["South"], RejectionReason.TECHNICAL))
    decide(
        here, reject(here.bids["South"], RejectionReason.OTHER, comment="too late"), now=AFTER + base.SECOND
    )
    decide(here, accept(here.bids["North"]), now=AFTER + 2 * base.SECOND)
    with pytest.raises(ChangedSince) as refusal:
        confirm(here, here.buyer, shown)
    assert changes(refusal) == [("South", "Rejected: Price too high", "Rejected: Other: too late")]


def test_a_decision_changed_and_changed_back_is_what_was_seen():
    here = decided(with_bids())
    shown = seen(here)
    decide(here, reject(here.bids["North"]))
    decide(here, accept(here.bids["North"]))
    assert confirm(here, here.buyer, shown)


@pytest.mark.parametrize("made_up", ["", "0" * 64, "not a digest"])
def test_a_digest_that_no_page_showed_confirms_nothing(made_up):
    here = decided(with_bids())
    with pytest.raises(ChangedSince, match="Look at all of them again") as refusal:
        confirm(here, here.buyer, Seen(made_up))
    assert refusal.value.changes == ()
    assert nothing_is_confirmed(here)


def seen_on(page):
    return re.search(
        r'name="seen" value="([^"]+)"', page.content.decode().split("typed")[0].rpartition("<form")[2]
    )[1]


def test_of_two_tabs_the_older_one_confirms_nothing_and_shows_what_changed(client):
    here = decided(with_bids())
    key = here.competition.pk
    old = seen_on(get(client, here.buyer, "confirm", key, now=AFTER))
    decide(here, reject(here.bids["North"]))
    answer = post(client, here.buyer, "confirm", {"typed": here.competition.ref, "seen": old}, key, now=AFTER)
    assert nothing_is_confirmed(here)
    said = text_of(answer)
    assert "changed since your page was made" in said
    assert re.search(r"North, ballot 1 .* Accepted Rejected: Price too high", said)
    assert f'value="{here.competition.ref}"' not in answer.content.decode()  # it has to be typed out again
    sent = {"typed": here.competition.ref, "seen": seen_on(answer)}
    post(client, here.buyer, "confirm", sent, key, now=AFTER)
    assert Confirmation.objects.count() == 1


def test_a_confirmation_that_does_not_say_what_was_seen_confirms_nothing(client):
    here = decided(with_bids())
    post(client, here.buyer, "confirm", {"typed": here.competition.ref}, here.competition.pk, now=AFTER)
    assert nothing_is_confirmed(here)


def test_a_proposal_is_made_of_what_was_seen():
    here = two_people(with_bids())
    shown = seen(here)
    decide(here, reject(here.bids["North"]), by=here.second)
    with pytest.raises(ChangedSince) as refusal:
        propose(here, here.buyer, shown)
    assert changes(refusal) == [("North", "Accepted", "Rejected: Price too high")]
    assert not ConfirmationProposal.objects.exists()


def test_the_second_person_confirms_the_proposal_that_they_saw_and_no_later_one():
    here = two_people(with_bids())
    propose(here, here.buyer)
    shown = seen(here)
    decide(here, reject(here.bids["North"]))
    propose(here, here.buyer)
    with pytest.raises(ChangedSince) as refusal:
        confirm(here, here.second, shown)
    assert changes(refusal) == [("North", "Accepted", "Rejected: Price too high")]
    assert nothing_is_confirmed(here)


def test_a_proposal_of_the_same_decisions_by_somebody_else_is_another_proposal():
    here = two_people(with_bids())
    third = colleague(here)
    propose(here, here.buyer)
    shown = seen(here)
    with at(AFTER) as now:
        propose_confirmation(by=third, competition=here.competition, seen=shown, now=now)
    with pytest.raises(Refused, match=f"{third.email} proposed"):
        confirm(here, here.second, shown)
    assert nothing_is_confirmed(here)


def test_a_proposal_withdrawn_since_is_told_and_one_that_replaced_it_is_not_withdrawn_unseen():
    here = two_people(with_bids())
    first = propose(here, here.buyer)
    shown = seen(here)
    with at(AFTER) as now:
        withdraw_proposal(by=here.buyer, competition=here.competition, seen=version_of(first), now=now)
    with pytest.raises(Refused, match="was withdrawn"):
        confirm(here, here.second, shown)
    with at(AFTER + base.SECOND) as now:
        propose_confirmation(
            by=here.second, competition=here.competition, seen=seen_now(here.competition), now=now
        )
        with pytest.raises(Refused, match="There is a newer proposal"):
            withdraw_proposal(by=here.buyer, competition=here.competition, seen=version_of(first), now=now)
    assert ConfirmationProposal.objects.get().proposed_by_id == here.second.user_id
    assert nothing_is_confirmed(here)


def invited(here, roles, now):
    """Somebody who comes by invitation, as people do."""
    invitation = invite(
        by=here.buyer,
        organisation=here.buyer.organisation,
        email=f"new{now:%M%S}@operator.example",
        roles=roles,
        now=now,
    )
    return accept_invitation(
        invitation=invitation, name="New", password="a long password", signed_in=None, now=now
    )


def test_who_holds_the_role_only_since_the_close_is_no_second_person():
    here = two_people(with_bids())
    late, early = invited(here, [Role.BIDS], CLOSE), invited(here, [Role.BIDS], CLOSE - base.SECOND)
    propose(here, here.buyer)
    with pytest.raises(Refused, match="since before its bidding closed"):
        confirm(here, late, seen(here))
    assert nothing_is_confirmed(here)
    assert confirm(here, early, seen(here))


def test_a_proposer_invited_after_the_close_is_none_of_the_two_people(client):
    here = two_people(with_bids())
    sham = invited(here, [Role.BIDS], AFTER)
    with pytest.raises(Refused, match=f"{sham.email} has not"):
        propose(here, sham)
    assert not ConfirmationProposal.objects.exists()
    page = get(client, sham, "confirm", here.competition.pk, now=AFTER)
    assert "Propose to confirm</button>" not in page.content.decode()


def test_a_proposal_of_somebody_who_lost_the_role_since_is_no_basis_for_a_confirmation():
    here = two_people(with_bids())
    third = colleague(here)
    propose(here, third)
    change_roles(by=here.buyer, member=third, roles=[Role.PROCUREMENT], now=AFTER)
    with pytest.raises(Refused, match="must have held the Bids role since before"):
        confirm(here, here.second, seen(here))
    assert nothing_is_confirmed(here)


def test_one_who_held_account_before_the_close_steps_in_where_fewer_than_two_could_decide():
    here = two_people(with_bids())
    change_roles(by=here.buyer, member=here.second, roles=[Role.ACCOUNT], now=CLOSE - base.SECOND)
    late = invited(here, [Role.BIDS], AFTER)
    change_roles(by=here.buyer, member=here.second, roles=[Role.ACCOUNT, Role.BIDS], now=AFTER)
    propose(here, here.buyer)
    with pytest.raises(Refused, match="These can: "):
        confirm(here, late, seen(here))
    assert nothing_is_confirmed(here)
    confirm(here, here.second, seen(here))
    [entry] = AuditEntry.objects.filter(
        action="results confirmed", organisation_id=here.buyer.organisation_id
    )
    assert entry.changes["confirmer"] == [None, "held Account before the close"]
    assert "proposer" not in entry.changes


def test_where_nobody_else_is_left_a_colleague_counts_after_a_week():
    here = two_people(with_bids())
    late = invited(here, [Role.BIDS], AFTER)
    deactivate_member(by=here.buyer, member=here.second, now=AFTER)
    propose(here, here.buyer)
    shown = seen(here)
    for wait in (timedelta(0), timedelta(days=7) - base.SECOND):
        with at(AFTER + wait) as now, pytest.raises(Refused, match="anyone who has held Bids for 7 days"):
            confirmation.confirm_results(by=late, competition=here.competition, seen=shown, now=now)
    assert nothing_is_confirmed(here)
    with at(AFTER + timedelta(days=7)) as now:
        confirmation.confirm_results(by=late, competition=here.competition, seen=shown, now=now)
    [entry] = AuditEntry.objects.filter(
        action="results confirmed", organisation_id=here.buyer.organisation_id
    )
    assert entry.changes["confirmer"] == [None, "has held Bids for 7 days"]


def test_a_role_granted_again_and_a_member_let_back_in_begin_anew():
    here = with_bids()
    member = colleague(here)
    assert role_held_since(member, Role.BIDS) == BIDDING
    change_roles(by=here.buyer, member=member, roles=[Role.BIDS], now=CLOSE)
    assert role_held_since(member, Role.BIDS) == BIDDING  # other roles went, this one stayed
    change_roles(by=here.buyer, member=member, roles=[], now=CLOSE)
    assert role_held_since(member, Role.BIDS) is None
    change_roles(by=here.buyer, member=member, roles=[Role.BIDS], now=AFTER)
    assert role_held_since(member, Role.BIDS) == AFTER
    later = AFTER + base.SECOND
    deactivate_member(by=here.buyer, member=member, now=later)
    assert role_held_since(member, Role.BIDS) is None
    reactivate_member(by=here.buyer, member=member, now=later)
    assert role_held_since(member, Role.BIDS) == later


def test_what_an_admin_grants_or_lets_back_in_counts_from_then(client, django_user_model):
    here = with_bids()
    admin = django_user_model.objects.create_superuser("admin@platform.example", "a long password")
    member = colleague(here)
    client.force_login(admin)
    page = reverse("admin:accounts_member_change", args=[member.pk])
    for number, sent in enumerate(
        [{"is_active": "on"}, {"roles": ["bids"], "is_active": "on"}, {"roles": ["bids"]}], 1
    ):
        with at(AFTER + number * base.SECOND):
            assert client.post(page, sent).status_code == 302
        if number == 2:
            assert role_held_since(member, Role.BIDS) == AFTER + 2 * base.SECOND
    with at(AFTER + 9 * base.SECOND):
        client.post(page, {"roles": ["bids"], "is_active": "on"})
    assert role_held_since(member, Role.BIDS) == AFTER + 9 * base.SECOND


def test_the_page_tells_who_came_too_late_and_offers_no_button(client):
    here = two_people(with_bids())
    propose(here, here.buyer)
    late = invited(here, [Role.BIDS], AFTER)
    page = get(client, late, "confirm", here.competition.pk, now=AFTER)
    assert "must have held the Bids role since before" in text_of(page)
    assert "Confirm the results</button>" not in page.content.decode()


def in_a_round():
    here = decided(with_bids())
    here.other = base.competition(here.buyer.organisation)
    Competition.objects.update(round_name="Autumn")
    with at(AFTER) as now:
        for each in (here.competition, here.other):
            ensure_closed(each, now)
    return here


def test_a_round_is_confirmed_as_it_was_seen_or_not_at_all(client):
    here = in_a_round()
    url = f"{reverse('bidding:confirm_round')}?round=Autumn"
    client.force_login(here.buyer.user)
    with at(AFTER):
        old = re.findall(r'name="competition" value="([^"]+)"', client.get(url).content.decode())
        decide(here, reject(here.bids["North"]))
        answer = client.post(url, {"typed": "Autumn", "competition": old})
        assert not Confirmation.objects.exists()
        assert re.search(r"North, ballot 1 .* Accepted Rejected: Price too high", text_of(answer))
        new = re.findall(r'name="competition" value="([^"]+)"', answer.content.decode())
        client.post(url, {"typed": "Autumn", "competition": new})
    assert Confirmation.objects.count() == 2


def test_a_round_tells_which_competition_came_since():
    here = in_a_round()
    with at(AFTER) as now, pytest.raises(Refused, match=f"Since then came: {here.other.ref}"):
        confirm_round(
            by=here.buyer,
            round_name="Autumn",
            seen={here.competition.pk: seen_now(here.competition)},
            now=now,
        )
    assert not Confirmation.objects.exists()


def test_a_bid_is_decided_only_as_it_was_shown(client):
    here = decided(with_bids())
    south = here.bids["South"]
    south.refresh_from_db()
    shown = f"{south.pk}:{state_digest(south)}"
    decide(here, reject(south, RejectionReason.OTHER, comment="by a colleague"))
    sent = {"bids": str(south.pk), "seen": shown, "reason": "technical"}
    answer = text_of(post(client, here.buyer, "reject", sent, here.competition.pk, now=AFTER))
    assert "Meanwhile somebody else set the bid" in answer
    assert Bid.objects.get(pk=south.pk).rejection_comment == "by a colleague"
    answer = text_of(post(client, here.buyer, "reject", sent | {"seen": ""}, here.competition.pk, now=AFTER))
    assert "did not say what it had shown" in answer
    assert Bid.objects.get(pk=south.pk).rejection_comment == "by a colleague"


def test_following_the_recommendation_replaces_only_the_decisions_that_were_seen(client):
    here = with_bids()
    key = here.competition.pk
    page = get(client, here.buyer, "desk", key, now=AFTER).content.decode()
    old = re.search(r'name="seen" value="([0-9a-f]+\.[0-9a-f]+)"', page)[1]
    decide(here, reject(here.bids["South"], RejectionReason.TECHNICAL))
    answer = text_of(post(client, here.buyer, "follow", {"seen": old}, key, now=AFTER))
    assert re.search(r"South, ballot 1 .* Undecided Rejected: Technical", answer)
    assert Bid.objects.get(pk=here.bids["North"].pk).decision == "undecided"
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
    assert not Bid.objects.filter(decision="undecided").exists()


def test_no_reason_for_rejecting_is_chosen_beforehand(client):
    here = with_bids()
    page = get(client, here.buyer, "desk", here.competition.pk, now=AFTER).content.decode()
    lists = re.findall(r'<select [^>]*name="reason".*?</select>', page, re.DOTALL)
    assert len(lists) == 2  # in bulk, and for the bid that is explained
    assert all(each.index('<option value="">') < each.index('value="price_too_high"') for each in lists)
    assert not any("selected" in each for each in lists)
    south = here.bids["South"]
    sent = {"bids": str(south.pk), "seen": f"{south.pk}:{state_digest(south)}", "reason": ""}
    assert "Choose a reason" in text_of(
        post(client, here.buyer, "reject", sent, here.competition.pk, now=AFTER)
    )
    assert Bid.objects.get(pk=south.pk).decision == "undecided"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("colleague_does", ["changes a decision", "replaces the proposal"])
def test_a_colleague_who_acts_while_the_confirmation_runs_makes_it_refuse(colleague_does, monkeypatch):
    """The colleague's transaction holds the lock when the confirmation asks for it, and commits before it
    gets it."""
    here = two_people(with_bids())
    propose(here, here.buyer)
    shown = seen(here)
    holds, goes_on, outcomes = threading.Event(), threading.Event(), []
    usual = confirmation.lock_for_change

    def lock_once_the_colleague_holds_it(key):
        assert holds.wait(10)
        goes_on.set()
        return usual(key)

    monkeypatch.setattr(confirmation, "lock_for_change", lock_once_the_colleague_holds_it)

    def the_colleague():
        from django.db import transaction

        from competitions.domain.locks import lock_for_change

        try:
            with transaction.atomic():
                lock_for_change(here.competition.pk)
                holds.set()
                goes_on.wait(10)
                if colleague_does == "changes a decision":
                    decide(here, reject(here.bids["North"]))
                else:
                    propose(here, here.buyer, now=AFTER + base.SECOND)
        finally:
            connection.close()

    def the_second_person():
        try:
            outcomes.append(confirm(here, here.second, shown))
        except Refused as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    with at(AFTER + base.SECOND):
        threads = [threading.Thread(target=the_colleague), threading.Thread(target=the_second_person)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert nothing_is_confirmed(here)
    [outcome] = outcomes
    assert isinstance(outcome, ChangedSince if colleague_does == "changes a decision" else Refused), outcome
