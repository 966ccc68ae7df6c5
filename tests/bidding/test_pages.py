"""The pages of bidding, as members send and read them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.decisions.seen import state_digest
from bidding.enums import Decision, RejectionReason
from bidding.models import Ballot, Bid, Confirmation, Receipt
from tests.bidding.market import AFTER, BIDDING, CLOSE, at, bid, enter, market
from tests.qualification import market as base
from tests.support.ballots import held, place
from tests.support.bidding_pages import get, post, sent, text_of
from tests.support.decisions import with_bids

pytestmark = pytest.mark.django_db


def test_a_ballot_is_checked_shown_and_only_then_placed_with_receipts(client):
    here = market()
    data = sent(here, (0, "2.5", "10.50"), (0, "1", "12"), (1, "", ""))
    shown = post(client, here.north, "check_new", data, here.competition.pk)
    assert "Nothing is recorded yet" in text_of(shown)
    assert "2.5 MW" in text_of(shown)
    assert not Ballot.objects.exists()
    done = post(client, here.north, "place_new", data, here.competition.pk)
    assert Bid.objects.count() == 2
    assert all(receipt.digest in text_of(done) for receipt in Receipt.objects.all())
    assert "2 receipts" in text_of(done)


def test_errors_stand_beside_their_fields_and_nothing_is_kept(client):
    here = market()
    data = sent(here, (0, "50", "10"), (1, "0.1", "1.005"), choice="some", assets=here.ids("N1"))
    shown = post(client, here.north, "check_new", data, here.competition.pk)
    errors = {
        f"{row.prefix}-{name}": messages[0]
        for row in shown.context["form"].rows
        for name, messages in row.errors.items()
    }
    assert set(errors) == {"row-0-capacity", "row-1-capacity", "row-1-utilisation_price"}
    assert "more than the 1 MW" in errors["row-0-capacity"]
    assert errors["row-0-capacity"].replace("'", "&#x27;") in shown.content.decode()
    assert not Ballot.objects.exists()


def test_what_is_wrong_is_listed_above_the_table_with_links_to_its_fields(client):
    here = market()
    page = post(
        client, here.north, "check_new", sent(here, (0, "1", "1"), (1, "500", "1")), here.competition.pk
    )
    [(field, place, sentence)] = page.context["form"].problems
    assert (field, place) == ("id_row-1-capacity", str(here.windows[1]))
    alert = page.content.decode().split('role="alert"')[1].split("</div>")[0]
    assert f'href="#{field}"' in alert
    assert sentence in alert.replace("&#x27;", "'")
    assert f'id="{field}"' in page.content.decode()


def test_a_split_adds_a_line_and_keeps_what_was_typed(client):
    here = market()
    data = sent(here, (0, "2.5", "not a price"), (1, "", ""))
    shown = post(client, here.north, "split_new", data, here.competition.pk, here.windows[0].pk)
    first, second = (str(window.pk) for window in here.windows)
    rows = [(str(row.window), row.texts["capacity"]) for row in shown.context["form"].rows]
    assert rows == [(first, "2.5"), (second, ""), (first, "")]
    assert "not a price" in shown.content.decode()


def test_a_ballot_is_changed_and_withdrawn_on_its_pages(client):
    here = market()
    place(here, refs=["N1", "N2"])
    ballot = Ballot.objects.get()
    form = get(client, here.north, "edit", ballot.pk).context["form"]
    assert form.initial["assets"] == [str(each) for each in form.bidding.ballots["1"].assets]
    data = sent(here, (0, "2", "11"), choice="some", assets=here.ids("N2"))
    post(client, here.north, "place", data, here.competition.pk, ballot.pk)
    assert held(here.north) == {"1": {"N2"}}
    assert "Withdraw ballot 1?" in text_of(get(client, here.north, "withdraw", ballot.pk))
    post(client, here.north, "withdraw", {}, ballot.pk)
    assert held(here.north) == {}


def test_a_ballot_that_a_colleague_changed_since_is_not_withdrawn_unseen(client):
    here = market()
    place(here, refs=["N1", "N2"])
    ballot = Ballot.objects.get()
    version = get(client, here.north, "withdraw", ballot.pk).context["ballot"].version
    place(here, refs=["N2"])
    answer = post(client, here.north, "withdraw", {"version": version}, ballot.pk)
    assert "Ballot 1 was changed since your page was made" in text_of(answer)
    assert held(here.north) == {"1": {"N2"}}


def test_placing_after_the_close_records_nothing_and_says_so(client):
    here = market()
    done = post(client, here.north, "place_new", sent(here, (0, "1", "1")), here.competition.pk, now=CLOSE)
    assert "Nothing was recorded. Bidding in" in text_of(done)
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("name", ["check_new", "again_new"])
def test_whoever_still_types_after_the_close_is_told_so(client, name):
    here = market()
    page = post(client, here.north, name, sent(here, (0, "1", "1")), here.competition.pk, now=CLOSE)
    assert page.redirect_chain == [(reverse("bidding:competition", args=[here.competition.pk]), 302)]
    assert "has closed, so its bids can no longer change" in text_of(page)


def test_another_companys_ballot_does_not_exist_for_others(client):
    here = market()
    place(here)
    ballot = Ballot.objects.get()
    assert get(client, here.south, "edit", ballot.pk).status_code == 404
    assert post(client, here.south, "withdraw", {}, ballot.pk).status_code == 404
    assert post(client, here.south, "place", sent(here), here.competition.pk, ballot.pk).status_code == 404
    assert get(client, here.buyer, "competition", here.competition.pk).status_code == 404
    novice = base.member(here.north.organisation, ("procurement",))
    assert get(client, novice, "edit", ballot.pk).status_code == 403
    assert held(here.north) == {"1": {"N1", "N2", "N3"}}


def test_the_list_shows_own_bids_and_results_only_once_confirmed(client):
    here = with_bids()
    Bid.objects.filter(pk=here.bids["North"].pk).update(decision=Decision.ACCEPTED, decided_at=AFTER)
    assert "Not confirmed yet" in text_of(get(client, here.north, "list", now=AFTER))
    assert "Accepted" not in text_of(get(client, here.north, "competition", here.competition.pk, now=AFTER))
    here.competition.confirmed_at = AFTER
    here.competition.save()
    assert "1 of 1 accepted" in text_of(get(client, here.north, "list", now=AFTER))
    assert "Accepted" in text_of(get(client, here.north, "competition", here.competition.pk, now=AFTER))


def chosen(here, *names):
    bids = [here.bids[name] for name in names]
    return {
        "bids": [str(each.pk) for each in bids],
        "seen": [f"{each.pk}:{state_digest(each)}" for each in bids],
    }


def desk_post(client, here, name, data):
    return post(client, here.buyer, name, data, here.competition.pk, now=AFTER)


def test_the_desk_shows_bids_after_the_close_with_cost_and_advice(client):
    here = with_bids()
    before = get(client, here.buyer, "desk", here.competition.pk, now=CLOSE - base.SECOND)
    assert before.status_code == 404
    listed = get(client, here.buyer, "decisions", now=AFTER)
    [row] = listed.context["listing"].records
    assert (row.bidders, row.bids, row.undecided) == (2, 2, 2)
    page = get(client, here.buyer, "desk", here.competition.pk, now=AFTER)
    told = [
        (row.bid.ballot.provider.name, str(row.cost), row.is_recommended) for row in page.context["desk"].rows
    ]
    assert told == [("South", "15.00", True), ("North", "20.00", True)]
    assert (
        get(client, base.member(base.operator()), "desk", here.competition.pk, now=AFTER).status_code == 404
    )


def test_bids_are_accepted_rejected_with_a_reason_and_reopened(client):
    here = with_bids()
    desk_post(client, here, "accept", chosen(here, "South"))
    reason = {"reason": RejectionReason.TECHNICAL, "comment": "too far"}
    desk_post(client, here, "reject", chosen(here, "North") | reason)
    told = Bid.objects.values_list(
        "ballot__provider__name", "decision", "rejection_reason", "rejection_comment"
    )
    assert set(told) == {("South", "accepted", "", ""), ("North", "rejected", "technical", "too far")}
    stale = desk_post(client, here, "reopen", chosen(here, "North"))
    assert "Meanwhile somebody else" in text_of(stale)
    here.bids["North"].refresh_from_db()
    desk_post(client, here, "reopen", chosen(here, "North"))
    assert Bid.objects.get(decision=Decision.UNDECIDED).ballot.provider.name == "North"


def test_a_decision_that_is_refused_keeps_what_was_chosen_and_typed(client):
    here = with_bids()
    typed = {"reason": "technical", "comment": "The meter is too coarse."}
    nothing_chosen = desk_post(client, here, "reject", typed)
    assert 'value="The meter is too coarse."' in nothing_chosen.content.decode()
    assert '<option value="technical" selected>' in nothing_chosen.content.decode()
    stale = chosen(here, "South")
    desk_post(client, here, "accept", chosen(here, "South"))
    refused = desk_post(client, here, "reject", stale | typed)
    assert "Meanwhile somebody else" in text_of(refused)
    ticked = re.findall(r'name="bids" value="([^"]+)" checked', refused.content.decode())
    assert ticked == [str(each) for each in stale["bids"]]
    assert set(Bid.objects.values_list("decision", flat=True)) == {"undecided", "accepted"}


def test_a_single_decision_leads_back_to_its_bid_and_several_to_their_page(client):
    here = with_bids()
    one = chosen(here, "South")
    desk = reverse("bidding:desk", args=[here.competition.pk])
    assert desk_post(client, here, "accept", one).redirect_chain == [
        (f"{desk}?bid={one['bids'][0]}#bid-{one['bids'][0]}", 302)
    ]
    with at(AFTER):
        url = reverse("bidding:reopen", args=[here.competition.pk])
        here.bids["South"].refresh_from_db()
        many = client.post(f"{url}?page=2", chosen(here, "North", "South"))
    assert many.headers["Location"] == f"{desk}?page=2"


def test_accepting_beyond_the_requirement_asks_first(client):
    here = with_bids()
    asked = desk_post(client, here, "accept", chosen(here, "North", "South"))
    assert "1 MW more than the 4 MW required" in text_of(asked)
    assert not Bid.objects.filter(decision=Decision.ACCEPTED).exists()
    desk_post(client, here, "accept", chosen(here, "North", "South") | {"sure": "yes"})
    assert not Bid.objects.filter(decision=Decision.ACCEPTED).exists()
    sure = {"sure": asked.context["asked"]}
    desk_post(client, here, "accept", chosen(here, "North", "South") | sure)
    assert Bid.objects.filter(decision=Decision.ACCEPTED).count() == 2


def test_confirming_needs_the_ref_typed_out(client):
    here = with_bids()
    desk = get(client, here.buyer, "desk", here.competition.pk, now=AFTER)
    desk_post(
        client,
        here,
        "follow",
        {"seen": f"{desk.context['desk'].digest}.{desk.context['desk'].advice.fingerprint}"},
    )
    wrong = desk_post(client, here, "confirm", {"typed": "another"})
    assert "Type the ref exactly" in text_of(wrong)
    assert not Confirmation.objects.exists()
    desk_post(client, here, "confirm", {"typed": here.competition.ref, "seen": wrong.context["seen"]})
    assert not Confirmation.objects.exists()  # that page came without what it had seen
    seen = get(client, here.buyer, "confirm", here.competition.pk, now=AFTER).context["seen"]
    desk_post(client, here, "confirm", {"typed": here.competition.ref, "seen": str(seen)})
    assert Confirmation.objects.get().accepted_count == 2


@pytest.mark.parametrize("name", ["list", "decisions"])
def test_the_lists_take_as_many_queries_for_one_row_as_for_three(client, name):
    here = with_bids()
    client.force_login((here.north if name == "list" else here.buyer).user)
    counts = []
    for more in range(2):
        for _ in range(2 * more):
            another_with_a_bid(here)
        with at(AFTER):
            client.get(reverse(f"bidding:{name}"))
            with CaptureQueriesContext(connection) as queries:
                page = client.get(reverse(f"bidding:{name}"))
            counts.append(len(queries))
        assert len(page.context["listing"].records) == 1 + 2 * more
    assert counts[0] == counts[1]


def another_with_a_bid(here):
    competition = base.competition(here.buyer.organisation)
    enter(competition, here.north.organisation)
    bids = [bid(competition.windows.get())]
    with at(BIDDING) as now:
        submit_ballot(by=here.north, competition=competition, label="1", asset_ids=None, bids=bids, now=now)
