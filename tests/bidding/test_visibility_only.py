"""A competition for visibility only: seen, qualified for, entered, never bid in."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import competitions_to_bid_in, competitions_to_decide, entered_competitions
from bidding.models import Ballot, GateClose
from competitions.enums import Phase
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.entries.entering import enter
from qualification.domain.verdicts.engine import qualify
from qualification.domain.verdicts.standing import qualified_assets, standing_of
from qualification.enums import AssetStanding, EntryState
from qualification.models import Entry
from tests.bidding import market as bidding
from tests.bidding.confirming import confirm_results
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
LATER = base.BIDDING_CLOSE + timedelta(days=400)


@pytest.fixture
def of():
    with run_jobs_inline():
        yield bidding.market(competition_type="", bidding_open=None, bidding_close=None)


def test_its_phases_end_with_qualification_until_it_is_archived(of):
    phases = [
        of.competition.phase(at) for at in (base.OPEN, base.CLOSE, base.BIDDING_OPEN, bidding.AFTER, LATER)
    ]
    assert phases == [Phase.QUALIFICATION_OPEN] + [Phase.QUALIFICATION_CLOSED] * 4
    of.competition.archive_on = LATER
    assert of.competition.phase(LATER) is Phase.ARCHIVED


def test_it_is_entered_and_its_assets_stay_eligible_for_ever(of):
    Entry.objects.filter(provider=of.north.organisation).delete()
    with bidding.at(base.DURING):
        qualify(competition_ids=[of.competition.pk], now=base.DURING)
        entry = enter(by=of.north, competition=of.competition, now=base.DURING)
    assert entry.state == EntryState.ENTERED
    for at in (base.DURING, base.CLOSE, bidding.AFTER, LATER):
        status = standing_of(
            is_eligible=True, competition=of.competition, entry_state=EntryState.ENTERED, now=at
        )
        assert status == AssetStanding.ELIGIBLE
        assert qualified_assets(of.competition, of.north.organisation, at) == []


@pytest.mark.parametrize("at", [base.DURING, bidding.BIDDING, bidding.AFTER, LATER])
def test_nobody_bids_in_it_decides_or_confirms_at_any_time(of, at):
    with bidding.at(at):
        with pytest.raises(Refused, match="visibility only: nobody bids"):
            submit_ballot(
                by=of.north,
                competition=of.competition,
                label="1",
                asset_ids=None,
                bids=[bidding.bid(of.windows[0])],
                now=at,
            )
        with pytest.raises(Refused, match="visibility only: there are no bids"):
            confirm_results(by=of.buyer, competition=of.competition, now=at)
        assert ensure_closed(of.competition, at) is None
    of.competition.refresh_from_db()
    assert of.competition.confirmed_at is None
    assert not Ballot.objects.exists()
    assert not GateClose.objects.exists()


@pytest.mark.parametrize("at", [base.DURING, bidding.BIDDING, bidding.AFTER])
def test_no_list_or_page_offers_bidding_in_it(of, client, at):
    assert not competitions_to_bid_in(of.north, at).exists()
    assert not entered_competitions(of.north, at).exists()
    assert not competitions_to_decide(of.buyer, at).exists()
    with clock.set_to(at):
        client.force_login(of.north.user)
        page = client.get(reverse("competitions:competition", args=[of.competition.ref]))
        assert b"/bidding/" not in page.content.split(b"<main")[1].split(b"</main")[0]
        assert b"Visibility only: nobody bids" in page.content
        for name in ("competition", "new"):
            assert client.get(reverse(f"bidding:{name}", args=[of.competition.pk])).status_code == 404
        client.force_login(of.buyer.user)
        assert client.get(reverse("bidding:desk", args=[of.competition.pk])).status_code == 404
