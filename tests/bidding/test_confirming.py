"""Two people for a confirmation, standstill, and a whole round at once."""

import re
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.enums import Role
from accounts.models import Member
from bidding.domain.decisions.policy import change_policy, policy_of
from bidding.domain.decisions.proposals import propose_confirmation, seen_now, withdraw_proposal
from bidding.domain.decisions.rounds import competitions_of_round, confirm_round, rounds_to_confirm
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Confirmation, ConfirmationProposal, DecisionPolicy
from competitions.models import Competition
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, at
from tests.qualification import market as base
from tests.support.bidding_pages import get, post, text_of
from tests.support.decisions import accept, decide, reject, with_bids

pytestmark = pytest.mark.django_db


def two_people(here, four_eyes=True, standstill_days=0, now=BIDDING):
    """The operator asks for two people; the second one is ``here.second``."""
    here.second = base.member(here.buyer.organisation)
    Member.objects.filter(pk__in=[here.buyer.pk, here.second.pk]).update(joined_at=BIDDING)
    return change_policy(by=here.buyer, four_eyes=four_eyes, standstill_days=standstill_days, now=now)


def decided(here):
    decide(here, accept(here.bids["North"]), reject(here.bids["South"]))


def confirm(here, by):
    with at(AFTER) as now:
        return confirm_results(by=by, competition=here.competition, now=now)


def propose(here, by):
    with at(AFTER) as now:
        ensure_closed(here.competition, now)
    with at(AFTER) as now:
        return propose_confirmation(
            by=by, competition=here.competition, seen=seen_now(here.competition), now=now
        )


def refused_to_confirm(here, by, match):
    with pytest.raises(Refused, match=match):
        confirm(here, by)
    assert not Confirmation.objects.exists()
    assert Competition.objects.get(pk=here.competition.pk).confirmed_at is None


def test_where_two_people_confirm_one_proposes_and_another_confirms():
    here = with_bids()
    two_people(here)
    decided(here)
    refused_to_confirm(here, here.buyer, "takes two people")
    propose(here, here.buyer)
    refused_to_confirm(here, here.buyer, "yourself")
    confirm(here, here.second)
    assert Confirmation.objects.get().confirmed_by_id == here.second.user_id
    actions = list(
        AuditEntry.objects.filter(organisation_id=here.buyer.organisation_id)
        .order_by("sequence")
        .values_list("action", flat=True)
    )
    assert [each for each in actions if "confirm" in each] == ["confirmation proposed", "results confirmed"]


def test_a_decision_changed_after_the_proposal_ends_it():
    here = with_bids()
    two_people(here)
    decided(here)
    propose(here, here.buyer)
    decide(here, reject(here.bids["North"]))
    refused_to_confirm(here, here.second, "takes two people")


def test_a_proposal_needs_every_bid_decided_and_can_be_withdrawn():
    here = with_bids()
    two_people(here)
    with pytest.raises(Refused, match="2 bids are undecided"):
        propose(here, here.buyer)
    decided(here)
    propose(here, here.buyer)
    with at(AFTER) as now:
        seen = seen_now(here.competition).proposal
        withdraw_proposal(by=here.second, competition=here.competition, seen=seen, now=now)
    assert not ConfirmationProposal.objects.exists()
    refused_to_confirm(here, here.second, "takes two people")


def test_lifting_the_rule_after_the_close_does_not_lift_it_for_what_is_closed():
    here = with_bids()
    two_people(here)
    with at(AFTER) as now:
        ensure_closed(here.competition, now)
    change_policy(by=here.buyer, four_eyes=False, standstill_days=0, now=AFTER)
    decided(here)
    refused_to_confirm(here, here.buyer, "takes two people")


def test_a_rule_made_stricter_after_the_close_holds_too():
    here = with_bids()
    decided(here)
    two_people(here, now=AFTER)
    refused_to_confirm(here, here.buyer, "takes two people")


def test_two_people_are_asked_for_only_where_there_are_two():
    here = with_bids()
    with pytest.raises(Refused, match="at least two"):
        change_policy(by=here.buyer, four_eyes=True, standstill_days=5, now=BIDDING)
    assert not DecisionPolicy.objects.exists()


def test_the_policy_is_changed_by_account_holders_of_the_operator_only_and_leaves_a_trace():
    here = with_bids()
    for other in (here.north, base.member(here.buyer.organisation, roles=(Role.BIDS,))):
        with pytest.raises(NotAllowed):
            change_policy(by=other, four_eyes=False, standstill_days=3, now=BIDDING)
    assert not DecisionPolicy.objects.exists()
    change_policy(by=here.buyer, four_eyes=False, standstill_days=10, now=BIDDING)
    change_policy(by=here.buyer, four_eyes=False, standstill_days=10, now=BIDDING)
    [entry] = AuditEntry.objects.filter(action="decision policy changed")
    assert entry.changes["standstill_days"] == [0, 10]
    with pytest.raises(ValidationError):
        change_policy(by=here.buyer, four_eyes=False, standstill_days=61, now=BIDDING)
    assert policy_of(here.buyer.organisation).standstill_days == 10


def in_a_round(name="Autumn"):
    """Two competitions of one operator in a round: one with bids, one without."""
    here = with_bids()
    here.other = base.competition(here.buyer.organisation)
    Competition.objects.update(round_name=name)
    with at(AFTER) as now:
        for each in (here.competition, here.other):
            ensure_closed(each, now)
    return here


def confirm_all(here, by=None, expected=None):
    shown = expected or [here.competition, here.other]
    with at(AFTER) as now:
        seen = {each.pk: seen_now(each) for each in shown}
        return confirm_round(by=by or here.buyer, round_name="Autumn", seen=seen, now=now)


def test_a_round_is_confirmed_whole():
    here = in_a_round()
    decided(here)
    with at(AFTER) as now:
        assert rounds_to_confirm(here.buyer, now) == ["Autumn"]
        assert rounds_to_confirm(base.member(base.operator()), now) == []
    assert len(confirm_all(here)) == 2
    assert set(Confirmation.objects.values_list("competition", flat=True)) == {
        here.competition.pk,
        here.other.pk,
    }
    with at(AFTER) as now:
        assert competitions_of_round(here.buyer, "Autumn", now) == []


def test_a_round_with_one_undecided_bid_is_not_confirmed_at_all():
    here = in_a_round()
    decide(here, accept(here.bids["North"]))
    with pytest.raises(Refused, match="1 bid is undecided"):
        confirm_all(here)
    assert not Confirmation.objects.exists()


def test_a_round_that_is_not_what_was_shown_is_not_confirmed():
    here = in_a_round()
    decided(here)
    with pytest.raises(Refused, match="changed meanwhile"):
        confirm_all(here, expected=[here.competition])
    assert not Confirmation.objects.exists()


def test_the_rounds_page_shows_totals_and_asks_for_the_name(client):
    here = in_a_round("Autumn <b>2026</b>")
    decided(here)
    client.force_login(here.buyer.user)
    url = "/bidding/decisions/round/?round=Autumn+%3Cb%3E2026%3C%2Fb%3E"
    with at(AFTER):
        shown = client.get(url)
        assert b"<b>2026</b>" not in shown.content
        chosen = re.findall(r'name="competition" value="([^"]+)"', shown.content.decode())
        wrong = client.post(url, {"typed": "Autumn", "competition": chosen})
        assert "Type the round exactly" in text_of(wrong)
        assert not Confirmation.objects.exists()
        client.post(url, {"typed": "Autumn <b>2026</b>", "competition": chosen})
    assert Confirmation.objects.count() == 2


def test_the_page_of_a_confirmation_that_takes_two_leads_each_of_them(client):
    here = with_bids()
    two_people(here)
    decided(here)
    key = here.competition.pk
    assert "Propose to confirm" in text_of(get(client, here.buyer, "confirm", key, now=AFTER))
    seen = str(seen_now(here.competition))
    post(client, here.buyer, "propose", {"seen": seen}, key, now=AFTER)
    assert "has to confirm them" in text_of(get(client, here.buyer, "confirm", key, now=AFTER))
    shown = text_of(get(client, here.second, "confirm", key, now=AFTER))
    assert here.buyer.email in shown
    assert "can't be undone" in shown.replace("&#x27;", "'")
    sent = {"typed": here.competition.ref, "seen": str(seen_now(here.competition))}
    post(client, here.second, "confirm", sent, key, now=AFTER)
    assert Confirmation.objects.get().confirmed_by_id == here.second.user_id


@pytest.mark.django_db(transaction=True)
def test_two_people_who_confirm_at_once_confirm_once():
    here = with_bids()
    decided(here)
    second = base.member(here.buyer.organisation)
    outcomes = []
    start = threading.Barrier(2)

    def attempt(by):
        try:
            start.wait()
            outcomes.append(confirm_results(by=by, competition=here.competition, now=AFTER))
        except Refused as refusal:
            outcomes.append(refusal.sentence)
        finally:
            connection.close()

    with at(AFTER):
        threads = [threading.Thread(target=attempt, args=[by]) for by in (here.buyer, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Confirmation.objects.count() == 1
    assert sorted(type(each).__name__ for each in outcomes) == ["Confirmation", "str"]
